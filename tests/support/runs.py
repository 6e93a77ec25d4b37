"""Runs and rules put straight into `quality`, as if they had happened."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from database import Connection
from wellness_journey.checks import earlier_runs
from wellness_journey.rules.score import ENGINES

BEGAN = datetime(2026, 3, 1, 6, tzinfo=UTC)


def at(number: int) -> datetime:
    return BEGAN + timedelta(days=number)


def know(connection: Connection, **severities: str) -> None:
    """Put rules into the catalogue, ids without their hyphen."""
    for name, severity in severities.items():
        connection.execute(
            "insert into quality.rules values (%s, 'It holds', 'public.log_sessions', 'session_id',"
            " 'conformance', 'verification', %s, 0, 'clinic', 'Correct it.')",
            (name.replace("_", "-"), severity),
        )


def record(
    connection: Connection,
    number: int,
    statuses: dict[str, str | None],
    *,
    engines: tuple[str, ...] = ENGINES,
    nodes_failed: int = 0,
) -> UUID:
    """A run on day `number` where dbt found `statuses` and the other engines nothing wrong."""
    run_id = uuid4()
    connection.execute(
        "insert into quality.runs values (%s, 'build', %s, %s, %s, %s)",
        (run_id, date(2026, 3, 1), at(number), at(number), nodes_failed),
    )
    results = [("dbt", rule, status) for rule, status in statuses.items() if status]
    results += [(engine, "ZZ-999", "not_applicable") for engine in engines if engine != "dbt"]
    for engine, rule, status in results:
        connection.execute(
            "insert into quality.check_results"
            " (run_id, engine, check_name, rule_id, tested, status, checked, failing)"
            " values (%s, %s, %s, %s, 'log_sessions', %s, 100, 1)",
            (run_id, engine, f"{rule} {engine}", rule, status),
        )
    return run_id


def two_nights(connection: Connection) -> UUID:
    """Two runs of an invented cohort in which every engine checked the same rows; the later one."""
    connection.execute(
        "insert into quality.synthetic_cohort (seed, sessions, days, as_of)"
        " values (1, 40, 180, '2026-03-01')"
    )
    run_id = uuid4()
    for night in (1, 2):
        run_id = record(connection, night, {"PC-001": "pass", "IN-052": "warn"})
        connection.execute(
            "update quality.check_results set status = 'pass' where rule_id = 'ZZ-999'"
        )
        connection.execute(
            "update quality.runs set as_of = as_of + %(night)s, server_day = as_of + %(night)s"
            " where run_id = %(run_id)s",
            {"night": night, "run_id": run_id},
        )
        connection.execute(
            "insert into quality.source_rows select %s, source_table, 'raw', rows from (values"
            " ('log_sessions', 40), ('log_pulse_checks', 2500), ('log_journey_ends', 4)"
            ") as counted (source_table, rows)",
            (run_id,),
        )
        earlier_runs.record(connection, run_id)
    return run_id


def everything_there_is(connection: Connection) -> None:
    """All statuses, a rule that is fixed, one that persists, one that the catalogue lacks."""
    names = ("pass", "warn", "fail", "error", "skipped", "not_applicable")
    rules = {f"PC_00{number}": "minor" for number in range(len(names) + 2)}
    know(connection, **rules)
    statuses = {f"PC-00{number}": status for number, status in enumerate(names)}
    record(connection, 1, {**statuses, **dict.fromkeys(ENGINES[1:], "pass"), "PC-000": "fail"})
    run_id = record(connection, 2, {**statuses, 'my | own <check> & "more"': "fail"})
    connection.execute(
        "insert into quality.source_rows values (%(run)s, 'log_sessions', 'raw', 9),"
        " (%(run)s, 'log_sessions', 'used', 8), (%(run)s, 'log_sessions', 'after_as_of', 1)",
        {"run": run_id},
    )
    connection.execute(
        "insert into quality.cross_checks values (%s, 'fct_session_compliance', 'match', 4)",
        (run_id,),
    )
