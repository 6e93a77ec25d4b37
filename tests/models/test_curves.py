"""rpt_outcome_curves equals the reference."""

from __future__ import annotations

import reference_curves
from cohorts import Cohort

GROUP = "smaller cells"

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


def test_curves_with_smaller_cells(shown_more: tuple[Cohort, int]) -> None:
    """With a lower threshold more steps are shown, still as in the reference."""
    cohort, min_cell = shown_more
    found = set(cohort.rows(PUBLISHED))
    assert found == expected(cohort, min_cell)
    assert sum(not row[-1] for row in found) >= 2
