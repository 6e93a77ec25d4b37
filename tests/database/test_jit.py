"""No statement of a whole run is compiled, on a server whose JIT is on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from checkout import Checkout
from database import Connection, other_server
from nightly import in_nightly
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

# More than a backend's own number costs, and less than a row of any table.
ANY_TABLE = 0.02
COMPILED = """
    select count(*), coalesce(sum(jit_functions), 0)::int,
        array_agg(left(query, 90)) filter (where jit_functions > 0)
    from pg_stat_statements
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Target]:
    """As its distribution sets it, but that every statement would be worth compiling."""
    options = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.max": 20000}
    with other_server(jit_above_cost=ANY_TABLE, **options) as target:
        yield target


@pytest.fixture
def watcher(server: Target) -> Iterator[Connection]:
    with settings.open_connection(server) as connection:
        connection.execute("create extension if not exists pg_stat_statements")
        able = connection.execute("select pg_jit_available(), current_setting('jit')").fetchone()
        if able != (True, "on"):
            pytest.skip(f"NO JIT in {server} (apt-get install postgresql-NN-jit)")
        connection.execute("select pg_stat_statements_reset()")
        yield connection


def test_what_is_compiled_is_seen(watcher: Connection) -> None:
    """The test below can fail: one read of a table without our setting is counted."""
    watcher.execute("select count(*) from pg_class")
    row = watcher.execute(COMPILED.encode()).fetchone()
    assert row
    assert row[1] > 0
    assert any("pg_class" in query for query in row[2])


@in_nightly
def test_a_whole_run_compiles_nothing(server: Target, watcher: Connection, tmp_path: Path) -> None:
    """migrate, seed, run with all unit tests and data tests, checks, report and docs, status; and
    each table that dbt built or seeded is analysed."""
    checkout = Checkout(tmp_path, all_unit_tests=True)
    for verb in (
        ("migrate", "--with-prerequisites"),
        ("seed", "--sessions", "2"),
        ("run",),
        ("status",),
    ):
        process = checkout.start(server, *verb)
        out, err = process.communicate()  # however long it takes
        assert process.returncode in (0, 1), out + err
        assert "NOT BUILT" not in out
    row = watcher.execute(COMPILED.encode()).fetchone()
    assert row
    statements, compiled, which = row
    assert compiled == 0, which
    # The whole of it was seen: data tests and unit tests of dbt, Great Expectations, ourselves.
    assert statements > 1000
    for part in (
        '%"node_id": "test.%',
        '%"node_id": "unit_test.%',
        "%table_row_count%",
        "%advisory_lock%",
    ):
        seen = watcher.execute(
            "select count(*) from pg_stat_statements where query like %s", (part,)
        ).fetchone()
        assert seen != (0,), part
    left = watcher.execute(
        """
        select oid::regclass::text from pg_class
        where relkind = 'r' and reltuples < 0
            and relnamespace = any('{intermediate, marts, published}'::regnamespace[])
        """
    ).fetchall()
    assert left == []
