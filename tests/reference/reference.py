"""The definitions in plain Python: a third reference beside the SQL functions and the marts.

Written from the definitions, never from any SQL. Arithmetic is exact (`Fraction`); a figure is
rounded once, at the end, half away from zero. A day is a number: 0 is the session's own day,
-1 the day before. Every function takes the rows of many sessions and uses only the session's own.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar
from uuid import UUID

from reference_statistics import mean_of, rounded

Id = str | UUID

METRICS = ("connection", "sleep", "mood", "energy", "composite")
LAST_JOURNEY_DAY = 180
LONGEST_WINDOW_DAYS = 3650
LEAST_ROLLING_DAYS = 4
LEAST_COMPOSITE_ANSWERS = 3
DESCRIPTIONS = {
    "PULSE_CHECK": "Daily Pulse Check",
    "PHQ9_ASSESSMENT": "PHQ-9 Assessment",
    "GAD7_ASSESSMENT": "GAD-7 Assessment",
    "WHOQOL_BREF": "Quality of Life Assessment",
    "PSQI_ASSESSMENT": "Sleep Quality Assessment",
    "INTEGRATION_THERAPY": "Integration Therapy Session",
    "FOLLOW_UP_CALL": "Follow-up Call",
}


@dataclass(frozen=True)
class Session:
    session_id: Id
    practitioner_id: Id
    patient_id: Id
    session_day: date


@dataclass(frozen=True)
class PulseCheck:
    pulse_check_id: Id
    session_id: Id
    check_date: date
    connection: int | None
    sleep: int | None
    mood: int | None
    energy: int | None
    created_at: datetime

    @property
    def answers(self) -> list[int]:
        given = (self.connection, self.sleep, self.mood, self.energy)
        return [answer for answer in given if answer is not None]


@dataclass(frozen=True)
class IntegrationSession:
    integration_session_id: Id
    session_id: Id
    session_number: int
    session_date: date
    session_type: str
    completed: bool | None
    phq9_score: int | None
    gad7_score: int | None
    whoqol_bref_score: int | None
    psqi_score: int | None
    created_at: datetime


@dataclass(frozen=True)
class BehavioralChange:
    change_id: Id
    session_id: Id
    change_type: str
    change_sentiment: str | None
    change_date: date
    created_at: datetime


@dataclass(frozen=True)
class Compliance:
    pulse_check_count: int
    pulse_check_percentage: Decimal
    assessment_count: int
    assessment_percentage: Decimal
    integration_session_count: int
    integration_session_percentage: Decimal
    overall_compliance_score: int


@dataclass(frozen=True)
class Rolling:
    """`n` counts the days with a value among the seven; `mean` is shown from four on."""

    n: int
    mean: Decimal | None


@dataclass(frozen=True)
class PulseDay:
    """The day's check after deduplication; `exact` holds the unrounded value of each metric."""

    check: PulseCheck
    days_post_session: int
    exact: Mapping[str, Fraction | None]
    composite: Decimal | None
    rolling: Mapping[str, Rolling]


@dataclass(frozen=True)
class BehaviorCount:
    count: int
    first_days_post_session: int
    last_days_post_session: int


Milestone = tuple[date, str, str, bool | None, int]
Row = TypeVar("Row", PulseCheck, IntegrationSession, BehavioralChange)


def compliance(
    session: Session,
    pulse_checks: Iterable[PulseCheck],
    integration_sessions: Iterable[IntegrationSession],
    window_days: int | None,
) -> Compliance:
    """Return the work order's score over days 0 to `window_days`. Raises: ValueError (F03)."""
    days = checked_window(window_days)
    done = rows_done(session, pulse_checks, integration_sessions, days, as_of=date.max)
    pulse = capped_percent(done[0], days)
    assessment = capped_percent(done[1], math.ceil(Fraction(days, 7)))
    therapy = capped_percent(done[2], math.ceil(Fraction(days, 30)))
    score = (40 * pulse + 40 * assessment + 20 * therapy) / 100
    return Compliance(
        pulse_check_count=done[0],
        pulse_check_percentage=rounded(pulse, 2),
        assessment_count=done[1],
        assessment_percentage=rounded(assessment, 2),
        integration_session_count=done[2],
        integration_session_percentage=rounded(therapy, 2),
        overall_compliance_score=int(rounded(score, 0)),
    )


def pulse_days(session: Session, pulse_checks: Iterable[PulseCheck], as_of: date) -> list[PulseDay]:
    """Return one row per observed day up to `as_of`, days before 0 and after 180 included."""
    best = best_by_day(session, pulse_checks, as_of)
    exact = {day: _exact(check) for day, check in best.items()}
    found = []
    for day in sorted(best):
        composite = exact[day]["composite"]
        shown = None if composite is None else rounded(composite, 4)
        rolling = {metric: _rolling(exact, metric, day) for metric in METRICS}
        found.append(PulseDay(best[day], day, exact[day], shown, rolling))
    return found


def milestones(
    session: Session, integration_sessions: Iterable[IntegrationSession]
) -> list[Milestone]:
    """Return date, type, description, completed, days_post_session, in their total order."""

    def place(row: IntegrationSession) -> tuple[date, str, int, datetime, str]:
        last = key_text(row.integration_session_id)
        return row.session_date, row.session_type, row.session_number, row.created_at, last

    found = []
    for row in sorted(_own(session, integration_sessions), key=place):
        description = DESCRIPTIONS.get(row.session_type, row.session_type)
        day = (row.session_date - session.session_day).days
        found.append((row.session_date, row.session_type, description, row.completed, day))
    return found


def behavior_summary(
    session: Session, changes: Iterable[BehavioralChange]
) -> list[tuple[str, int]]:
    """Return the count of POSITIVE changes per type, most frequent first, then by type."""
    own = _own(session, changes)
    counts = Counter(c.change_type for c in own if c.change_sentiment == "POSITIVE")
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def behavior_counts(
    session: Session, changes: Iterable[BehavioralChange]
) -> dict[tuple[str, str | None], BehaviorCount]:
    """Return count, first and last day per (type, sentiment)."""
    days: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for change in _own(session, changes):
        day = (change.change_date - session.session_day).days
        days[change.change_type, change.change_sentiment].append(day)
    return {key: BehaviorCount(len(d), min(d), max(d)) for key, d in days.items()}


def key_text(key: Id) -> str:
    return str(key).lower()


def _own(session: Session, rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if key_text(row.session_id) == key_text(session.session_id)]


def checked_window(window_days: int | None) -> int:
    if window_days is None or not 0 < window_days <= LONGEST_WINDOW_DAYS:
        raise ValueError(f"window_days must be 1 to {LONGEST_WINDOW_DAYS}, got {window_days}")
    return window_days


def rows_done(
    session: Session,
    pulse_checks: Iterable[PulseCheck],
    integration_sessions: Iterable[IntegrationSession],
    last_day: int,
    as_of: date,
) -> tuple[int, int, int]:
    """Return pulse-check days, assessments and therapy sessions done on days 0 to `last_day`."""
    end = min(as_of, session.session_day + timedelta(days=last_day))
    checks = {
        row.check_date
        for row in _own(session, pulse_checks)
        if session.session_day <= row.check_date <= end
    }
    rows = [
        row
        for row in _own(session, integration_sessions)
        if session.session_day <= row.session_date <= end
    ]
    therapies = [row for row in rows if row.session_type == "INTEGRATION_THERAPY" and row.completed]
    return len(checks), sum(map(_is_assessment_done, rows)), len(therapies)


def _is_assessment_done(row: IntegrationSession) -> bool:
    own_score = {
        "PHQ9_ASSESSMENT": row.phq9_score,
        "GAD7_ASSESSMENT": row.gad7_score,
        "WHOQOL_BREF": row.whoqol_bref_score,
        "PSQI_ASSESSMENT": row.psqi_score,
    }
    if row.session_type not in own_score:
        return False
    return bool(row.completed) or own_score[row.session_type] is not None


def capped_percent(done: int, expected: int) -> Fraction:
    return min(Fraction(100), Fraction(100 * done, expected))


def best_by_day(
    session: Session, pulse_checks: Iterable[PulseCheck], as_of: date
) -> dict[int, PulseCheck]:
    """Return each day's check with most answers, then the latest, then the smallest id."""
    seen = [row for row in _own(session, pulse_checks) if row.check_date <= as_of]
    seen.sort(key=lambda row: key_text(row.pulse_check_id), reverse=True)
    seen.sort(key=lambda row: (len(row.answers), row.created_at))
    return {(row.check_date - session.session_day).days: row for row in seen}


def _exact(check: PulseCheck) -> dict[str, Fraction | None]:
    given = (check.connection, check.sleep, check.mood, check.energy)
    values = [None if answer is None else Fraction(answer) for answer in given]
    enough = len(check.answers) >= LEAST_COMPOSITE_ANSWERS
    composite = Fraction(sum(check.answers), len(check.answers)) if enough else None
    return dict(zip(METRICS, [*values, composite], strict=True))


def _rolling(exact: Mapping[int, Mapping[str, Fraction | None]], metric: str, day: int) -> Rolling:
    window = [exact[d][metric] for d in range(day - 6, day + 1) if d in exact]
    found = [value for value in window if value is not None]
    shown = len(found) >= LEAST_ROLLING_DAYS
    return Rolling(len(found), rounded(mean_of(found), 4) if shown else None)
