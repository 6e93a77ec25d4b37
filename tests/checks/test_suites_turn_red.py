"""Every rule of a suite is seen to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from psycopg import sql

from database import Connection
from faultless import unguard
from some_suites import CANARY, ROWS, SOME, SUITES, evaluated, kwargs, run
from wellness_journey.checks import CheckResult
from wellness_journey.checks.suites import suite_file
from wellness_journey.database.settings import Target, connect


def name_of(suite: suite_file.Suite) -> sql.Identifier:
    return sql.Identifier(suite.schema, suite.table)


@pytest.fixture(scope="module")
def faulty(built: str, copy_of: Callable[[str], Target]) -> Target:
    """A built database that takes every bad row."""
    target = copy_of(built)
    with connect(target, autocommit=True) as connection:
        unguard(connection, [f"{SUITES[t].schema}.{t}" for t in SOME])
    return target


def bad_value(check: suite_file.Check) -> Any:
    given = kwargs(check)
    if "max_value" in given:
        return given["max_value"] + 1
    if "min_value" in given:
        return given["min_value"] - 1
    if "value_set" in given:
        return CANARY if isinstance(given["value_set"][0], str) else 4711
    return None


def plant(connection: Connection, suite: suite_file.Suite, check: suite_file.Check) -> int:
    """Break `check` in as few rows as it takes, reversibly; how many it should count."""
    table = name_of(suite)
    first, second = connection.execute(
        sql.SQL("select ctid::text from {} order by ctid limit 2").format(table)
    ).fetchall()
    if "unique" in str(check.expectation and check.expectation["type"]):
        columns = sql.SQL(", ").join(map(sql.Identifier, check.columns))
        connection.execute(
            sql.SQL(
                "update {table} set ({columns}) = "
                "(select {columns} from {table} where ctid = %s::tid) where ctid = %s::tid"
            ).format(table=table, columns=columns),
            (second[0], first[0]),
        )
        return 2
    connection.execute(
        sql.SQL("update {} set {} = %s where ctid = %s::tid").format(
            table, sql.Identifier(*check.columns)
        ),
        (bad_value(check), first[0]),
    )
    return 1


@pytest.fixture
def restored(faulty: Target) -> Iterator[Callable[[suite_file.Suite], Connection]]:
    """A connection that may spoil one table, which gets its rows back."""
    spoilt: list[sql.Identifier] = []
    with connect(faulty, autocommit=True) as connection:

        def spoil(suite: suite_file.Suite) -> Connection:
            table = name_of(suite)
            connection.execute(sql.SQL("create table public.kept as table {}").format(table))
            spoilt.append(table)
            return connection

        yield spoil
        for table in spoilt:
            connection.execute(sql.SQL("truncate {}").format(table))
            connection.execute(sql.SQL("insert into {} table public.kept").format(table))
            connection.execute("drop table public.kept")


@pytest.fixture(scope="module")
def sound(faulty: Target) -> dict[str, CheckResult]:
    return evaluated(faulty)


@pytest.mark.parametrize(("suite", "check"), ROWS.values(), ids=ROWS)
def test_a_bad_row_turns_exactly_its_check_red(
    faulty: Target,
    sound: dict[str, CheckResult],
    restored: Callable[[suite_file.Suite], Connection],
    suite: suite_file.Suite,
    check: suite_file.Check,
) -> None:
    """The planted rows are counted by their check, at its rule's severity, and by no other."""
    count = plant(restored(suite), suite, check)
    found = evaluated(faulty, suite)
    worse = {
        name: result
        for name, result in found.items()
        if result.status == "error" or (result.failing or 0) > (sound[name].failing or 0)
    }
    # A sentiment that is none is not the one that nobody chose either.
    assert worse.keys() - {n for n in worse if n.startswith("BC-009")} == {check.name}
    result = worse[check.name]
    before = sound[check.name]
    assert check.rule is not None
    assert result.status == check.rule.when_broken
    assert result.failing is not None
    # A copied key may meet rows that were doubled already.
    assert result.failing == (before.failing or 0) + count
    assert result.checked == before.checked
    assert result.places == tuple(f"{suite.schema}.{suite.table}.{c}" for c in check.columns)


@pytest.mark.parametrize("table", SOME)
def test_a_retyped_column_is_not_as_agreed(own: Target, table: str) -> None:
    """The type of each column is the agreed one; a change is named with its column."""
    suite = SUITES[table]
    column = next(check.columns[0] for check in suite.checks if "type_list" in kwargs(check))
    run(own, f"alter table {suite.schema}.{table} add column other jsonb")
    run(own, f"alter table {suite.schema}.{table} drop column {column} cascade")
    run(own, f"alter table {suite.schema}.{table} rename column other to {column}")
    found = evaluated(own, suite)
    (red,) = [r for r in found.values() if "type_list" in r.check_name and r.status == "fail"]
    assert (red.checked, red.failing) == (1, 1)
    assert red.places == (f"{suite.schema}.{table}.{column}",)


@pytest.mark.parametrize("table", SOME)
def test_sound_tables_pass(sound: dict[str, CheckResult], table: str) -> None:
    """Nothing fails in a cohort as it should be, and every check counts the table's rows."""
    for check in SUITES[table].checks:
        result = sound[check.name]
        assert result.status == ("warn" if result.rule_id == "PC-004" else "pass")
        assert result.checked


def match_of(table: str) -> str:
    """The name of the check of a table's set of columns."""
    return next(c.name for c in SUITES[table].checks if "column_set" in kwargs(c))


@pytest.mark.parametrize("table", sorted(SOME))
def test_an_added_column_is_not_as_agreed(own: Target, table: str) -> None:
    """One column more fails, by name; the application may widen log_sessions, which is its own."""
    suite = SUITES[table]
    run(own, f"alter table {suite.schema}.{table} add column extra integer")
    found = evaluated(own, suite)
    red = {name for name, result in found.items() if result.status in ("fail", "error")}
    if table == "log_sessions":
        assert red == set()
        return
    assert red == {match_of(table)}
    result = found[match_of(table)]
    assert (result.failing, result.places) == (1, (f"{suite.schema}.{table}.extra",))


@pytest.mark.parametrize("table", sorted(SOME))
def test_a_missing_column_is_never_green(own: Target, table: str) -> None:
    """The columns are not as agreed, and what needs the column could not be checked."""
    suite = SUITES[table]
    column = next(check.columns[0] for check in suite.checks if check.columns)
    run(own, f"alter table {suite.schema}.{table} drop column {column} cascade")
    found = evaluated(own, suite)
    agreed = found.pop(match_of(table))
    assert (agreed.status, agreed.places) == ("fail", (f"{suite.schema}.{table}.{column}",))
    for check in suite.checks:
        if check.name in found:
            result = found[check.name]
            assert (result.status == "error") == (column in check.columns)
            if result.status == "error":
                assert result.problem == f"{suite.schema}.{table} has no column {column}"
                assert result.checked is result.failing is None


def test_a_missing_table_is_never_green(own: Target) -> None:
    """Without its table a suite is in error throughout, and says which table."""
    run(own, "drop table marts.fct_session_compliance cascade")
    found = evaluated(own, SUITES["fct_session_compliance"], SUITES["log_sessions"])
    for check in SUITES["fct_session_compliance"].checks:
        assert found[check.name].status == "error"
        assert "marts.fct_session_compliance does not exist" in str(found[check.name].problem)
    assert found["SE-002 be_unique session_id"].status == "pass"


def test_a_table_that_may_not_be_read_is_never_green(own: Target) -> None:
    """It works with the pipeline's rights, not with the login's."""
    run(own, "revoke select on public.log_sessions from journey_pipeline")
    found = evaluated(own, SUITES["log_sessions"])
    assert {result.status for result in found.values()} == {"error"}
    assert {result.problem for result in found.values()} == {
        "public.log_sessions cannot be read: "
        "InsufficientPrivilege (SQLSTATE 42501): the login lacks a right: connect as the owner of "
        "the tables, or have the owner grant it (docs/security.md lists what each role needs)"
    }


def test_an_empty_table_does_not_pass(target: Target, own: Target) -> None:
    """Nothing to check is not a pass; columns that are not as agreed fail all the same."""
    found = evaluated(target, *(SUITES[table] for table in SOME[:4]))
    assert {result.status for result in found.values()} == {"not_applicable"}
    run(own, "truncate marts.fct_session_compliance, published.rpt_pulse_trends_by_day")
    run(own, "alter table published.rpt_pulse_trends_by_day add column extra integer")
    suite, other = SUITES["fct_session_compliance"], SUITES["rpt_pulse_trends_by_day"]
    red = evaluated(own, suite, other)
    agreed = red.pop(match_of("rpt_pulse_trends_by_day"))
    assert agreed.status == "fail"
    assert {result.status for result in red.values()} == {"not_applicable"}
