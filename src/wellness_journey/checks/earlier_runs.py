"""A run beside those before it: what has vanished, went back, or was taken away.

Only `quality` is read; where sessions are gone, the operational tables as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from wellness_journey.checks.results import CheckResult, Status
from wellness_journey.rules.catalogue import Rule

Connection = psycopg.Connection[Any]

RULE_IDS = ("RN-001", "RN-002", "RN-003", "RN-004", "RN-005")
# Earlier runs in which a check may have had something to check: a week of nights.
LOOKED_BACK = 7
# Runs whose results are compared with their record; `report.prune` never deletes these.
KEPT = 31

# What was looked at, how much of it, how much is wrong, and SQL that shows it.
_Counts = tuple[str, int, int] | tuple[str, int, int, str | None]


# The same on every server: it depends on no collation.
_SUMMED = """
    count(*) as results,
    md5(string_agg(
        concat_ws('|', engine, check_name, rule_id, tested, status, checked, failing), chr(10)
        order by engine collate "C", check_name collate "C"
    ))::uuid as checksum
"""

# Runs of a later day, and runs before sessions were erased, may have had more to check. A table
# whose definition changed may hold nothing for a reason: a rule of review was switched off.
_CHECKED_BEFORE = """
    with checked_runs as (
        select runs.run_id, runs.started_at, runs.as_of, raw.rows as sessions
        from quality.runs as runs
        left join quality.source_rows as raw
            on runs.run_id = raw.run_id
            and raw.source_table = 'log_sessions'
            and raw.outcome = 'raw'
        where exists (
            select from quality.check_results as results where results.run_id = runs.run_id
        )
    ),
    earlier as (
        select checked_runs.run_id
        from checked_runs
        inner join checked_runs as this on this.run_id = %(run_id)s
        where (checked_runs.started_at, checked_runs.run_id) < (this.started_at, this.run_id)
            and checked_runs.as_of <= this.as_of
            and coalesce(checked_runs.sessions <= this.sessions, true)
        order by checked_runs.started_at desc, checked_runs.run_id desc
        limit %(looked_back)s
    ),
    checked_before as (
        select distinct results.engine, results.check_name
        from quality.check_results as results
        inner join earlier on results.run_id = earlier.run_id
        where results.checked > 0 and results.status in ('pass', 'warn', 'fail')
    )
    select
        results.check_name,
        results.status = 'not_applicable'
        and not exists (
            select
            from quality.built_tables as built
            where split_part(built.relation, '.', 2) = results.tested
                and built.defined_by in (select run_id from earlier union select %(run_id)s)
        ) as has_vanished
    from quality.check_results as results
    inner join checked_before
        on results.engine = checked_before.engine
        and results.check_name = checked_before.check_name
    where results.run_id = %(run_id)s
    order by results.check_name
"""

_FEWER = """
    with last_run as (
        select runs.run_id
        from quality.runs as runs
        inner join quality.runs as this on this.run_id = %(run_id)s
        where (runs.started_at, runs.run_id) < (this.started_at, this.run_id)
            and exists (
                select from quality.source_rows as counted
                where counted.run_id = runs.run_id and counted.outcome = 'raw'
            )
        order by runs.started_at desc, runs.run_id desc
        limit 1
    )
    select now.source_table, before.rows - now.rows as fewer
    from quality.source_rows as now
    inner join quality.source_rows as before
        on now.source_table = before.source_table and now.outcome = before.outcome
    where now.run_id = %(run_id)s
        and now.outcome = 'raw'
        and before.run_id = (select run_id from last_run)
"""

_DAYS = """
    select
        this.as_of = this.server_day,
        this.as_of >= coalesce(
            (
                select before.as_of
                from quality.runs as before
                where before.server_day is not null
                    and (before.started_at, before.run_id) < (this.started_at, this.run_id)
                order by before.started_at desc, before.run_id desc
                limit 1
            ),
            this.as_of
        )
    from quality.runs as this
    where this.run_id = %(run_id)s
"""

# Of older runs only that they are there: to add up all results of a year would take seconds.
_RECORDED = """
    with newest as (
        select run_id
        from quality.runs
        order by started_at desc, run_id desc
        limit %(kept)s
    ),
    summed as (
        select run_id, {summed}
        from quality.check_results
        where run_id in (select run_id from newest)
        group by run_id
    )
    select
        runs.run_id is not null
        and (
            newest.run_id is null
            or coalesce(
                recorded.results = summed.results and recorded.checksum = summed.checksum, false
            )
        )
    from quality.recorded_runs as recorded
    left join quality.runs as runs on recorded.run_id = runs.run_id
    left join newest on recorded.run_id = newest.run_id
    left join summed on recorded.run_id = summed.run_id
    where recorded.run_id <> %(run_id)s
"""


def compare(
    connection: Connection, run_id: UUID, rules: Mapping[str, Rule], raw_schema: str
) -> list[CheckResult]:
    """One result per rule about `run_id`, whose other results are in quality.check_results; the
    operational tables are in `raw_schema`.

    Writes nothing.
    """
    found = (
        _vanished(connection, run_id),
        _fewer_rows(connection, run_id, raw_schema),
        _days(connection, run_id),
        _records(connection, run_id),
        _mark(connection, run_id),
    )
    return [
        _result(rules[rule_id], *counts) for rule_id, counts in zip(RULE_IDS, found, strict=True)
    ]


def record(connection: Connection, run_id: UUID) -> None:
    """Keep how many results `run_id` has, and their checksum, for the runs that follow."""
    connection.execute(
        sql.SQL("""
        insert into quality.recorded_runs (run_id, results, checksum, is_synthetic)
        select %(run_id)s, {summed}, exists (select from quality.synthetic_cohort)
        from quality.check_results
        where run_id = %(run_id)s
        on conflict (run_id) do update
        set
            results = excluded.results,
            checksum = excluded.checksum,
            is_synthetic = excluded.is_synthetic
        """).format(summed=sql.SQL(_SUMMED)),
        {"run_id": run_id},
    )


def _result(
    rule: Rule, tested: str, checked: int, failing: int, query: str | None = None
) -> CheckResult:
    status: Status = rule.when_broken if failing else "pass" if checked else "not_applicable"
    return CheckResult(
        "runs", rule.rule_id, rule.rule_id, tested, status, checked, failing, query=query
    )


def _vanished(connection: Connection, run_id: UUID) -> _Counts:
    """Checks of this run that had something to check in one of the last runs."""
    rows = connection.execute(
        _CHECKED_BEFORE, {"run_id": run_id, "looked_back": LOOKED_BACK}
    ).fetchall()
    names = [name for name, has_vanished in rows if has_vanished]
    query = None
    if names:
        query = (
            sql.SQL(
                "select engine, rule_id, check_name, tested from quality.check_results"
                " where run_id = {} and check_name in ({})"
            )
            .format(sql.Literal(str(run_id)), sql.SQL(", ").join(map(sql.Literal, names)))
            .as_string(connection)
        )
    return "check_results", len(rows), len(names), query


def _fewer_rows(connection: Connection, run_id: UUID, schema: str) -> _Counts:
    """Operational tables that lost more rows than the sessions that are gone can have had."""
    fewer = dict(connection.execute(_FEWER, {"run_id": run_id}).fetchall())
    sessions = fewer.pop("log_sessions", 0)
    losses = {table: rows for table, rows in fewer.items() if rows > 0}
    if sessions > 0:
        losses = {
            table: rows
            for table, rows in losses.items()
            if rows > sessions * 2 * _most_of_a_session(connection, schema, table)
        }
    return "source_rows", len(fewer), len(losses)


def _most_of_a_session(connection: Connection, schema: str, table: str) -> int:
    row = connection.execute(
        sql.SQL(
            "select coalesce(max(rows), 0) from"
            " (select count(*) as rows from {} group by session_id) as of_sessions"
        ).format(sql.Identifier(schema, table))
    ).fetchone()
    return row[0] if row else 0


def _days(connection: Connection, run_id: UUID) -> _Counts:
    """The reporting date, where nobody gave it."""
    row = connection.execute(_DAYS, {"run_id": run_id}).fetchone()
    if row is None or row[0] is None:
        return "runs", 0, 0
    return "runs", 1, 0 if all(row) else 1


def _records(connection: Connection, run_id: UUID) -> _Counts:
    """Earlier runs, and of which of them results are missing or others than were recorded."""
    query = sql.SQL(_RECORDED).format(summed=sql.SQL(_SUMMED))
    rows = connection.execute(query, {"run_id": run_id, "kept": KEPT}).fetchall()
    return "check_results", len(rows), sum(not is_whole for (is_whole,) in rows)


def _mark(connection: Connection, run_id: UUID) -> _Counts:
    """Runs that found the mark of an invented cohort, if it is gone now."""
    row = connection.execute(
        "select count(*), exists (select from quality.synthetic_cohort)"
        " from quality.recorded_runs where is_synthetic and run_id <> %s",
        (run_id,),
    ).fetchone()
    marked, is_there = row or (0, True)
    return "synthetic_cohort", marked, 0 if is_there else marked
