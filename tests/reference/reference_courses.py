"""Session trends and weekly compliance, once more in plain Python: see `reference`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from reference import LAST_JOURNEY_DAY, METRICS, Id, PulseDay, Session
from reference_ends import End, Ends, journey_days, last_day
from reference_precision import count, share_of, steps_of
from reference_statistics import mean_of, rounded, square_root, student_t_975

FIRST_SLOPE_DAY = 14
LEAST_SLOPE_DAYS, LEAST_COMPARED_DAYS = 30, 60
WIDENED = Fraction("1.3")


@dataclass(frozen=True)
class Slope:
    """Points per 30 days; NULL, error and all, under `LEAST_SLOPE_DAYS`."""

    slope_days: int
    slope_weeks: int
    slope_per_30_days: Decimal | None = None
    slope_standard_error: Decimal | None = None
    slope_ci_lower: Decimal | None = None
    slope_ci_upper: Decimal | None = None


@dataclass(frozen=True)
class SessionTrend:
    metric: str
    observed_days: int
    slope: Slope
    first_30_days_observed: int
    first_30_days_mean: Decimal | None
    last_30_days_observed: int
    last_30_days_mean: Decimal | None
    is_slope_comparable: bool

    def row(self) -> tuple[object, ...]:
        """The columns of the mart after session_id."""
        whole = astuple(self)
        return *whole[:2], *whole[2], *whole[3:]


@dataclass(frozen=True)
class ComplianceWeek:
    week_post_session: int
    patients: int | None
    observed_pct: Decimal | None
    is_due: bool
    is_withheld: bool
    is_share_withheld: bool


def session_trends(
    session: Session, days: Sequence[PulseDay], as_of: date, end: End | None = None
) -> list[SessionTrend]:
    """Return one row per metric: slope from day 14 on, means of both ends of the journey."""
    last = last_day(end, (as_of - session.session_day).days)
    found = []
    for metric in METRICS:
        points = {
            row.days_post_session: value
            for row in journey_days(days, end)
            if (value := row.exact[metric]) is not None
        }
        first_days = [points[day] for day in range(30) if day in points]
        last_days = [points[day] for day in range(max(0, last - 29), last + 1) if day in points]
        slope = _slope({day: value for day, value in points.items() if day >= FIRST_SLOPE_DAY})
        found.append(
            SessionTrend(
                metric,
                len(points),
                slope,
                len(first_days),
                _mean(first_days),
                len(last_days),
                _mean(last_days),
                slope.slope_days >= LEAST_COMPARED_DAYS,
            )
        )
    return found


def _slope(points: Mapping[int, Fraction]) -> Slope:
    by_week = defaultdict(list)
    for day, value in points.items():
        by_week[day // 7].append(value)
    if len(points) < LEAST_SLOPE_DAYS:
        return Slope(len(points), len(by_week))
    means = {week: mean_of(values) for week, values in by_week.items()}
    _, squared_error = _line(means)
    slope = slope_per_30_days(points)
    error = WIDENED * Fraction(30, 7) * square_root(squared_error)
    margin = Fraction(student_t_975(len(means) - 2)) * error
    shown = (slope, error, slope - margin, slope + margin)
    return Slope(len(points), len(means), *(rounded(figure, 4) for figure in shown))


def slope_per_30_days(points: Mapping[int, Fraction]) -> Fraction:
    """Return the slope of the least-squares line through three days or more, not rounded."""
    per_day, _ = _line(points)
    return 30 * per_day


def _line(points: Mapping[int, Fraction]) -> tuple[Fraction, Fraction]:
    """Return slope and squared standard error of the least-squares line through three or more."""
    n = len(points)
    x_mean, y_mean = Fraction(sum(points), n), mean_of(list(points.values()))
    spread = sum((x - x_mean) ** 2 for x in points)
    slope = sum((x - x_mean) * y for x, y in points.items()) / spread
    left = sum((y - y_mean - slope * (x - x_mean)) ** 2 for x, y in points.items())
    return slope, Fraction(left) / (n - 2) / spread


def _mean(values: Sequence[Fraction]) -> Decimal | None:
    return rounded(sum(values, Fraction(0)) / len(values), 4) if values else None


def compliance_weeks(
    sessions: Sequence[Session],
    days: Mapping[Id, Sequence[PulseDay]],
    as_of: date,
    min_cell: int = 11,
    ends: Ends | None = None,
) -> list[ComplianceWeek]:
    """Return weeks 0 to 25: due days of sessions, and those with a pulse check."""
    found = []
    elapsed = [(as_of - session.session_day).days for session in sessions]
    for week in range(LAST_JOURNEY_DAY // 7 + 1):
        first, reached = (
            max(1, 7 * week),
            min(7 * week + 6, LAST_JOURNEY_DAY, max(elapsed, default=0)),
        )
        observed: list[str] = []
        missed: list[str] = []
        for session in sessions:
            end = (ends or {}).get(session.session_id)
            last = last_day(end, (as_of - session.session_day).days)
            checked = {row.days_post_session for row in days[session.session_id]}
            for day in range(first, min(7 * week + 6, last) + 1):
                where = observed if day in checked else missed
                where.append(str(session.patient_id).lower())
        found.append(
            _week(week, observed, missed, reached - first + 1, min_cell)
            if reached >= first
            else ComplianceWeek(
                week, 0, None, is_due=False, is_withheld=False, is_share_withheld=False
            )
        )
    return found


def _week(
    week: int, observed: list[str], missed: list[str], days: int, min_cell: int
) -> ComplianceWeek:
    """Return the share of whole sessions on a mean of the week's `days`, each count as shown."""
    a_day, expected_a_day = len(observed) // days, (len(observed) + len(missed)) // days
    patients = len({*observed, *missed})
    if patients <= min_cell:
        return ComplianceWeek(week, None, None, True, True, True)
    shown = count(patients, min_cell)
    if min(len(set(observed) & set(missed)), a_day) < min_cell:
        return ComplianceWeek(week, shown, None, True, False, True)
    share = share_of(a_day, expected_a_day, min_cell, steps_of(patients).share)
    return ComplianceWeek(week, shown, share, True, False, False)
