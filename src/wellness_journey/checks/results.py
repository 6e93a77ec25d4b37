"""One result of one check, and how results get into quality.check_results."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

import psycopg

from wellness_journey.errors import UsageError

Engine = Literal["great_expectations", "column_policy", "text_scan", "posture", "runs"]
Status = Literal["pass", "warn", "fail", "not_applicable", "skipped", "error"]


@dataclass(frozen=True)
class CheckResult:
    """What one check found. Names and counts only: no value of a row.

    `check_name` is unique in its engine; `rule_id` is the rule's in the catalogue, or the check's
    name where it names none. `checked` counts what was looked at (rows, or columns when the rule is
    about columns) and `failing` what breaks the rule; both are None when it could not be checked.
    `places` names columns, as schema.table.column, or says in a line what differs. `query` is SQL
    that mends it. `problem` says why a result is `error`.
    """

    engine: Engine
    check_name: str
    rule_id: str
    tested: str
    status: Status
    checked: int | None = None
    failing: int | None = None
    places: tuple[str, ...] = ()
    query: str | None = None
    problem: str | None = None


def keep(
    connection: psycopg.Connection[Any],
    results: Sequence[CheckResult],
    run_id: uuid.UUID | None,
    as_of: date,
    started_at: datetime,
    only: Collection[str] = (),
) -> uuid.UUID:
    """Write `results` to quality.check_results, in place of earlier ones; the run they belong to.

    Replaced are the results of dbt's fellow engines in that run: all, or those of the rules in
    `only`. Without a `run_id` it is the newest build or test, and without one of those a run of its
    own. The caller commits.

    Raises:
        UsageError: `run_id` is not in quality.runs.
    """
    if run_id is None:
        run_id = _newest_build(connection) or _own_run(connection, as_of, started_at)
    elif not _exists(connection, run_id):
        raise UsageError(
            f"no run {run_id} in quality.runs: name one that dbt recorded there, or none"
        )
    connection.execute(
        "delete from quality.check_results where run_id = %s and engine <> 'dbt'"
        " and (%s or rule_id = any(%s))",
        (run_id, not only, list(only)),
    )
    add(connection, run_id, results)
    return run_id


def add(
    connection: psycopg.Connection[Any], run_id: uuid.UUID, results: Sequence[CheckResult]
) -> None:
    """Write `results` of `run_id`; the caller commits."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into quality.check_results"
            " (run_id, engine, check_name, rule_id, tested, status, checked, failing, query)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    *(run_id, r.engine, r.check_name, r.rule_id, r.tested),
                    *(r.status, r.checked, r.failing, r.query),
                )
                for r in results
            ],
        )


def set_not_applicable(
    connection: psycopg.Connection[Any], run_id: uuid.UUID, rule_ids: Collection[str]
) -> None:
    """Of these rules nothing could be checked; the caller commits."""
    connection.execute(
        "update quality.check_results"
        " set status = 'not_applicable', checked = 0, failing = 0, query = null"
        " where run_id = %s and rule_id = any(%s) and status in ('pass', 'warn', 'fail')",
        (run_id, list(rule_ids)),
    )


def _exists(connection: psycopg.Connection[Any], run_id: uuid.UUID) -> bool:
    found = connection.execute("select from quality.runs where run_id = %s", (run_id,))
    return found.fetchone() is not None


def _newest_build(connection: psycopg.Connection[Any]) -> uuid.UUID | None:
    row = connection.execute(
        "select run_id from quality.runs where command in ('build', 'test')"
        " order by started_at desc, finished_at desc limit 1"
    ).fetchone()
    return None if row is None else row[0]


def _own_run(connection: psycopg.Connection[Any], as_of: date, started_at: datetime) -> uuid.UUID:
    run_id = uuid.uuid4()
    connection.execute(
        "insert into quality.runs (run_id, command, as_of, started_at, finished_at, nodes_failed)"
        " values (%s, 'check', %s, %s, %s, 0)",
        (run_id, as_of, started_at, datetime.now(UTC)),
    )
    return run_id
