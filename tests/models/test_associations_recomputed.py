"""fct_behavior_associations recomputed from the raw rows by outside libraries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from cohorts import Cohort
from raw_values import journey_values

GROUP = "changing people"
# Published decimals, by column in the order of `MART`.
DECIMALS = (0, 0, 4, 4, 4, 6, 6, 0, 0, 4, 4, 4, 4, 0)
MART = """
select
    session_id, change_type, metric,
    weeks_with, weeks_without, difference_points, ci_lower, ci_upper, p_value, q_value, tests_run,
    permutations, report_memory, metric_memory, discount_factor, widening_factor,
    is_discovery::integer
from marts.fct_behavior_associations
"""
CHANGES = """
select distinct session_id, change_type, (change_date - session_date) / 7 as week
from public.log_behavioral_changes
inner join public.log_sessions using (session_id)
where change_date - session_date between 0 and 180 and change_date <= %s
"""
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Raw:
    """What the tables hold: values by session, metric and week; weeks by session and type."""

    values: dict[tuple[UUID, str], dict[int, list[float]]]
    reported: dict[UUID, dict[str, set[int]]]
    patients: dict[UUID, UUID]
    orders: dict[int, NDArray[np.int64]]


@pytest.fixture(scope="module")
def raw(changing: Cohort) -> Raw:
    values: Any = defaultdict(lambda: defaultdict(list))
    for session_id, day, metric, value in journey_values(changing):
        values[session_id, metric][day // 7].append(value)
    reported: Any = defaultdict(lambda: defaultdict(set))
    for session_id, change_type, week in changing.rows(CHANGES, changing.as_of):
        reported[session_id][change_type].add(week)
    columns = ", ".join(f"week_at_{place}" for place in range(1, 27))
    orders: Any = defaultdict(list)
    for n, *places in changing.rows(f"select weeks, {columns} from intermediate.int_permutations"):
        orders[n].append(places[:n])
    return Raw(
        values,
        reported,
        dict(changing.rows("select session_id, patient_id from public.log_sessions")),
        {n: np.array(of_n) - 1 for n, of_n in orders.items()},
    )


def left_over(design: Numbers, values: Numbers) -> Numbers:
    """Residuals of ordinary least squares."""
    residuals: Numbers = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return residuals if residuals @ residuals > 1e-18 else np.zeros_like(residuals)


def memory(weeks: Numbers, residuals: Numbers, times: int) -> float:
    """The corrected lag-1 correlation of neighbouring weeks."""
    n, square = len(weeks), residuals @ residuals
    pairs = np.flatnonzero(np.diff(weeks) == 1)
    r = 0.0
    if len(pairs) >= 6 and square:
        r = residuals[pairs] @ residuals[pairs + 1] / square * n / len(pairs)
    return float(np.clip(r + times * (1 + 2 * max(r, 0)) / n, 0, 0.9))


def figures_of(raw: Raw, weeks: Numbers, exposure: Numbers, outcome: Numbers) -> list[Any]:
    """The figures of one test, except those that its family gives."""
    n = len(weeks)
    line = np.column_stack([np.ones(n), weeks])
    design = np.column_stack([line, exposure])
    report, metric = left_over(line, exposure), left_over(line, outcome)
    (a, b), (a_wide, b_wide) = (
        [memory(weeks, series, times) for series in (report, metric)] for times in (1, 2)
    )
    discount = np.sqrt((1 + a * b) / (1 - a * b))
    widening = np.sqrt((1 + a_wide * b_wide) / (1 - a_wide * b_wide))
    difference = float(np.linalg.lstsq(design, outcome, rcond=None)[0][2])
    rest = left_over(design, outcome)
    error = np.sqrt(rest @ rest / (n - 3) * np.linalg.inv(design.T @ design)[2, 2])
    margin = stats.t.ppf(0.975, n - 3) * error * widening
    interval = [difference - margin, difference + margin] if rest @ rest else [None, None]
    sums = np.abs(report[raw.orders[n]] @ metric)
    p = (1 + np.count_nonzero(sums >= abs(report @ metric) / discount - 1e-10)) / 2000
    return [difference, *interval, p, a, b, discount, widening]


def recomputed(raw: Raw) -> dict[tuple[Any, ...], list[Any]]:
    """Rows as the mart has them, not rounded."""
    found: dict[tuple[Any, ...], list[Any]] = {}
    families = defaultdict(list)
    for (session_id, metric), by_week in raw.values.items():
        weeks = np.array(sorted(week for week, of in by_week.items() if len(of) >= 4), float)
        outcome = np.array([np.mean(by_week[int(week)]) for week in weeks])
        for change_type, reported in raw.reported[session_id].items():
            exposure = np.isin(weeks, list(reported)).astype(float)
            n_with = int(exposure.sum())
            if min(n_with, len(weeks) - n_with) >= 6:
                key = (session_id, change_type, metric)
                difference, lower, upper, p, *memories = figures_of(raw, weeks, exposure, outcome)
                found[key] = [
                    *(n_with, len(weeks) - n_with, difference, lower, upper, p),
                    *(None, None, 1999, *memories, None),
                ]
                families[raw.patients[session_id]].append(key)
    for family in families.values():
        q = stats.false_discovery_control([found[key][5] for key in family])
        for key, q_value in zip(family, q, strict=True):
            found[key][6], found[key][7] = q_value, len(family)
            found[key][-1] = int(q_value <= 0.1 + 1e-12)
    return found


def test_no_published_figure_differs(changing: Cohort, raw: Raw) -> None:
    """Not by more than half of its last digit; at least 500 figures are compared."""
    mart = {row[:3]: row[3:] for row in changing.rows(MART)}
    expected = recomputed(raw)
    assert mart.keys() ^ expected.keys() == set()
    compared, differing = 0, []
    for key, row in mart.items():
        for decimals, published, value in zip(DECIMALS, row, expected[key], strict=True):
            assert (published is None) == (value is None), (key, row, expected[key])
            if published is not None:
                compared += 1
                if abs(float(published) - value) > 0.5 * 10**-decimals * (decimals > 0) + 1e-9:
                    differing.append((key, published, value))
    assert differing == []
    assert compared >= 500
