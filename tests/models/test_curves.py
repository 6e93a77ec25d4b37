"""rpt_outcome_curves equals the reference."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import reference_curves
from cohorts import Cohort
from increments import run
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target, connect

PUBLISHED = "select * from published.rpt_outcome_curves"


def expected(cohort: Cohort, min_cell: int = 11) -> set[tuple[object, ...]]:
    return reference_curves.rows(
        cohort.sessions, cohort.integration_sessions, cohort.as_of, cohort.ends, min_cell
    )


def test_curves(cohort: Cohort) -> None:
    """Every row and column equals the reference."""
    found = cohort.rows(PUBLISHED)
    assert set(found) == expected(cohort)
    assert len(found) == 10


@pytest.mark.parametrize("min_cell", [1, 4])
def test_curves_with_smaller_cells(
    built: str, own_copy_of: Callable[[str], Target], min_cell: int
) -> None:
    """With a lower threshold more steps are shown, still as in the reference."""
    target = own_copy_of(built)
    variables = f"{{as_of: {SEED_AS_OF.isoformat()}, min_cell: {min_cell}}}"
    run(target, SEED_AS_OF, "--select", "cells", "rpt_outcome_curves", "--vars", variables)
    with connect(target, autocommit=True) as connection:
        cohort = Cohort(connection, SEED_AS_OF)
        found = set(cohort.rows(PUBLISHED))
        assert found == expected(cohort, min_cell)
        assert sum(not row[-1] for row in found) >= 2
