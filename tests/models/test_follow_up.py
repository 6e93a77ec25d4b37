"""rpt_baseline_by_follow_up equals the reference."""

from __future__ import annotations

import reference_follow_up
from cohorts import Cohort

GROUP = "smaller cells"

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


def test_follow_up_with_smaller_cells(shown_more: tuple[Cohort, int]) -> None:
    """With a lower threshold more is shown, still as in the reference; the threshold is one."""
    cohort, min_cell = shown_more
    found = set(cohort.rows(PUBLISHED))
    assert found == expected(cohort, min_cell)
    assert min_cell > 3 or any(not row[-1] for row in found)
