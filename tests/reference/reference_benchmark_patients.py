"""Whose values the funnel of practitioners compares, from docs/comparisons.md: see `reference`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

import reference
import reference_adherence
import reference_outcome_rows
import reference_outcomes
from reference import Id, IntegrationSession, PulseCheck, Session, capped_percent, key_text
from reference_benchmarks import MEANS, RATES, Patient
from reference_courses import FIRST_SLOPE_DAY, LEAST_COMPARED_DAYS, slope_per_30_days
from reference_ends import Ends, journey_days
from reference_outcomes import INSTRUMENTS, Assessment
from reference_statistics import mean_of


def patients(
    sessions: Sequence[Session],
    pulse_checks: Mapping[Id, Sequence[PulseCheck]],
    integration_sessions: Mapping[Id, Sequence[IntegrationSession]],
    as_of: date,
    ended: Ends,
) -> dict[str, list[Patient]]:
    """Return by measure each patient once; steps 1 to 3."""
    judged = {
        session.session_id: reference_outcomes.assessments(
            session, integration_sessions[session.session_id]
        )
        for session in sessions
    }
    found = {measure: _of_windows(measure, sessions, judged, as_of) for measure in RATES}
    first: dict[str, dict[str, Patient]] = defaultdict(dict)
    in_order = sorted(sessions, key=lambda s: (s.session_day, key_text(s.session_id)))
    for session in in_order:
        end = ended.get(session.session_id)
        if (as_of - session.session_day).days <= reference.LAST_JOURNEY_DAY:
            continue
        if end is not None and end.day <= reference.LAST_JOURNEY_DAY:
            continue
        checks = pulse_checks[session.session_id]
        others = integration_sessions[session.session_id]
        days = reference.pulse_days(session, checks, as_of)
        so_far = reference_adherence.adherence(session, checks, others, as_of)
        score = reference.compliance(session, checks, others, reference.LAST_JOURNEY_DAY)
        composites = {
            row.days_post_session: value
            for row in journey_days(days, None)
            if (value := row.exact["composite"]) is not None
        }
        later = {day: value for day, value in composites.items() if day >= FIRST_SLOPE_DAY}
        values = {
            "pulse_check_adherence_pct": capped_percent(
                so_far.pulse_checks_done, so_far.pulse_checks_due
            ),
            "assessment_adherence_pct": capped_percent(
                so_far.assessments_done, so_far.assessments_due
            ),
            "overall_compliance_score": Fraction(score.overall_compliance_score),
            "composite_slope_per_30_days": (
                slope_per_30_days(later) if len(later) >= LEAST_COMPARED_DAYS else None
            ),
        }
        band = _level([value for day, value in composites.items() if day < 14])
        for measure, value in values.items():
            if value is not None:
                patient = Patient(key_text(session.practitioner_id), band, value)
                first[measure].setdefault(key_text(session.patient_id), patient)
    return found | {measure: list(first[measure].values()) for measure in MEANS}


def _level(values: Sequence[Fraction]) -> str:
    if not values:
        return "not_observed"
    mean = mean_of(values)
    return "low" if mean < Fraction("2.5") else "middle" if mean < Fraction("3.5") else "high"


def _of_windows(
    measure: str,
    sessions: Sequence[Session],
    judged: Mapping[Id, Sequence[Assessment]],
    as_of: date,
) -> list[Patient]:
    instrument, column, words = RATES[measure]
    treated_by = {session.session_id: key_text(session.practitioner_id) for session in sessions}
    chosen = reference_outcome_rows.choices(instrument, 90, sessions, judged, as_of)
    found = []
    for choice in chosen.values():
        outcome = choice.outcome
        if outcome is None or (word := getattr(outcome, column)) not in words:
            continue
        (band,) = (
            name
            for name, scores in (INSTRUMENTS[instrument].bands or {}).items()
            if outcome.baseline_score in scores
        )
        value = Fraction(100 if word == words[0] else 0)
        found.append(Patient(treated_by[outcome.session_id], band, value))
    return found
