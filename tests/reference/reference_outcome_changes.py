"""The groups of rpt_outcome_changes once more in plain Python, from docs/marts.md: see `reference`.

Groups of patients are sets. What is shown follows from the sizes of sums and differences of groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import reference_outcome_rows
from reference import Id, Session
from reference_outcomes import INSTRUMENTS, WINDOWS, Assessment

Group = frozenset[str]
# Groups added and taken off, which make a group.
Sum = Mapping[str, int]

# The minimal important change, in points.
IMPORTANT = {"PHQ-9": 5, "GAD-7": 4, "PSQI": 3, "WHOQOL-BREF": None}
NEW = ("with_baseline", "eligible_improved", "recovered", "eligible_important")


@dataclass(frozen=True)
class Choice:
    """One patient's session for an instrument and window."""

    session_id: Id
    baseline: int | None
    outcome: Assessment | None

    def is_eligible(self, name: str) -> bool:
        caseness = INSTRUMENTS[name].caseness
        return caseness is not None and self.baseline is not None and self.baseline >= caseness

    @property
    def change(self) -> int | None:
        return self.outcome.change_from_baseline if self.outcome else None


def choices(
    name: str,
    target: int,
    sessions: Iterable[Session],
    judged: Mapping[Id, Sequence[Assessment]],
    as_of: date,
) -> dict[str, Choice]:
    """Return by patient the first eligible session, else the first scored, else with a baseline."""
    found: dict[str, tuple[int, Choice]] = {}
    for session in sorted(sessions, key=lambda s: (s.session_day, str(s.session_id).lower())):
        if (as_of - session.session_day).days < WINDOWS[target][1]:
            continue
        rows = [row for row in judged[session.session_id] if row.instrument == name]
        choice = Choice(
            session.session_id,
            next((row.score for row in rows if row.is_baseline), None),
            next((row for row in rows if row.outcome_window_days == target), None),
        )
        if choice.is_eligible(name):
            rank = 0
        elif choice.outcome:
            rank = 1
        elif choice.baseline is not None:
            rank = 2
        else:
            continue
        patient = str(session.patient_id).lower()
        if patient not in found or rank < found[patient][0]:
            found[patient] = rank, choice
    return {patient: choice for patient, (_, choice) in found.items()}


def groups(name: str, chosen: Mapping[str, Choice]) -> dict[str, Group | None]:
    """Return the patients of each group; None where the instrument does not define it."""
    instrument, important = INSTRUMENTS[name], IMPORTANT[name]
    others = reference_outcome_rows.groups(
        name,
        {
            patient: reference_outcome_rows.Choice(
                choice.is_eligible(name), choice.baseline is not None, choice.outcome
            )
            for patient, choice in chosen.items()
            if choice.outcome or choice.is_eligible(name)
        },
    )

    def eligible_better(points: int, below: int | None = None) -> Group:
        return frozenset(
            patient
            for patient, choice in chosen.items()
            if choice.is_eligible(name)
            and choice.outcome
            and choice.outcome.score is not None
            and choice.change is not None
            and instrument.better_is * choice.change >= points
            and (below is None or choice.outcome.score < below)
        )

    reliable = instrument.reliable_change
    return others | {
        "compared": frozenset(p for p, choice in chosen.items() if choice.change is not None),
        "with_baseline": frozenset(p for p, c in chosen.items() if c.baseline is not None),
        "eligible_improved": None if reliable is None else eligible_better(reliable),
        "recovered": None if reliable is None else eligible_better(reliable, instrument.caseness),
        "eligible_important": None if important is None else eligible_better(important),
    }


def _less(whole: str, *parts: str) -> Sum:
    return {whole: 1} | dict.fromkeys(parts, -1)


def differences(name: str, group: str) -> list[Sum]:
    """Return the sums and differences that make a group by what the definitions say."""
    found: dict[str, list[Sum]] = {
        "compared": [_less("patients", "compared")],
        "with_baseline": [
            *(
                _less("with_baseline", part)
                for part in ("compared", "eligible", "eligible_observed", "responders", "remitted")
            ),
            _less("with_baseline", "compared", "eligible") | {"eligible_observed": 1},
        ],
        "eligible_improved": [
            _less("reliably_improved", "eligible_improved"),
            _less("with_change", "eligible_observed", "reliably_improved")
            | {"eligible_improved": 1},
            _less("with_change", "reliably_deteriorated", "eligible_improved"),
        ],
        "recovered": [
            _less("eligible_improved", "recovered"),
            _less("reliably_improved", "recovered"),
            _less("with_change", "reliably_deteriorated", "recovered"),
        ],
        "eligible_important": [
            _less("eligible_important", "eligible_improved"),
            _less("eligible_important", "recovered"),
            _less("with_change", "reliably_deteriorated", "eligible_important"),
            _less("with_change", "eligible_observed", "reliably_improved")
            | {"eligible_important": 1},
            _less("with_change", "reliably_deteriorated", "reliably_improved", "eligible_important")
            | {"eligible_improved": 1},
        ],
    }
    # From 10 to 4 are six points, and less than a half of 10 is left with five.
    inside = {
        "PHQ-9": [
            ("eligible_improved", "remitted"),
            ("recovered", "remitted"),
            ("eligible_important", "remitted"),
            ("eligible_important", "responders"),
        ],
        "GAD-7": [
            ("eligible_improved", "remitted"),
            ("eligible_improved", "responders"),
            ("recovered", "remitted"),
            ("eligible_important", "remitted"),
            ("eligible_important", "responders"),
        ],
    }.get(name, [])
    found[group] += [_less(whole, part) for whole, part in inside if whole == group]
    if name == "PSQI" and group == "recovered":
        # Who is below caseness is in remission: the recovered are both remitted and improved.
        found[group] += [
            _less("remitted", "recovered"),
            _less("eligible_observed", "remitted", "eligible_improved") | {"recovered": 1},
            _less("with_change", "reliably_deteriorated", "remitted", "eligible_improved")
            | {"recovered": 1},
            _less("with_change", "reliably_deteriorated", "remitted", "reliably_improved")
            | {"recovered": 1},
        ]
    return found[group]


def shown(
    name: str,
    sets: Mapping[str, Group | None],
    min_cell: int,
    without: tuple[str, int] | None = None,
) -> dict[str, int]:
    """Return the size of each group that may be shown beside those of rpt_assessment_outcomes.

    `without` leaves out one of the sums and differences of a group, by its place.
    """
    found = reference_outcome_rows.shown(name, sets, min_cell)
    for group in ("compared", *NEW):
        members = sets[group]
        if members is None:
            continue
        if group == "compared" and INSTRUMENTS[name].reliable_change is not None:
            is_shown = "with_change" in found
        elif group == "eligible_important" and IMPORTANT[name] == INSTRUMENTS[name].reliable_change:
            is_shown = "eligible_improved" in found
        else:
            sums = differences(name, group)
            if without and without[0] == group:
                del sums[without[1]]
            is_shown = len(members) >= min_cell and _are_safe(
                found | {group: len(members)}, sums, min_cell
            )
            if group in NEW[1:]:
                rest = found.get("eligible_observed", 0) - len(members)
                is_shown = is_shown and rest >= min_cell
        if is_shown:
            found[group] = len(members)
    return found


def _are_safe(sizes: Mapping[str, int], sums: Iterable[Sum], min_cell: int) -> bool:
    return all(
        sum(sign * sizes[group] for group, sign in one.items()) not in range(1, min_cell)
        for one in sums
        if one.keys() <= sizes.keys()
    )
