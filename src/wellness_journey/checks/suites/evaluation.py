"""The suites, run by Great Expectations; only its counts are kept.

How it gets at the database: `source.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from wellness_journey.checks.results import CheckResult, Status
from wellness_journey.checks.suites.source import (
    class_of,
    open_source,
    pipeline_connections,
    quiet,
)
from wellness_journey.checks.suites.suite_file import COLUMNS_MATCH, TYPE_IN_LIST, Check, Suite
from wellness_journey.database.refusals import trouble
from wellness_journey.database.settings import Target
from wellness_journey.errors import NoConnectionError

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.datasource.fluent.postgres_datasource import PostgresDatasource

# Not even one value that breaks a rule is fetched.
_COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
# An error without a SQLSTATE of its own, or one of class 57P: the server is gone.
_LOST = {"OperationalError", "InterfaceError", "AdminShutdown", "CrashShutdown", "CannotConnectNow"}
# The first line of a traceback that is not indented names the class of the first exception.
_FIRST_CLASS = re.compile(r"^Traceback[^\n]*\n(?:[ \t]+[^\n]*\n)+([A-Za-z_][\w.]*)", re.MULTILINE)


@dataclass(frozen=True)
class _Table:
    columns: frozenset[str]
    rows: int


def evaluate(
    target: Target, connection: psycopg.Connection[Any], suites: Sequence[Suite]
) -> list[CheckResult]:
    """One result per check of `suites`, in their order. Writes nothing.

    Raises:
        NoConnectionError: Great Expectations cannot connect to `target`, or lost it.
    """
    results: list[CheckResult] = []
    with quiet(), pipeline_connections(), open_source(target) as source:
        for suite in suites:
            table = _table(connection, suite)
            checks = [_on_table(check, suite, table) for check in suite.checks]
            sound = [check for check in checks if check.problem is None]
            found = _run(source, suite, sound) if sound else {}
            for check in checks:
                result = _result(suite, check, table, found.get(check.name))
                if result.problem in _LOST:
                    raise lost(target, result.problem)
                results.append(result)
    return results


def lost(target: Target, problem: str | None) -> NoConnectionError:
    """What is told where a connection ends, or another is not to be had, amid the checks."""
    return NoConnectionError(
        f"a connection to {target} was lost or refused during the check ({problem}): no result of "
        "a check was kept, and the tables are as the build left them; run `journey check` when "
        "the server can be reached and has a free connection"
    )


def _table(connection: psycopg.Connection[Any], suite: Suite) -> _Table | str:
    """The columns and rows of a suite's table, or why there are none to be had."""
    columns = connection.execute(
        "select a.attname::text from pg_catalog.pg_attribute as a"
        " inner join pg_catalog.pg_class as c on c.oid = a.attrelid"
        " inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname = %s and c.relname = %s and c.relkind in ('r', 'p', 'v', 'm', 'f')"
        " and a.attnum > 0 and not a.attisdropped",
        (suite.schema, suite.table),
    ).fetchall()
    if not columns:
        return f"{suite.schema}.{suite.table} does not exist: has `dbt build` been run?"
    name = sql.Identifier(suite.schema, suite.table)
    try:
        rows = connection.execute(sql.SQL("select count(*) from {}").format(name)).fetchone()
    except psycopg.Error as error:
        if connection.broken:
            raise
        return f"{suite.schema}.{suite.table} cannot be read: {trouble(error)}"
    return _Table(frozenset(column for (column,) in columns), rows[0] if rows else 0)


def _on_table(check: Check, suite: Suite, table: _Table | str) -> Check:
    """`check`, with a problem if its table or columns are not there."""
    problem = check.problem
    if problem is None and isinstance(table, str):
        problem = table
    elif problem is None and isinstance(table, _Table):
        missing = [column for column in check.columns if column not in table.columns]
        if missing:
            problem = f"{suite.schema}.{suite.table} has no column {', '.join(missing)}"
    return replace(check, problem=problem)


def _run(
    source: PostgresDatasource, suite: Suite, checks: Sequence[Check]
) -> dict[str, ExpectationValidationResult | str]:
    """What Great Expectations answers, by check; a class name where it raised."""
    from great_expectations import ExpectationSuite

    try:
        asset = source.add_table_asset(
            suite.table, table_name=suite.table, schema_name=suite.schema
        )
        batch = asset.add_batch_definition_whole_table("whole table").get_batch()
        # A rule may have several expectations: they are told apart by the check's name.
        expectations = [
            {**check.expectation, "meta": {"check": check.name}}
            for check in checks
            if check.expectation is not None
        ]
        suite_of_it = ExpectationSuite(name=suite.table, expectations=expectations)
        answer = batch.validate(suite_of_it, result_format=_COUNTS_ONLY)
    except Exception as error:  # whatever it is: it ends in the results by its class
        return {check.name: class_of(error) for check in checks}
    return {
        result.expectation_config.meta["check"]: result
        for result in answer.results
        if result.expectation_config is not None
    }


def _result(
    suite: Suite, check: Check, table: _Table | str, found: ExpectationValidationResult | str | None
) -> CheckResult:
    blank = CheckResult(
        engine="great_expectations",
        check_name=check.name,
        rule_id=check.rule.rule_id if check.rule else check.name,
        tested=suite.table,
        status="error",
    )
    if check.problem is not None or check.rule is None or check.expectation is None:
        return replace(blank, problem=check.problem)
    if found is None or isinstance(found, str):
        return replace(blank, problem=found or "Great Expectations gave no result")
    if exception := _exception(found.exception_info):
        return replace(blank, problem=exception)
    is_empty = isinstance(table, _Table) and table.rows == 0
    odd = tuple(f"{suite.schema}.{suite.table}.{column}" for column in check.columns)
    checked: int | None
    failing: int | None
    if check.expectation["type"] == COLUMNS_MATCH:
        checked, odd = _columns(suite, check.expectation["kwargs"]["exact_match"], found)
        failing = len(odd)
    elif check.expectation["type"] == TYPE_IN_LIST:
        checked, failing = 1, int(not found.success)
    else:
        checked, failing = found.result.get("element_count"), found.result.get("unexpected_count")
        if is_empty and checked == 0:
            failing = failing or 0  # the sum of no rows is NULL
        elif not checked:
            failing = None  # rows that were not counted pass in Great Expectations
    if checked is None or failing is None or bool(found.success) != (failing == 0):
        return replace(blank, problem="Great Expectations gave no counts")
    status: Status = "not_applicable" if is_empty else "pass"
    if check.rule.tolerates(failing, checked):
        odd = ()
    else:
        status = check.rule.when_broken
    return replace(blank, status=status, checked=checked, failing=failing, places=odd)


def _exception(info: dict[str, Any] | None) -> str | None:
    """The class of the exception behind a result; its message may quote a value."""
    if not info or info.get("raised_exception") is False:
        return None
    # One entry per metric, or the only one itself.
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        found = _FIRST_CLASS.search(str(entry.get("exception_traceback") or ""))
        if found:
            return found[1].rpartition(".")[2]
    return "Exception"


def _columns(
    suite: Suite, exact: bool, found: ExpectationValidationResult
) -> tuple[int, tuple[str, ...]]:
    """How many columns there are or must be, and those that are not as agreed."""
    there = set(found.result["observed_value"])
    mismatched = found.result.get("details", {}).get("mismatched", {})
    missing = set(mismatched.get("missing", []))
    odd = missing | set(mismatched.get("unexpected", []) if exact else [])
    places = tuple(f"{suite.schema}.{suite.table}.{column}" for column in sorted(odd))
    return len(there | missing), places
