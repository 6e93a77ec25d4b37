"""Session trends and weekly compliance, once more in plain Python: see `reference`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from reference import LAST_JOURNEY_DAY, METRICS, Id, PulseDay, Session
from reference_ends import End, Ends, journey_days, last_day
from reference_statistics import rounded

LEAST_SLOPE_DAYS = 14


@dataclass(frozen=True)
class SessionTrend:
    metric: str
    observed_days: int
    slope_per_30_days: Decimal | None
    first_30_days_observed: int
    first_30_days_mean: Decimal | None
    last_30_days_observed: int
    last_30_days_mean: Decimal | None


@dataclass(frozen=True)
class ComplianceWeek:
    week_post_session: int
    patients: int | None
    expected_days: int | None
    observed_days: int | None
    missed_days: int | None
    observed_pct: Decimal | None
    is_due: bool
    is_withheld: bool
    is_share_withheld: bool


def session_trends(
    session: Session, days: Sequence[PulseDay], as_of: date, end: End | None = None
) -> list[SessionTrend]:
    """Return one row per metric over the days of the journey: slope and the means of both ends."""
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
        found.append(
            SessionTrend(
                metric,
                len(points),
                _slope(points),
                len(first_days),
                _mean(first_days),
                len(last_days),
                _mean(last_days),
            )
        )
    return found


def _slope(points: Mapping[int, Fraction]) -> Decimal | None:
    if len(points) < LEAST_SLOPE_DAYS:
        return None
    middle = Fraction(sum(points), len(points))
    spread = sum((day - middle) ** 2 for day in points)
    together = sum((day - middle) * value for day, value in points.items())
    return rounded(30 * Fraction(together) / Fraction(spread), 4)


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
    for week in range(LAST_JOURNEY_DAY // 7 + 1):
        observed: list[str] = []
        missed: list[str] = []
        for session in sessions:
            end = (ends or {}).get(session.session_id)
            last = last_day(end, (as_of - session.session_day).days)
            checked = {row.days_post_session for row in days[session.session_id]}
            for day in range(max(1, 7 * week), min(7 * week + 6, last) + 1):
                where = observed if day in checked else missed
                where.append(str(session.patient_id).lower())
        found.append(_week(week, observed, missed, min_cell))
    return found


def _week(week: int, observed: list[str], missed: list[str], min_cell: int) -> ComplianceWeek:
    expected = len(observed) + len(missed)
    patients = len({*observed, *missed})
    if not expected:
        return ComplianceWeek(week, 0, 0, 0, 0, None, False, False, False)
    if patients < min_cell:
        return ComplianceWeek(week, None, None, None, None, None, True, True, True)
    if len(set(observed) & set(missed)) < min_cell:
        return ComplianceWeek(week, patients, expected, None, None, None, True, False, True)
    share = rounded(Fraction(100 * len(observed), expected), 2)
    return ComplianceWeek(
        week, patients, expected, len(observed), len(missed), share, True, False, False
    )
