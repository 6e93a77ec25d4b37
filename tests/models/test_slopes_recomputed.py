"""The slopes of fct_session_trends recomputed from the raw rows by outside libraries."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

import numpy as np
import pytest
from scipy import stats

from cohorts import Cohort
from raw_values import journey_values

MART = """
select
    session_id, metric, slope_days, slope_weeks, is_slope_comparable,
    slope_per_30_days, slope_standard_error, slope_ci_lower, slope_ci_upper
from marts.fct_session_trends
"""
Points = dict[tuple[UUID, str], dict[int, float]]


@pytest.fixture
def points(cohort: Cohort) -> Points:
    """By session and metric the values of days 14 to 180, before the end of the journey."""
    found: Points = defaultdict(dict)
    for session_id, day, metric, value in journey_values(cohort):
        if day >= 14:
            found[session_id, metric][day] = value
    return found


def test_slopes_are_what_scipy_fits(cohort: Cohort, points: Points) -> None:
    """scipy's line of the days, and the error of its line through the weekly means times 1.3."""
    shown = 0
    for session_id, metric, days, weeks, is_comparable, *figures in cohort.rows(MART):
        values = points[session_id, metric]
        by_week = defaultdict(list)
        for day, value in values.items():
            by_week[day // 7].append(value)
        assert (days, weeks) == (len(values), len(by_week))
        assert is_comparable == (days >= 60)
        if days < 30:
            assert figures == [None] * 4
            continue
        slope = 30 * stats.linregress([*values], [*values.values()]).slope
        means = [float(np.mean(of_week)) for of_week in by_week.values()]
        error = 1.3 * 30 / 7 * stats.linregress([*by_week], means).stderr
        margin = stats.t.ppf(0.975, weeks - 2) * error
        expected = (slope, error, slope - margin, slope + margin)
        assert [float(one) for one in figures] == pytest.approx(expected, abs=5.1e-5)
        shown += 1
    # Nobody in Open Play was followed for so long.
    assert shown > 50 or max(map(len, points.values())) < 30
