"""Trends across patients in plain Python: see `reference`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from reference import LAST_JOURNEY_DAY, METRICS, Id, PulseDay, Session, key_text
from reference_statistics import mean_interval, mean_of


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


def trends(
    pulse_days: Mapping[Id, Iterable[PulseDay]],
    sessions: Iterable[Session],
    by: Literal["day", "week"] = "day",
) -> list[TrendRow]:
    """Return one row per metric and day 0 to 180 (or week 0 to 25), withheld without anybody.

    What else is withheld of them, and how they are rounded, is `reference_withholding`'s.
    """
    found = patients_means(pulse_days, sessions, by)
    return [_trend_row(*key, values) for key, values in found.items()]


def patients_means(
    pulse_days: Mapping[Id, Iterable[PulseDay]],
    sessions: Iterable[Session],
    by: Literal["day", "week"],
) -> dict[tuple[str, int], list[Fraction]]:
    """Return the mean of each patient by metric and day, or week."""
    length = {"day": 1, "week": 7}[by]
    patient_of = {
        key_text(session.session_id): key_text(session.patient_id) for session in sessions
    }
    cells: dict[tuple[str, int], dict[str, list[Fraction]]] = defaultdict(dict)
    for session_id, rows in pulse_days.items():
        patient = patient_of[key_text(session_id)]
        for row in rows:
            if 0 <= row.days_post_session <= LAST_JOURNEY_DAY:
                for metric, value in row.exact.items():
                    if value is not None:
                        cell = cells[metric, row.days_post_session // length]
                        cell.setdefault(patient, []).append(value)
    return {
        (metric, period): [mean_of(values) for values in cells[metric, period].values()]
        for metric in METRICS
        for period in range(LAST_JOURNEY_DAY // length + 1)
    }


def _trend_row(metric: str, period: int, means: Sequence[Fraction]) -> TrendRow:
    n = len(means)
    if n == 0:
        return TrendRow(metric, period, None, None, None, None, None, is_withheld=True)
    mean, deviation, lower, upper = mean_interval(means)
    return TrendRow(metric, period, n, mean, deviation, lower, upper, is_withheld=False)
