"""The published rows of outcomes, once more in plain Python: see `reference_outcomes`.

Groups of patients are sets here: what one group tells about another is set arithmetic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from reference import Id, IntegrationSession, Session
from reference_outcomes import INSTRUMENTS, WINDOWS, Assessment, assessments
from reference_precision import ENDS, NOTHING, figures
from reference_precision import count as published_count
from reference_precision import share as published_share

Group = frozenset[str]
# A group, and those that make up a known part of it.
Rule = tuple[str, frozenset[str]]
GROUPS = (
    "patients",
    "eligible",
    "eligible_observed",
    "with_change",
    "responders",
    "remitted",
    "reliably_improved",
    "reliably_deteriorated",
)
# Rates are published of these groups: what is left of the whole is a group that must not be small
# and not be empty either, since then all are known to be alike.
RATED = ("responders", "remitted", "reliably_improved", "reliably_deteriorated")


@dataclass(frozen=True)
class Choice:
    """One patient's session for an instrument and window."""

    is_eligible: bool
    has_baseline: bool
    outcome: Assessment | None


def choices(
    name: str,
    target: int,
    sessions: Iterable[Session],
    judged: Mapping[Id, Sequence[Assessment]],
    as_of: date,
) -> dict[str, Choice]:
    """Return by patient the first eligible session, or the first with a score; windows over."""
    instrument = INSTRUMENTS[name]
    found: dict[str, Choice] = {}
    in_order = sorted(sessions, key=lambda s: (s.session_day, str(s.session_id).lower()))
    for session in in_order:
        if (as_of - session.session_day).days < WINDOWS[target][1]:
            continue
        rows = [row for row in judged[session.session_id] if row.instrument == name]
        before = next((row.score for row in rows if row.is_baseline), None)
        outcome = next((row for row in rows if row.outcome_window_days == target), None)
        eligible = (
            instrument.caseness is not None and before is not None and before >= instrument.caseness
        )
        patient = str(session.patient_id).lower()
        earlier = found.get(patient)
        if (eligible and not (earlier and earlier.is_eligible)) or (outcome and not earlier):
            found[patient] = Choice(eligible, before is not None, outcome)
    return found


def groups(name: str, chosen: Mapping[str, Choice]) -> dict[str, Group | None]:
    """Return the patients of each group; None where the instrument does not define it."""
    instrument = INSTRUMENTS[name]

    def of(column: str, word: str) -> Group:
        return frozenset(
            patient
            for patient, choice in chosen.items()
            if choice.outcome and getattr(choice.outcome, column) == word
        )

    # Only who has a baseline is counted.
    scored = frozenset(p for p, choice in chosen.items() if choice.outcome and choice.has_baseline)
    eligible = frozenset(patient for patient, choice in chosen.items() if choice.is_eligible)
    improved = of("reliable_change_class", "reliable_improvement")
    deteriorated = of("reliable_change_class", "reliable_deterioration")
    has_cases, has_change = instrument.caseness is not None, instrument.reliable_change is not None
    return {
        "patients": scored,
        "eligible": eligible if has_cases else None,
        "eligible_observed": eligible & scored if has_cases else None,
        "with_change": scored if has_change else None,
        "responders": of("response_class", "response") if instrument.has_response else None,
        "remitted": (
            None if instrument.highest_remission is None else of("remission_class", "remission")
        ),
        "reliably_improved": improved if has_change else None,
        "reliably_deteriorated": deteriorated if has_change else None,
    }


def parts_of(name: str) -> list[Rule]:
    """Return each group with those that make up a known part of it: one, or two without overlap.

    Only what follows from the definitions counts, for that is what a reader knows, too.
    """
    outcomes = {"responders", "remitted"}
    within: dict[str, set[str]] = {
        "patients": {"eligible_observed", "with_change", *RATED},
        "eligible": {"eligible_observed", *outcomes},
        "eligible_observed": set(outcomes),
        "with_change": {"eligible_observed", *RATED},
        "responders": {"remitted"},
        # From 10 to 4 are six points; a half of 10 are five; from 6 to 5 is one.
        "reliably_improved": {
            "PHQ-9": {"remitted"},
            "GAD-7": {"responders", "remitted"},
            "PSQI": set[str](),
            "WHOQOL-BREF": set[str](),
        }[name],
    }
    found = [(whole, frozenset({part})) for whole, parts in within.items() for part in parts]
    # Who got worse neither improved nor responded nor remitted.
    for whole in ("patients", "with_change"):
        for other in ("reliably_improved", *sorted(outcomes)):
            found.append((whole, frozenset({other, "reliably_deteriorated"})))
    return found


def shown(
    name: str,
    sets: Mapping[str, Group | None],
    min_cell: int,
    rules: Sequence[Rule] | None = None,
) -> dict[str, int]:
    """Return the size of each group that may be shown beside those before it."""
    rules = parts_of(name) if rules is None else rules
    found: dict[str, int] = {}
    for group in GROUPS:
        members = sets[group]
        if members is None or len(members) < min_cell:
            continue
        if group in ("reliably_improved", "reliably_deteriorated") and "with_change" not in found:
            continue
        if all(_is_safe(group, sets, found, *rule, min_cell) for rule in rules):
            found[group] = len(members)
    return found


def _is_safe(
    group: str,
    sets: Mapping[str, Group | None],
    found: Mapping[str, int],
    whole: str,
    parts: frozenset[str],
    min_cell: int,
) -> bool:
    if group not in {whole, *parts} or not {whole, *parts} <= {group, *found}:
        return True
    rest = set(sets[whole] or ())
    for part in parts:
        rest -= sets[part] or set()
    is_rate = len(parts) == 1 and group in parts and group in RATED and whole not in RATED
    return len(rest) >= min_cell or (not rest and not is_rate)


def outcome_row(
    name: str, target: int, chosen: Mapping[str, Choice], min_cell: int = 11
) -> tuple[object, ...]:
    """Return the columns of rpt_assessment_outcomes, in its order."""
    sets = groups(name, chosen)
    seen = shown(name, sets, min_cell)
    scores = [
        Fraction(c.outcome.score or 0) for c in chosen.values() if c.outcome and c.has_baseline
    ]
    spread = figures(scores, min_cell, ENDS[name]) if "patients" in seen else NOTHING

    def share(part: str, whole: str) -> tuple[Decimal | None, ...]:
        if part in seen and whole in seen:
            return published_share(seen[part], seen[whole], min_cell)
        return None, None, None

    def count(group: str) -> int | None:
        return published_count(seen[group], min_cell) if group in seen else None

    flags = [sets[group] is not None and group not in seen for group in GROUPS]
    by_name = dict(zip(GROUPS, flags, strict=True))
    order = ("patients", "eligible", "eligible_observed", "responders", "remitted")
    order += ("with_change", "reliably_improved", "reliably_deteriorated")
    return (
        name,
        target,
        *spread,
        count("eligible"),
        count("eligible_observed"),
        count("responders"),
        *share("responders", "eligible_observed"),
        *share("responders", "eligible"),
        count("remitted"),
        *share("remitted", "eligible_observed"),
        *share("remitted", "eligible"),
        count("with_change"),
        count("reliably_improved"),
        *share("reliably_improved", "with_change"),
        count("reliably_deteriorated"),
        *share("reliably_deteriorated", "with_change"),
        *(by_name[group] for group in order),
    )


def outcome_rows(
    sessions: Sequence[Session],
    rows: Mapping[Id, Sequence[IntegrationSession]],
    as_of: date,
    min_cell: int = 11,
) -> dict[tuple[str, int], tuple[object, ...]]:
    """Return the published row of every instrument and window."""
    judged: dict[Id, list[Assessment]] = defaultdict(list)
    for session in sessions:
        judged[session.session_id] = assessments(session, rows[session.session_id])
    return {
        (name, target): outcome_row(
            name, target, choices(name, target, sessions, judged, as_of), min_cell
        )
        for name, instrument in INSTRUMENTS.items()
        for target in instrument.windows
    }
