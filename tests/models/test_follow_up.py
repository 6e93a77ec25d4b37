"""rpt_baseline_by_follow_up equals the reference."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import reference_follow_up
from cohorts import Cohort
from increments import run
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target, connect

PUBLISHED = "select * from published.rpt_baseline_by_follow_up"


def expected(cohort: Cohort, min_cell: int = 11) -> set[tuple[object, ...]]:
    return reference_follow_up.rows(
        cohort.sessions, cohort.integration_sessions, cohort.pulse_checks, cohort.as_of, min_cell
    )


def test_follow_up(cohort: Cohort) -> None:
    """Every row and column equals the reference."""
    found = cohort.rows(PUBLISHED)
    assert set(found) == expected(cohort)
    assert len(found) == 5


@pytest.mark.parametrize("min_cell", [1, 3])
def test_follow_up_with_smaller_cells(
    built: str, own_copy_of: Callable[[str], Target], min_cell: int
) -> None:
    """With a lower threshold more is shown, still as in the reference; the threshold is one."""
    target = own_copy_of(built)
    variables = f"{{as_of: {SEED_AS_OF.isoformat()}, min_cell: {min_cell}}}"
    steps = ("shown_assessment_outcomes", "cell_outcome_groups", "shown_outcome_changes")
    names = (*steps, "rpt_baseline_by_follow_up")
    run(target, SEED_AS_OF, "--select", *names, "--vars", variables)
    with connect(target, autocommit=True) as connection:
        cohort = Cohort(connection, SEED_AS_OF)
        found = set(cohort.rows(PUBLISHED))
        assert found == expected(cohort, min_cell)
        assert any(not row[-1] for row in found)
