"""Who is still there: changes of the same people equal the reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from typing import Any

import pytest

import reference
from cohorts import Cohort
from increments import run
from reference_changes import published_changes
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target, connect

MODELS = ("cells", "rpt_pulse_changes_by_week")


def pulse_days(cohort: Cohort) -> dict[Any, list[reference.PulseDay]]:
    return {
        session.session_id: reference.pulse_days(
            session, cohort.pulse_checks[session.session_id], cohort.as_of
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


@pytest.mark.parametrize("min_cell", [1, 4])
def test_groups_with_smaller_cells(
    built: str, own_copy_of: Callable[[str], Target], min_cell: int
) -> None:
    """With a lower threshold more is shown, still as in the reference."""
    target = own_copy_of(built)
    variables = f"{{as_of: {SEED_AS_OF.isoformat()}, min_cell: {min_cell}}}"
    run(target, SEED_AS_OF, "--select", *MODELS, "--vars", variables)
    with connect(target, autocommit=True) as connection:
        cohort = Cohort(connection, SEED_AS_OF)
        days = pulse_days(cohort)
        found = shown_changes(cohort)
        assert found == {
            (row.metric, row.week): astuple(row)
            for row in published_changes(days, cohort.sessions, min_cell)
        }
        assert not all(row[-1] for row in found.values())
