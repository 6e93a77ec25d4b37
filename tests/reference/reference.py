"""The definitions in plain Python: a third reference beside the SQL functions and the marts.

Written from the definitions, never from any SQL. Arithmetic is exact (`Fraction`); a figure is
rounded once, at the end, half away from zero. A day is a number: 0 is the session's own day,
-1 the day before. Every function takes the rows of many sessions and uses only the session's own.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from typing import Literal, TypeVar
from uuid import UUID

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
class Adherence:
    elapsed_days: int
    pulse_checks_due: int
    pulse_checks_done: int
    pulse_check_percentage: Decimal | None
    assessments_due: int
    assessments_done: int
    assessment_percentage: Decimal | None
    integration_sessions_due: int
    integration_sessions_done: int
    integration_session_percentage: Decimal | None
    longest_gap_days: int | None
    days_since_last_pulse_check: int | None
    complete_days: int
    observed_days: int


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


@dataclass(frozen=True)
class TrendRow:
    """`period` is the day or the week post session."""

    metric: str
    period: int
    patients: int | None
    mean: Decimal | None
    standard_deviation: Decimal | None
    ci_lower: Decimal | None
    ci_upper: Decimal | None
    is_withheld: bool


Milestone = tuple[date, str, str, bool | None, int]
Row = TypeVar("Row", PulseCheck, IntegrationSession, BehavioralChange)


def compliance(
    session: Session,
    pulse_checks: Iterable[PulseCheck],
    integration_sessions: Iterable[IntegrationSession],
    window_days: int | None,
) -> Compliance:
    """Return the work order's score over days 0 to `window_days`. Raises: ValueError (F03)."""
    days = _checked_window(window_days)
    done = _done(session, pulse_checks, integration_sessions, days, as_of=date.max)
    pulse = _capped_percent(done[0], days)
    assessment = _capped_percent(done[1], math.ceil(Fraction(days, 7)))
    therapy = _capped_percent(done[2], math.ceil(Fraction(days, 30)))
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


def adherence(
    session: Session,
    pulse_checks: Sequence[PulseCheck],
    integration_sessions: Iterable[IntegrationSession],
    as_of: date,
    window_days: int | None = LAST_JOURNEY_DAY,
) -> Adherence:
    """Return adherence so far. A session still to come has 0 days elapsed and nothing due."""
    days_so_far = (as_of - session.session_day).days
    elapsed = max(0, min(days_so_far, _checked_window(window_days)))
    done = _done(session, pulse_checks, integration_sessions, elapsed, as_of)
    due = (elapsed, elapsed // 7, elapsed // 30)
    shares = [
        rounded(_capped_percent(count, expected), 2) if expected else None
        for count, expected in zip(done, due, strict=True)
    ]
    best = _best_by_day(session, pulse_checks, as_of)
    observed = [day for day in best if 0 <= day <= elapsed]
    gap, gaps = 0, [0]
    for day in range(1, elapsed + 1):
        gap = 0 if day in best else gap + 1
        gaps.append(gap)
    return Adherence(
        elapsed_days=elapsed,
        pulse_checks_due=due[0],
        pulse_checks_done=done[0],
        pulse_check_percentage=shares[0],
        assessments_due=due[1],
        assessments_done=done[1],
        assessment_percentage=shares[1],
        integration_sessions_due=due[2],
        integration_sessions_done=done[2],
        integration_session_percentage=shares[2],
        longest_gap_days=max(gaps) if elapsed else None,
        days_since_last_pulse_check=elapsed - max(observed) if observed else None,
        complete_days=sum(len(best[day].answers) == 4 for day in observed),
        observed_days=len(observed),
    )


def pulse_days(session: Session, pulse_checks: Iterable[PulseCheck], as_of: date) -> list[PulseDay]:
    """Return one row per observed day up to `as_of`, days before 0 and after 180 included."""
    best = _best_by_day(session, pulse_checks, as_of)
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
        last = _text(row.integration_session_id)
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


def trends(
    pulse_days: Mapping[Id, Iterable[PulseDay]],
    sessions: Iterable[Session],
    by: Literal["day", "week"] = "day",
) -> list[TrendRow]:
    """Return one row per metric and day 0 to 180 (or week 0 to 25), withheld without anybody.

    What else is withheld of them is `reference_withholding`'s.
    """
    length = {"day": 1, "week": 7}[by]
    patient_of = {_text(session.session_id): _text(session.patient_id) for session in sessions}
    cells: dict[tuple[str, int], dict[str, list[Fraction]]] = defaultdict(dict)
    for session_id, rows in pulse_days.items():
        patient = patient_of[_text(session_id)]
        for row in rows:
            if 0 <= row.days_post_session <= LAST_JOURNEY_DAY:
                for metric, value in row.exact.items():
                    if value is not None:
                        cell = cells[metric, row.days_post_session // length]
                        cell.setdefault(patient, []).append(value)
    return [
        _trend_row(metric, period, list(cells[metric, period].values()))
        for metric in METRICS
        for period in range(LAST_JOURNEY_DAY // length + 1)
    ]


@cache
def student_t_975(df: int) -> float:
    """Return the 97.5 % quantile of Student's t, by bisection, to about 1e-10."""
    if df < 1:
        raise ValueError(f"degrees of freedom must be at least 1, got {df}")
    low, high = 1.9, 12.8
    for _ in range(60):
        t = (low + high) / 2
        low, high = (t, high) if _within(t, df) < 0.95 else (low, t)
    return (low + high) / 2


def mean_interval(values: Sequence[Fraction]) -> tuple[Decimal | None, ...]:
    """Return mean, sample SD and 95 % interval from Student's t over persons; one has no spread."""
    n = len(values)
    if n < 2:
        return (rounded(_mean(values), 4) if n else None), None, None, None
    mean = _mean(values)
    variance = sum((value - mean) ** 2 for value in values) / Fraction(n - 1)
    margin = Fraction(student_t_975(n - 1)) * _square_root(variance / n)
    figures = (mean, _square_root(variance), mean - margin, mean + margin)
    return tuple(rounded(figure, 4) for figure in figures)


def wilson_percent(count: int, total: int) -> tuple[Decimal, Decimal, Decimal]:
    """Return the share in percent and its 95 % interval (Wilson 1927), two decimals."""
    z, share = Fraction("1.959964"), Fraction(count, total)
    centre = share + z**2 / (2 * total)
    margin = z * _square_root(share * (1 - share) / total + z**2 / (4 * total**2))
    scale = 1 + z**2 / total
    figures = (share, (centre - margin) / scale, (centre + margin) / scale)
    percent, lower, upper = (rounded(100 * figure, 2) for figure in figures)
    return percent, lower, upper


def rounded(value: Fraction, places: int) -> Decimal:
    """Round half away from zero to exactly `places` decimals."""
    units = math.floor(abs(value) * 10**places + Fraction(1, 2))
    return Decimal(-units if value < 0 else units).scaleb(-places)


def _text(key: Id) -> str:
    return str(key).lower()


def _own(session: Session, rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if _text(row.session_id) == _text(session.session_id)]


def _checked_window(window_days: int | None) -> int:
    if window_days is None or not 0 < window_days <= LONGEST_WINDOW_DAYS:
        raise ValueError(f"window_days must be 1 to {LONGEST_WINDOW_DAYS}, got {window_days}")
    return window_days


def _done(
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


def _capped_percent(done: int, expected: int) -> Fraction:
    return min(Fraction(100), Fraction(100 * done, expected))


def _best_by_day(
    session: Session, pulse_checks: Iterable[PulseCheck], as_of: date
) -> dict[int, PulseCheck]:
    """Return each day's check with most answers, then the latest, then the smallest id."""
    seen = [row for row in _own(session, pulse_checks) if row.check_date <= as_of]
    seen.sort(key=lambda row: _text(row.pulse_check_id), reverse=True)
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
    return Rolling(len(found), rounded(_mean(found), 4) if shown else None)


def _trend_row(metric: str, period: int, per_patient: Sequence[Sequence[Fraction]]) -> TrendRow:
    n = len(per_patient)
    if n == 0:
        return TrendRow(metric, period, None, None, None, None, None, is_withheld=True)
    mean, deviation, lower, upper = mean_interval([_mean(values) for values in per_patient])
    return TrendRow(metric, period, n, mean, deviation, lower, upper, is_withheld=False)


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def _square_root(value: Fraction) -> Fraction:
    """Return the square root to 60 digits."""
    with localcontext(prec=60):
        return Fraction((Decimal(value.numerator) / Decimal(value.denominator)).sqrt())


def _within(t: float, df: int) -> float:
    """P(-t < T < t) for a whole df: the finite sum of Abramowitz & Stegun 26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(df))
    square = math.cos(angle) ** 2
    odd = df % 2
    term = math.cos(angle) if odd else 1.0
    terms = []
    for k in range(2 + odd, df + 1, 2):
        terms.append(term)
        term *= square * (k - 1) / k
    total = math.sin(angle) * math.fsum(terms)
    return 2 / math.pi * (angle + total) if odd else total
