"""Sizes of counts in schema quality: what an analyst reads in place of a number of rows."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID

import pytest
from psycopg import errors

from database import Connection
from rows import acting_as, day, insert
from tables import value

RUN = UUID(int=1)
# What `quality` holds of numbers of rows about patients.
COUNTS = {
    "built_contents": ("rows", "checksum"),
    "built_tables": ("due_keys", "compared_keys"),
    "check_results": ("checked", "failing"),
    "cross_checks": ("rows",),
    "recorded_runs": ("results", "checksum"),
    "source_rows": ("rows",),
}


@pytest.fixture
def connection(connection: Connection) -> Connection:
    """With a run."""
    now = "2025-03-01T00:00:00Z"
    run = {"started_at": now, "finished_at": now, "nodes_failed": 0}
    insert(connection, "quality.runs", run_id=RUN, command="check", as_of=day(0), **run)
    return connection


@pytest.mark.parametrize(
    ("rows", "size", "total", "rounded"),
    [
        (None, None, None, None),
        (0, "none", "none", "none"),
        (1, "1 to 10", "1 to 100", "1 to 100"),
        (10, "1 to 10", "1 to 100", "1 to 100"),
        (11, "11 to 100", "1 to 100", "1 to 100"),
        (100, "11 to 100", "1 to 100", "1 to 100"),
        (101, "101 to 1,000", "101 to 1,000", "about 100"),
        (104, "101 to 1,000", "101 to 1,000", "about 100"),
        (105, "101 to 1,000", "101 to 1,000", "about 110"),
        (1000, "101 to 1,000", "101 to 1,000", "about 1,000"),
        (1001, "1,001 to 10,000", "1,001 to 10,000", "about 1,000"),
        (12_499, "10,001 to 100,000", "10,001 to 100,000", "about 12,000"),
        (12_500, "10,001 to 100,000", "10,001 to 100,000", "about 13,000"),
    ],
)
def test_a_count_is_said_as_its_size(
    connection: Connection,
    rows: int | None,
    size: str | None,
    total: str | None,
    rounded: str | None,
) -> None:
    """Classes by powers of ten, a total's first one up to 100; two digits of a rounded total."""
    for function, told in (
        ("size_class", size),
        ("total_class", total),
        ("rounded_total", rounded),
    ):
        assert value(connection, f"select quality.{function}(%s)", rows) == told, function


def test_each_step_of_a_rounded_total_leaves_room_for_more_than_ten(connection: Connection) -> None:
    """From one day to the next: what came in is never known to be 1 to 10 rows."""
    steps = connection.execute(
        "select min(n), max(n) from generate_series(1, 30000) as n"
        " group by quality.rounded_total(n) order by 1"
    ).fetchall()
    assert all(most - least > 10 for (least, _), (_, most) in pairwise(steps))


def test_analysts_read_no_count_of_rows(connection: Connection) -> None:
    """Every column that holds one is closed to them, and open to the restricted role."""
    for table, columns in COUNTS.items():
        for column in columns:
            query = f"select {column} from quality.{table}"
            with acting_as(connection, "journey_restricted"):
                connection.execute(query.encode())
            with (
                pytest.raises(errors.InsufficientPrivilege),
                connection.transaction(),
                acting_as(connection, "journey_analyst"),
            ):
                connection.execute(query.encode())


def test_analysts_read_no_other_number(connection: Connection) -> None:
    """What else is a number in what they can read is technical: named here, so that a new one is
    looked at."""
    found = connection.execute(
        """
        select c.relname || '.' || a.attname
        from pg_class as c
        inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
        where c.relnamespace = 'quality'::regnamespace
            and c.relkind in ('r', 'v')
            and a.atttypid::regtype in ('integer', 'bigint', 'numeric')
            and has_column_privilege('journey_analyst', c.oid, a.attnum, 'select')
        order by 1
        """
    ).fetchall()
    assert [name for (name,) in found] == [
        "built_tables.compared_bucket",
        "built_tables.next_bucket",
        "built_tables.relation_oid",
        "built_tables.since_transaction",
        "rules.threshold_pct",
        "runs.nodes_failed",
        "synthetic_cohort.days",
        "synthetic_cohort.seed",
        "synthetic_cohort.sessions",
    ]


def shown(connection: Connection, engine: str, rule_id: str, checked: int, failing: int) -> object:
    """What an analyst reads of a result."""
    result = {"run_id": RUN, "engine": engine, "check_name": rule_id, "rule_id": rule_id}
    counts = {"checked": checked, "failing": failing}
    with connection.transaction(force_rollback=True):
        insert(
            connection, "quality.check_results", **result, **counts, tested="some", status="warn"
        )
        with acting_as(connection, "journey_analyst"):
            return connection.execute(
                "select checked, failing from quality.shown_results"
            ).fetchone()


@pytest.mark.parametrize("engine", ["dbt", "great_expectations", "text_scan"])
def test_of_rows_the_classes_are_shown(connection: Connection, engine: str) -> None:
    """Of those that were checked, and of those that fail."""
    assert shown(connection, engine, "PC-001", 478, 1) == ("101 to 1,000", "1 to 10")
    assert shown(connection, engine, "PC-001", 8, 0) == ("1 to 100", "none")


@pytest.mark.parametrize(
    ("engine", "rule_id"),
    [
        ("column_policy", "PH-001"),
        ("posture", "PO-701"),
        ("runs", "RN-001"),
        ("dbt", "LG-001"),
        ("dbt", "BT-001"),
    ],
    # `make mutants` leaves out tests that are called after dbt.
    ids=["columns", "posture", "runs", "unit tests", "tables"],
)
def test_of_columns_tables_runs_the_numbers_are_shown(
    connection: Connection, engine: str, rule_id: str
) -> None:
    """They count nobody."""
    assert shown(connection, engine, rule_id, 1478, 3) == ("1,478", "3")


def test_what_a_rule_tolerates_does_not_bound_a_small_class(connection: Connection) -> None:
    """That at most 2 % of 60 rows fail, and at least one, would say: it is one."""
    rule = dict.fromkeys(("sentence", "tested", "columns", "acts", "action"), "x") | {
        "rule_id": "PC-001",
        "category": "conformance",
        "context": "verification",
        "severity": "minor",
        "threshold_pct": 2,
    }
    insert(connection, "quality.rules", **rule)
    for failing, told in ((0, "up to 100"), (1, "up to 100"), (60, "up to 100")):
        assert shown(connection, "dbt", "PC-001", 60, failing) == ("1 to 100", told)
    assert shown(connection, "dbt", "PC-001", 1000, 101) == ("101 to 1,000", "101 to 1,000")
    assert shown(connection, "dbt", "PC-001", 0, 0) == ("none", "none")


def test_cross_checks_are_shown_as_classes(connection: Connection) -> None:
    """What matches is a total, what does not a count of few."""
    for outcome in ("match", "differs"):
        insert(connection, "quality.cross_checks", run_id=RUN, mart="fct", outcome=outcome, rows=2)
    with acting_as(connection, "journey_analyst"):
        found = connection.execute("select outcome, rows from quality.shown_cross_checks")
        assert dict(found.fetchall()) == {"match": "1 to 100", "differs": "1 to 10"}


@pytest.mark.parametrize("lost", [0, 1])
def test_raw_rows_are_all_accounted_for_or_not(connection: Connection, lost: int) -> None:
    """Said once a table, of the exact numbers; the other table does not matter."""
    for table, raw in (("log_a", 481 + lost), ("log_b", 9)):
        for outcome, rows in (("raw", raw), ("used", 9 if table == "log_b" else 478), ("odd", 3)):
            if table == "log_a" or outcome != "odd":
                row = {"source_table": table, "outcome": outcome, "rows": rows}
                insert(connection, "quality.source_rows", run_id=RUN, **row)
    with acting_as(connection, "journey_analyst"):
        found = connection.execute(
            "select source_table, outcome, rows, is_balanced from quality.shown_source_rows"
        ).fetchall()
    assert set(found) == {
        ("log_a", "raw", "about 480", not lost),
        ("log_a", "used", "about 480", not lost),
        ("log_a", "odd", "1 to 10", not lost),
        ("log_b", "raw", "1 to 100", True),
        ("log_b", "used", "1 to 100", True),
    }
