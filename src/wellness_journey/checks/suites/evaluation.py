"""The suites, run by Great Expectations; only its counts are kept.

The context is ephemeral: a file context would write the connection string to disk.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from wellness_journey.checks.results import CheckResult, Status
from wellness_journey.checks.suites.suite_file import COLUMNS_MATCH, TYPE_IN_LIST, Check, Suite
from wellness_journey.database.refusals import trouble
from wellness_journey.database.settings import PIPELINE_ROLE, SESSION, Target
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
    with _quiet(), _pipeline_connections(), _source(target) as source:
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


def _url(target: Target) -> str:
    """Where Great Expectations connects; a password comes from libpq's own places."""
    query = {"host": target.host, "application_name": "journey check"}
    # Its URL wants a host in the usual place too; the one of the query is used.
    place = f"{quote(target.user, safe='')}@localhost:{target.port}"
    database = quote(target.database, safe="")
    return f"postgresql+psycopg2://{place}/{database}?{urlencode(query, quote_via=quote)}"


@contextmanager
def _pipeline_connections() -> Iterator[None]:
    """Until the end, each connection of SQLAlchemy works as the pipeline's role, without JIT.

    By statements: a connection pooler refuses settings that travel as startup options. Great
    Expectations makes several engines by itself, so all of them are listened to.
    """
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    def work_as_pipeline(connection: Any, record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"{SESSION}; set role {PIPELINE_ROLE}")
        # Else the first rollback would undo both.
        connection.commit()

    event.listen(Pool, "connect", work_as_pipeline)
    try:
        yield
    finally:
        event.remove(Pool, "connect", work_as_pipeline)


@contextmanager
def _quiet() -> Iterator[None]:
    """No word of Great Expectations or SQLAlchemy, and no usage statistics."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    loggers = [logging.getLogger(name) for name in ("great_expectations", "sqlalchemy")]
    before = [(logger.propagate, logger.handlers) for logger in loggers]
    for logger in loggers:
        logger.propagate, logger.handlers = False, [logging.NullHandler()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, (propagate, handlers) in zip(loggers, before, strict=True):
            logger.propagate, logger.handlers = propagate, handlers


@contextmanager
def _source(target: Target) -> Iterator[PostgresDatasource]:
    # A third of all its memory, for checks that we do not have.
    with _imported_when_used("scipy", "stats"):
        import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )
    from great_expectations.datasource.fluent.interfaces import TestConnectionError

    context = gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            # Left to itself it makes a temporary folder for web pages.
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
            analytics_enabled=False,
        ),
    )
    try:
        source = context.data_sources.add_postgres("journey", connection_string=_url(target))
    except TestConnectionError as error:
        raise NoConnectionError(
            f"Great Expectations cannot connect to {target} ({_class_of(error)}), although "
            "`journey` could: check PGPASSFILE or PGPASSWORD, and how many connections the server "
            "and the login allow, then run this again"
        ) from None
    try:
        yield source
    finally:
        source.get_engine().dispose()
        source.get_execution_engine().engine.dispose()


@contextmanager
def _imported_when_used(package: str, name: str) -> Iterator[None]:
    """What is imported here gets a module that loads itself when it is first used."""
    full = f"{package}.{name}"
    spec = importlib.util.find_spec(full)
    if full in sys.modules or not (spec and spec.loader):
        yield
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[full] = module
    setattr(sys.modules[package], name, module)
    yield
    # Whoever looks through all modules, as `inspect.stack` does, would load it.
    del sys.modules[full]


def _class_of(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__


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
        return {check.name: _class_of(error) for check in checks}
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
