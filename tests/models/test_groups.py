"""Tables about who is still there equal the reference."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import reference
from cohorts import Cohort
from reference_changes import published_changes
from reference_ends import journey_days
from reference_extremes import extremes
from reference_leaving import attrition, leaving
from wellness_journey.cohort.seed import SEED_AS_OF

GROUP = "smaller cells"

MODELS = (
    "cells",
    "rpt_pulse_changes_by_week",
    "rpt_pulse_attrition_by_week",
    "rpt_first_month_by_leaving",
    "rpt_pulse_extremes_by_week",
)


def pulse_days(cohort: Cohort) -> dict[Any, list[reference.PulseDay]]:
    return {
        session.session_id: journey_days(
            reference.pulse_days(session, cohort.pulse_checks[session.session_id], cohort.as_of),
            cohort.ends.get(session.session_id),
        )
        for session in cohort.sessions
    }


def shown_changes(cohort: Cohort) -> dict[Any, tuple[Any, ...]]:
    found = cohort.rows(
        "select metric, week_post_session, patients, mean_change, ci_lower, ci_upper, is_withheld "
        "from published.rpt_pulse_changes_by_week"
    )
    return {row[:2]: row for row in found}


def test_changes(cohort: Cohort) -> None:
    """rpt_pulse_changes_by_week equals the reference in every metric, week and figure."""
    expected = published_changes(pulse_days(cohort), cohort.sessions)
    found = shown_changes(cohort)
    assert found == {(row.metric, row.week): astuple(row) for row in expected}
    assert len(found) == 5 * 21


def shown_attrition(cohort: Cohort) -> dict[Any, tuple[Any, ...]]:
    found = cohort.rows(
        "select week_post_session, patients, still_answering, still_answering_pct, "
        "still_answering_ci_lower_pct, still_answering_ci_upper_pct, is_due, is_withheld, "
        "is_share_withheld from published.rpt_pulse_attrition_by_week"
    )
    return {row[0]: row for row in found}


def test_attrition(cohort: Cohort) -> None:
    """rpt_pulse_attrition_by_week equals the reference in every week and figure."""
    expected = attrition(cohort.sessions, pulse_days(cohort), cohort.as_of, cohort.ends)
    assert shown_attrition(cohort) == {row.week: astuple(row) for row in expected}


def shown_leaving(cohort: Cohort) -> dict[Any, tuple[Any, ...]]:
    found = cohort.rows(
        "select metric, leavers, leavers_mean, stayers, stayers_mean, difference, ci_lower, "
        "ci_upper, is_withheld from published.rpt_first_month_by_leaving"
    )
    return {row[0]: row for row in found}


def test_first_months_of_leavers(cohort: Cohort) -> None:
    """rpt_first_month_by_leaving equals the reference in every metric and figure."""
    expected = leaving(cohort.sessions, pulse_days(cohort), cohort.as_of, cohort.ends)
    assert shown_leaving(cohort) == {row.metric: astuple(row) for row in expected}


def shown_extremes(cohort: Cohort) -> dict[Any, tuple[Any, ...]]:
    found = cohort.rows(
        "select question, week_post_session, answer, patients, share_pct, share_ci_lower_pct, "
        "share_ci_upper_pct, is_withheld, is_share_withheld "
        "from published.rpt_pulse_extremes_by_week"
    )
    return {row[:3]: row for row in found}


def test_ends_of_the_scale(cohort: Cohort) -> None:
    """rpt_pulse_extremes_by_week equals the reference in every question, week, end and figure."""
    expected = extremes(cohort.sessions, pulse_days(cohort))
    found = shown_extremes(cohort)
    assert found == {(row.metric, row.week, row.answer): astuple(row) for row in expected}
    assert len(found) == 4 * 26 * 2


def test_groups_with_smaller_cells(shown_more: tuple[Cohort, int]) -> None:
    """With a lower threshold more is shown, still as in the reference."""
    cohort, min_cell = shown_more
    days = pulse_days(cohort)
    found = shown_changes(cohort)
    assert found == {
        (row.metric, row.week): astuple(row)
        for row in published_changes(days, cohort.sessions, min_cell)
    }
    assert min_cell > 2 or not all(row[-1] for row in found.values())
    weeks = shown_attrition(cohort)
    assert weeks == {
        row.week: astuple(row)
        for row in attrition(cohort.sessions, days, SEED_AS_OF, cohort.ends, min_cell)
    }
    assert min_cell > 2 or not all(row[-1] for row in weeks.values())
    sides = shown_leaving(cohort)
    assert sides == {
        row.metric: astuple(row)
        for row in leaving(cohort.sessions, days, SEED_AS_OF, cohort.ends, min_cell)
    }
    ends = shown_extremes(cohort)
    assert ends == {
        (row.metric, row.week, row.answer): astuple(row)
        for row in extremes(cohort.sessions, days, min_cell)
    }
    assert min_cell > 2 or not all(row[-1] for row in ends.values())
    assert min_cell > 1 or not all(row[-1] for row in sides.values())
