"""Practitioners beside everybody else, once more in plain Python: see `reference`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import reference
import reference_adherence
import reference_outcome_rows
import reference_outcomes
import reference_statistics
from reference import Id, IntegrationSession, PulseCheck, Session
from reference_courses import session_trends
from reference_ends import ends

RATES = {
    f"{name}_{outcome}_pct": (instrument, event, whole)
    for name, instrument in {"phq9": "PHQ-9", "gad7": "GAD-7"}.items()
    for outcome, event, whole in (
        ("response", "responders", "eligible_observed"),
        ("reliable_deterioration", "reliably_deteriorated", "with_change"),
    )
}
MEANS = (
    "pulse_check_adherence_pct",
    "assessment_adherence_pct",
    "overall_compliance_score",
    "composite_slope_per_30_days",
)


@dataclass(frozen=True)
class Side:
    """One side of a comparison: n, value, interval, and whose patients they are."""

    patients: int
    figures: tuple[Decimal | None, ...]
    events: int | None
    by_practitioner: Mapping[str, int]

    def is_safe(self, min_cell: int) -> bool:
        """Whether a network may be shown."""
        parts = [self.patients]
        if self.events is not None:
            parts += [self.events, self.patients - self.events]
        sizes = self.by_practitioner.values()
        return min(parts) >= min_cell and len(sizes) >= 3 and 2 * max(sizes) <= self.patients


@dataclass(frozen=True)
class Clinic:
    """All sessions with what the measures take from each."""

    sessions: Sequence[Session]
    values: Mapping[Id, Mapping[str, Fraction]]
    judged: Mapping[Id, Sequence[reference_outcomes.Assessment]]
    as_of: date

    def side(self, measure: str, sessions: Sequence[Session]) -> Side:
        """Return the figures of these sessions' patients."""
        return self._mean(measure, sessions) if measure in MEANS else self._rate(measure, sessions)

    def _mean(self, measure: str, sessions: Iterable[Session]) -> Side:
        values = defaultdict(list)
        seen_by = defaultdict(set)
        for session in sessions:
            value = self.values[session.session_id].get(measure)
            if value is not None:
                values[_text(session.patient_id)].append(value)
                seen_by[_text(session.practitioner_id)].add(_text(session.patient_id))
        own = [sum(of_one, Fraction(0)) / len(of_one) for of_one in values.values()]
        mean, _, lower, upper = reference_statistics.mean_interval(own)
        sizes = {practitioner: len(patients) for practitioner, patients in seen_by.items()}
        return Side(len(own), (mean, lower, upper), None, sizes)

    def _rate(self, measure: str, sessions: Sequence[Session]) -> Side:
        instrument, event, whole = RATES[measure]
        chosen = reference_outcome_rows.choices(instrument, 90, sessions, self.judged, self.as_of)
        sets = reference_outcome_rows.groups(instrument, chosen)
        patients, events = sets[whole] or frozenset(), sets[event] or frozenset()
        treated_by = {s.session_id: _text(s.practitioner_id) for s in sessions}
        sizes: Counter[str] = Counter()
        for patient in patients:
            outcome = chosen[patient].outcome
            assert outcome is not None
            sizes[treated_by[outcome.session_id]] += 1
        figures: tuple[Decimal | None, ...] = (None, None, None)
        if patients:
            figures = reference_statistics.wilson_percent(len(events), len(patients))
        return Side(len(patients), figures, len(events), sizes)


def benchmarks(clinic: Clinic, min_cell: int = 11) -> dict[tuple[str, str], tuple[object, ...]]:
    """Return by practitioner and measure the columns from `kind` on."""
    found: dict[tuple[str, str], tuple[object, ...]] = {}
    for practitioner in {_text(session.practitioner_id) for session in clinic.sessions}:
        mine = [s for s in clinic.sessions if _text(s.practitioner_id) == practitioner]
        others = [s for s in clinic.sessions if _text(s.practitioner_id) != practitioner]
        for measure in (*MEANS, *RATES):
            own, network = clinic.side(measure, mine), clinic.side(measure, others)
            kind = "mean" if measure in MEANS else "rate"
            shown: tuple[object, ...] = (None,) * 5 + (True,)
            if network.is_safe(min_cell):
                among = len(network.by_practitioner)
                shown = network.patients, among, *network.figures, False
            found[practitioner, measure] = kind, own.patients, *own.figures, *shown
    return found


def clinic(
    sessions: Sequence[Session],
    pulse_checks: Mapping[Id, Sequence[PulseCheck]],
    integration_sessions: Mapping[Id, Sequence[IntegrationSession]],
    as_of: date,
) -> Clinic:
    """Return the sessions with their adherence, compliance, slope and assessments."""
    values: dict[Id, dict[str, Fraction]] = {}
    judged = {}
    ended = ends(sessions)
    for session in sessions:
        checks = pulse_checks[session.session_id]
        others = integration_sessions[session.session_id]
        end = ended.get(session.session_id)
        so_far = reference_adherence.adherence(session, checks, others, as_of, end=end)
        slopes = session_trends(session, reference.pulse_days(session, checks, as_of), as_of, end)
        found: dict[str, Decimal | int | None] = {
            "pulse_check_adherence_pct": so_far.pulse_check_percentage,
            "assessment_adherence_pct": so_far.assessment_percentage,
        }
        is_ended = end is not None and end.day <= reference.LAST_JOURNEY_DAY
        if (as_of - session.session_day).days > reference.LAST_JOURNEY_DAY and not is_ended:
            score = reference.compliance(session, checks, others, reference.LAST_JOURNEY_DAY)
            found["overall_compliance_score"] = score.overall_compliance_score
            found["composite_slope_per_30_days"] = next(
                row.slope.slope_per_30_days if row.is_slope_comparable else None
                for row in slopes
                if row.metric == "composite"
            )
        values[session.session_id] = {
            measure: Fraction(value) for measure, value in found.items() if value is not None
        }
        judged[session.session_id] = reference_outcomes.assessments(session, others)
    return Clinic(sessions, values, judged, as_of)


def _text(key: Id) -> str:
    return str(key).lower()
