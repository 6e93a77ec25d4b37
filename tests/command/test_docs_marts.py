"""docs/marts.md says what the demo's database answers, to the role it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from uuid import UUID

import psycopg
import pytest

import worked_queries
from checkout import Demo
from database import Connection
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from worked_queries import PAGE, Query

TEXT = PAGE.read_text(encoding="utf-8")
QUERIES = worked_queries.queries(TEXT)
RESTRICTED = [query for query in QUERIES if query.role == "journey_restricted"]
every_query = pytest.mark.parametrize("query", QUERIES, ids=range(1, len(QUERIES) + 1))


@pytest.fixture
def connection(demo: Demo) -> Iterator[Connection]:
    """As the owner of the demo's database."""
    with settings.connect(demo.target, autocommit=True) as connection:
        yield connection


@every_query
def test_a_result_is_what_the_page_shows(connection: Connection, query: Query) -> None:
    """Run as the role that the page names, a query gives the table below it, to the last digit."""
    assert worked_queries.table(*worked_queries.run(connection, query)) == query.shown


@every_query
def test_a_result_is_of_nobody(connection: Connection, query: Query) -> None:
    """No key, no day but the day of reference, no figure of fewer than 11 patients."""
    columns, rows = worked_queries.run(connection, query)
    # The demo names no attribute, so its tables by group are empty.
    assert bool(rows) is ("patient_group" not in query.sql)
    for row in rows:
        found = dict(zip(columns, row, strict=True))
        assert not any(isinstance(value, UUID) for value in row)
        assert not any(isinstance(found[name], date) for name in columns if name != "as_of")
        if "from quality." in query.sql:
            continue
        if found["patients"] is None:
            assert all(value is None or isinstance(value, str) for value in row)
        else:
            assert found["patients"] >= 11


@pytest.mark.parametrize("query", RESTRICTED, ids=range(1, len(RESTRICTED) + 1))
def test_a_role_is_the_least_that_will_do(connection: Connection, query: Query) -> None:
    """What the page gives to journey_restricted is closed to journey_analyst."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        worked_queries.run(connection, Query("journey_analyst", query.sql, ""))


def test_every_query_of_the_page_is_tested() -> None:
    """Questions are numbered; no query stands outside the form that the tests read."""
    headings = re.findall(r"^### (\d+)\. .+\?$", TEXT, re.MULTILINE)
    assert headings == [str(number) for number in range(1, len(headings) + 1)]
    assert len(QUERIES) == TEXT.count("```sql") >= len(headings) >= 11
    assert {query.role for query in QUERIES} == {"journey_analyst", "journey_restricted"}


def test_every_table_is_on_the_page(built: str, copy_of: Callable[[str], Target]) -> None:
    """What an analyst can read is named on the page, and what the page names is there."""
    with settings.connect(copy_of(built), autocommit=True) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema in ('marts', 'published')"
        ).fetchall()
    assert not {table for _, table in tables if not re.search(rf"\b{table}`", TEXT)}
    prose = re.sub(r"\]\([^)]*\)", "]", TEXT)
    named = set(re.findall(r"\b(?:marts|published)\.(\w+)", prose))
    assert named <= {table for _, table in tables}
    asked = " ".join(query.sql for query in QUERIES)
    published = {table for schema, table in tables if schema == "published" and table[:3] == "rpt"}
    assert not {table for table in published if f"published.{table}" not in asked}
