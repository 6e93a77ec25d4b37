"""What the invented people log: the rows of one dosing session after the other.

Drawn from a session's own stream, so what `people.py` says of them holds for their rows too.
Nothing is dated after `SEED_AS_OF`.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from wellness_journey.cohort.courses import (
    COURSES,
    MEASURES,
    answered,
    answers,
    expected,
    normal,
    rounded,
)
from wellness_journey.cohort.ends import COLUMNS as END_COLUMNS
from wellness_journey.cohort.ends import Row, recorded_ends
from wellness_journey.cohort.people import (
    Frame,
    Journey,
    first_session,
    gained,
    key,
    make_frame,
    make_journey,
    make_patient,
    stream,
)
from wellness_journey.cohort.phrases import CALL_NOTES, CHANGES, PULSE_NOTES, THERAPY_NOTES

# Tables in the order that references need, with the columns that a person's rows hold.
COLUMNS = {
    "log_sessions": "session_id, practitioner_id, patient_id, session_date, created_at",
    "log_integration_sessions": "integration_session_id, session_id, patient_id, practitioner_id, "
    "session_number, session_date, session_type, completed, completed_at, phq9_score, gad7_score, "
    "whoqol_bref_score, psqi_score, session_notes, created_at, updated_at",
    "log_behavioral_changes": "change_id, patient_id, practitioner_id, session_id, change_type, "
    "change_description, change_date, change_sentiment, created_at",
    "log_pulse_checks": "pulse_check_id, patient_id, practitioner_id, session_id, check_date, "
    "connection_level, sleep_quality, mood_level, energy_level, notes, created_at",
    "log_journey_ends": END_COLUMNS,
}

# In the order of the score columns.
_PHQ9, _GAD7, _WHOQOL, _PSQI = range(4)
_TYPES = ("PHQ9_ASSESSMENT", "GAD7_ASSESSMENT", "WHOQOL_BREF", "PSQI_ASSESSMENT")
_BASELINE_CHANCE = (0.93, 0.91, 0.82, 0.86)


def person(seed: int, index: int, days: int) -> dict[str, list[Row]]:
    """The rows of session `index` by table: up to `days` days of them, and a few strays after."""
    first, sessions = first_session(index)
    patient = make_patient(seed, first, sessions)
    rng = stream(seed, f"session:{index}")
    frame = make_frame(rng, patient, index - first)
    begun_at = frame.at(0, 7, rng.randrange(60))
    rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
    rows["log_sessions"].append(
        (frame.session, frame.practitioner, frame.patient, frame.date(0), begun_at)
    )
    # The two youngest sessions always have an ordinary beginning.
    role = 1.0 if index in (1, 2) else rng.random()
    if role < 0.03:
        return rows
    last = min(days, frame.age)
    if frame.next_session_after is not None:
        last = min(last, frame.next_session_after - 1)
    journey = make_journey(rng, patient, days)
    planned = list(_baselines(rng, frame, journey))
    if role >= 0.045:
        planned += _follow_ups(rng, frame, journey, last)
        strays = _strays(rng, frame, index, days, last)
        rows["log_pulse_checks"] += _pulse_checks(rng, frame, journey, last, strays)
        rows["log_behavioral_changes"] += _changes(rng, frame, journey, last)
        if max(strays, default=-1) <= last:
            of_ends = stream(seed, f"end:{index}")
            rows["log_journey_ends"] += recorded_ends(of_ends, frame, journey, last)
    planned.sort(key=lambda row: row[0])
    rows["log_integration_sessions"] += (
        (key(rng), frame.session, frame.patient, frame.practitioner, number, *rest)
        for number, (_, rest) in enumerate(planned, start=1)
    )
    return rows


def _strays(rng: random.Random, frame: Frame, index: int, days: int, last: int) -> frozenset[int]:
    """Days outside the journey that have a pulse check all the same."""
    strays = {-1} if index % 200 == 11 else set()
    if rng.random() < 0.04 and last == days and frame.age >= days + 10:
        strays |= {days + 1 + rng.randrange(10) for _ in range(3)}
    return frozenset(strays)


def _pulse_checks(
    rng: random.Random, frame: Frame, journey: Journey, last: int, strays: frozenset[int]
) -> Iterator[Row]:
    days = range(min(strays, default=0), max({last, *strays}) + 1)
    shares = [
        journey.adherence[day] * (0.93 if frame.date(day).weekday() >= 5 else 1.0)
        if 0 <= day <= last
        else 0.0
        for day in days
    ]
    is_answered = list(answered(rng, shares, journey.patient.mean_gap_days))
    diary = _days(rng, frame, journey, days)
    for day, is_kept, levels in zip(days, is_answered, diary, strict=True):
        if day not in strays and not is_kept:
            continue
        is_late = rng.random() < 0.04
        written = day + 1 + rng.randrange(6) if is_late else day
        if written > frame.age:
            is_late, written = False, day
        hour = 7 + rng.randrange(4) if is_late else 18 + rng.randrange(5)
        minute = rng.randrange(60)
        yield _pulse_check(rng, frame, day, levels, frame.at(written, hour, minute))
        # The same day answered twice; the evening ends at 23:59.
        if rng.random() < 0.015:
            again = tuple(rounded(level + 0.6 * normal(rng)) for level in levels)
            written_at = frame.at(written, hour + 1, min(59, minute + rng.randrange(30)))
            yield _pulse_check(rng, frame, day, again, written_at)


def _days(
    rng: random.Random, frame: Frame, journey: Journey, days: Iterable[int]
) -> Iterator[tuple[int, ...]]:
    """The answers to each day, whether they are given or not."""
    # A recovery goes on from one session to the next, what fades begins anew.
    patient, course = journey.patient, COURSES[journey.patient.course]
    before = 0 if patient.course == "fading" else frame.days_since_first_session
    composites = expected(
        patient.person,
        lambda day: course(before + day),
        days,
        fall=journey.fall,
        day_0_weekday=frame.date(0).weekday(),
        lift=journey.lift,
    )
    return answers(rng, patient.person, composites)


def _pulse_check(
    rng: random.Random, frame: Frame, day: int, levels: tuple[int, ...], written_at: str
) -> Row:
    answers: list[int | None] = [*levels]
    if rng.random() < 0.03:
        answers[rng.randrange(MEASURES)] = None
    note = PULSE_NOTES[rng.randrange(len(PULSE_NOTES))] if rng.random() < 0.05 else None
    return (
        *(key(rng), frame.patient, frame.practitioner, frame.session, frame.date(day)),
        *(*answers, note, written_at),
    )


def _baselines(
    rng: random.Random, frame: Frame, journey: Journey
) -> Iterator[tuple[int, tuple[object, ...]]]:
    together = -1 - rng.randrange(28)
    for instrument, chance in enumerate(_BASELINE_CHANCE):
        if rng.random() < chance:
            day = together - rng.randrange(3)
            yield _assessment(rng, frame, journey, instrument, day, is_done=True)


def _follow_ups(
    rng: random.Random, frame: Frame, journey: Journey, last: int
) -> Iterator[tuple[int, tuple[object, ...]]]:
    # Three weeks after somebody fell silent nothing is planned any more.
    heard = max((day for day, chance in enumerate(journey.adherence) if chance > 0), default=0)
    until = min(last, heard + 21)
    slots = [(day, _PHQ9) for day in range(7, until + 1, 7)]
    slots += [(day, _GAD7) for day in range(7, until + 1, 7)]
    slots += [(day, _PSQI) for day in range(28, until + 1, 28)]
    slots += [(day, _WHOQOL) for day in (30, 90, 180) if day <= until]
    for day, instrument in slots:
        day = min(until, day + rng.randrange(3))
        is_done = rng.random() < 0.9 * journey.adherence[day]
        yield _assessment(rng, frame, journey, instrument, day, is_done=is_done)
    for month in range(30, until + 1, 30):
        day = month - rng.randrange(5)
        is_done = rng.random() < 0.25 + 0.65 * journey.adherence[day]
        yield _visit(rng, frame, "INTEGRATION_THERAPY", day, is_done, THERAPY_NOTES)
    if rng.random() < 0.3 and until >= 3:
        day = min(until, 3 + rng.randrange(8))
        yield _visit(rng, frame, "FOLLOW_UP_CALL", day, rng.random() < 0.8, CALL_NOTES)
    if rng.random() < 0.05 and until >= 1:
        for day in sorted({1 + rng.randrange(until) for _ in range(3)}):
            yield _visit(rng, frame, "PULSE_CHECK", day, rng.random() < 0.85, ())


def _assessment(
    rng: random.Random, frame: Frame, journey: Journey, instrument: int, day: int, *, is_done: bool
) -> tuple[int, tuple[object, ...]]:
    gain = gained(frame, journey, day)
    base = journey.patient.baselines[instrument]
    if instrument == _WHOQOL:
        score, top = base + 45 * gain + 3 * normal(rng), 100
    else:
        steadiness = 0.75 if instrument == _PSQI else 1.0
        top = 27 if instrument == _PHQ9 else 21
        score = base * (1.0 - steadiness * gain) + 1.2 * normal(rng)
    scores: list[int | None] = [None] * 4
    if is_done:
        scores[instrument] = max(0, min(top, int(score + 0.5)))
    return _planned(rng, frame, _TYPES[instrument], day, is_done, scores, None)


def _visit(
    rng: random.Random,
    frame: Frame,
    kind: str,
    day: int,
    is_done: bool,
    notes: tuple[str, ...],
) -> tuple[int, tuple[object, ...]]:
    note = notes[rng.randrange(len(notes))] if is_done and notes and rng.random() < 0.3 else None
    return _planned(rng, frame, kind, day, is_done, [None] * 4, note)


def _planned(
    rng: random.Random,
    frame: Frame,
    kind: str,
    day: int,
    is_done: bool,
    scores: list[int | None],
    note: str | None,
) -> tuple[int, tuple[object, ...]]:
    """The day to sort by, and the row from session_date on."""
    created_at = frame.at(day, 7, rng.randrange(60))
    on = day + 1 if rng.random() < 0.06 and day < frame.age else day
    completed_at = frame.at(on, 9 + rng.randrange(9), rng.randrange(60)) if is_done else None
    return day, (
        *(frame.date(day), kind, is_done, completed_at, *scores, note),
        *(created_at, completed_at or created_at),
    )


def _changes(rng: random.Random, frame: Frame, journey: Journey, last: int) -> Iterator[Row]:
    for week in range(last // 7 + 1):
        monday = 7 * week
        reported = []
        if rng.random() < 0.18 * journey.adherence[min(monday, last)]:
            reported.append(CHANGES[_change(rng, journey)])
        if journey.habit and week in journey.habit_weeks:
            reported += [journey.habit] * (1 + rng.randrange(2))
        for kind, sentiment, phrase in reported:
            day = min(last, monday + rng.randrange(7))
            written = day + rng.randrange(4) if rng.random() < 0.2 else day
            yield (
                *(key(rng), frame.patient, frame.practitioner, frame.session),
                *(kind, phrase, frame.date(day), sentiment),
                frame.at(min(written, frame.age), 18 + rng.randrange(5), rng.randrange(60)),
            )


def _change(rng: random.Random, journey: Journey) -> int:
    """Any phrase; for one who does well a bad one is drawn again, once."""
    drawn = rng.randrange(len(CHANGES))
    if CHANGES[drawn][1] == "NEGATIVE" and journey.patient.response > 0:
        drawn = rng.randrange(len(CHANGES))
    return drawn
