"""The rows of rpt_baseline_by_follow_up once more in plain Python: see `reference`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import product

import reference_outcome_changes
from reference import Id, IntegrationSession, PulseCheck, Session, pulse_days
from reference_baselines import Withheld, withheld
from reference_outcomes import INSTRUMENTS, WINDOWS, Assessment, assessments
from reference_precision import ENDS
from reference_precision import figures as figures_of

# A patient's session, the figure of it, and whether the patient came back.
Person = tuple[str, Id, int, bool]


def people_of(
    name: str, sessions: Sequence[Session], judged: Mapping[Id, Sequence[Assessment]], as_of: date
) -> list[Person]:
    """Return by patient the first eligible session whose last window is over, else the first."""
    instrument = INSTRUMENTS[name]
    found: dict[str, tuple[bool, Person]] = {}
    for session in in_order(sessions, as_of):
        rows = [row for row in judged[session.session_id] if row.instrument == name]
        before = next((row.score for row in rows if row.is_baseline), None)
        if before is None:
            continue
        patient = str(session.patient_id).lower()
        came_back = any(row.outcome_window_days is not None for row in rows)
        is_case = instrument.caseness is not None and before >= instrument.caseness
        if patient not in found or (is_case and not found[patient][0]):
            found[patient] = is_case, (patient, session.session_id, before, came_back)
    return [person for _, person in found.values()]


def in_order(sessions: Sequence[Session], as_of: date) -> list[Session]:
    """Return the sessions whose last window is over, the first ones first."""
    over = [s for s in sessions if (as_of - s.session_day).days >= WINDOWS[180][1]]
    return sorted(over, key=lambda s: (s.session_day, str(s.session_id).lower()))


def answering(
    sessions: Sequence[Session],
    judged: Mapping[Id, Sequence[Assessment]],
    checks: Mapping[Id, Sequence[PulseCheck]],
    as_of: date,
) -> list[Person]:
    """Return each patient's first session that is over, with its answered days up to day 180."""
    found: dict[str, Person] = {}
    for session in in_order(sessions, as_of):
        days = {
            day.days_post_session for day in pulse_days(session, checks[session.session_id], as_of)
        }
        came_back = any(row.outcome_window_days for row in judged[session.session_id])
        patient = str(session.patient_id).lower()
        answered = len(days & {*range(181)})
        found.setdefault(patient, (patient, session.session_id, answered, came_back))
    return list(found.values())


def tell_of_few(
    back: set[tuple[str, Id]], windows: Sequence[set[tuple[str, Id]]], min_cell: int
) -> bool:
    """Whether sums of baselines, added and taken off, are of a few patients.

    A patient with several sessions in these sums is nobody to hide behind.
    """
    sessions = back.union(*windows)
    often = Counter(patient for patient, _ in sessions)
    kinds = Counter[tuple[bool, ...]]()
    for one in sessions:
        kinds[(one in back, *(one in window for window in windows))] += often[one[0]] == 1
    for times, *weights in product(range(1, 5), *[range(-2, 3)] * len(windows)):
        left = [
            patients
            for (is_back, *is_in), patients in kinds.items()
            if sum(w * i for w, i in zip(weights, is_in, strict=True)) != times * is_back
        ]
        if any(weights) and left and sum(left) < min_cell:
            return True
    return False


def withheld_baselines(
    name: str,
    sessions: Sequence[Session],
    judged: Mapping[Id, Sequence[Assessment]],
    as_of: date,
    min_cell: int,
) -> Withheld:
    """Whether numbers of people with a baseline would tell of a few."""
    people = people_of(name, sessions, judged, as_of)
    chosen = [
        reference_outcome_changes.choices(name, window, sessions, judged, as_of)
        for window in INSTRUMENTS[name].windows
    ]
    alike = tell_of_few(
        {(one[0], one[1]) for one in people if one[3]},
        [{(p, c.session_id) for p, c in one.items() if c.change is not None} for one in chosen],
        min_cell,
    )
    back = sum(one[3] for one in people)
    return withheld(name, chosen, (back, len(people) - back), not alike, min_cell)


def row_of(
    measure: str, people: Sequence[Person], is_too_alike: bool, min_cell: int
) -> tuple[object, ...]:
    """Return the columns of the table, in its order."""
    sides = [[one for one in people if one[3] == came_back] for came_back in (True, False)]
    if is_too_alike or min(map(len, sides)) < min_cell:
        return (measure, *(None,) * 10, True)
    figures: list[object] = []
    for side in sides:
        figures += figures_of([Fraction(one[2]) for one in side], min_cell, ENDS[measure])
    return (measure, *figures, False)


def rows(
    sessions: Sequence[Session],
    integration_sessions: Mapping[Id, Sequence[IntegrationSession]],
    checks: Mapping[Id, Sequence[PulseCheck]],
    as_of: date,
    min_cell: int = 11,
) -> set[tuple[object, ...]]:
    """Return all rows of rpt_baseline_by_follow_up."""
    judged: dict[Id, list[Assessment]] = defaultdict(list)
    for session in sessions:
        own = integration_sessions[session.session_id]
        judged[session.session_id] = assessments(session, own)
    found = set()
    for name in INSTRUMENTS:
        people = people_of(name, sessions, judged, as_of)
        told = withheld_baselines(name, sessions, judged, as_of, min_cell)
        found.add(row_of(name, people, told.follow_ups, min_cell))
    people = answering(sessions, judged, checks, as_of)
    counted = {session for _, session, *_ in people}
    others = {str(s.patient_id).lower() for s in sessions if s.session_id not in counted}
    found.add(row_of("answered_days", people, len(others) in range(1, min_cell), min_cell))
    return found
