"""Session trends, once more in plain Python: see `reference`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from reference import LAST_JOURNEY_DAY, METRICS, PulseDay, Session, rounded

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


def session_trends(session: Session, days: Sequence[PulseDay], as_of: date) -> list[SessionTrend]:
    """Return one row per metric over days 0 to 180: slope and the means of both ends."""
    last = min((as_of - session.session_day).days, LAST_JOURNEY_DAY)
    found = []
    for metric in METRICS:
        points = {
            row.days_post_session: value
            for row in days
            if 0 <= row.days_post_session <= LAST_JOURNEY_DAY
            and (value := row.exact[metric]) is not None
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
