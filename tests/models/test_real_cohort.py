"""docs/real-cohort.md says what the database of the real diaries answers."""

from __future__ import annotations

import pytest

import worked_queries
from checkout import ROOT
from cohorts import Cohort

QUERIES = worked_queries.queries((ROOT / "docs" / "real-cohort.md").read_text(encoding="utf-8"))
real_cohort = pytest.mark.parametrize("cohort", ["open play"], indirect=True)


@real_cohort
@pytest.mark.parametrize("query", QUERIES, ids=range(1, len(QUERIES) + 1))
def test_a_result_is_what_the_page_shows(cohort: Cohort, query: worked_queries.Query) -> None:
    """Run as the role that the page names, a query gives the table below it, to the last digit."""
    columns, rows = worked_queries.run(cohort.connection, query)
    assert worked_queries.table(columns, rows) == query.shown


@pytest.mark.parametrize("query", QUERIES, ids=range(1, len(QUERIES) + 1))
def test_no_table_tells_of_a_few(query: worked_queries.Query) -> None:
    """Each row has its patients, and no number of them is 1 to 10."""
    head, _, *rows = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in query.shown.splitlines()
    )
    counted = [
        place
        for place, name in enumerate(head)
        if name == "patients" or name.startswith(("flagged_by", "sessions_flagged"))
        if name != "sessions_flagged_by_chance"
    ]
    assert counted
    for row in rows:
        assert not any(row[place] in map(str, range(1, 11)) for place in counted)
