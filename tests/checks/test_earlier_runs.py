"""What a run that is compared with earlier ones must not be told for."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from catalogued import RULES
from database import Connection
from rows import Session
from runs import record, two_nights
from wellness_journey.checks import earlier_runs
from wellness_journey.report.history import prune

EMPTY = (
    "update quality.check_results set status = 'not_applicable', checked = 0"
    " where rule_id = 'IN-052' and run_id = %s"
)


def found(connection: Connection, run_id: UUID) -> dict[str, str]:
    """The status of each rule."""
    results = earlier_runs.compare(connection, run_id, RULES, "public")
    return {result.rule_id: result.status for result in results}


def test_a_first_run_has_nothing_to_compare(connection: Connection) -> None:
    """Nothing is told of a run that has none before it."""
    run_id = record(connection, 1, {"PC-001": "not_applicable"})
    assert found(connection, run_id) == dict.fromkeys(earlier_runs.RULE_IDS, "not_applicable")


@pytest.mark.parametrize(
    "reason",
    [
        # A rule of review that was switched off changes the definition of its table.
        "insert into quality.built_tables (relation, run_id, definition, defined_by)"
        " values ('intermediate.log_sessions', %(run)s, gen_random_uuid(), %(run)s)",
        # The only patients of whom there was something have withdrawn their consent.
        "update quality.source_rows set rows = 39"
        " where run_id = %(run)s and source_table = 'log_sessions'",
        "update quality.runs set as_of = '2020-01-01', server_day = null where run_id = %(run)s",
        "delete from quality.check_results where rule_id = 'IN-052' and run_id <> %(run)s;"
        "delete from quality.recorded_runs where run_id <> %(run)s",
    ],
    ids=["definition", "erasure", "day", "new"],
)
def test_a_check_may_have_nothing_for_a_reason(connection: Connection, reason: str) -> None:
    """Another definition, an erasure, an earlier day; a check that is new."""
    run_id = two_nights(connection)
    connection.execute(EMPTY, (run_id,))
    assert found(connection, run_id)["RN-001"] == "warn"
    for statement in reason.split(";"):
        connection.execute(statement.encode(), {"run": run_id})
    assert found(connection, run_id)["RN-001"] in ("pass", "not_applicable")


def test_a_check_that_has_nothing_is_told_for_a_week(connection: Connection) -> None:
    """A second run of a night does not hide it; the query of the finding names it."""
    told = []
    two_nights(connection)
    for night in range(3, 11):
        run_id = record(connection, night, {"PC-001": "pass", "IN-052": "pass"})
        connection.execute("update quality.runs set as_of = '2026-03-20'")
        connection.execute(
            "update quality.check_results set status = 'pass' where rule_id = 'ZZ-999'"
        )
        connection.execute(EMPTY, (run_id,))
        (result, *_) = earlier_runs.compare(connection, run_id, RULES, "public")
        told.append((result.status, result.failing))
        if result.query:
            (row,) = connection.execute(result.query.encode()).fetchall()
            assert row[1:3] == ("IN-052", "IN-052 dbt")
    assert told == [*[("warn", 1)] * 7, ("pass", 0)]


def test_erased_sessions_take_their_rows_along(connection: Connection) -> None:
    """As many as twice the largest session holds, for each session that is gone."""
    run_id = two_nights(connection)
    sessions = [Session(number).create(connection) for number in (1, 2)]
    for offset in range(30):
        sessions[0].pulse_check(connection, offset)
    sessions[1].pulse_check(connection, 1)
    for gone, rows, status in ((1, 2440, "pass"), (1, 2439, "fail"), (2, 2380, "pass")):
        connection.execute(
            "update quality.source_rows set rows = case source_table"
            " when 'log_sessions' then 40 - %s else %s end"
            " where source_table in ('log_sessions', 'log_pulse_checks') and run_id = %s",
            (gone, rows, run_id),
        )
        assert found(connection, run_id)["RN-002"] == status


def test_a_day_that_was_given_is_anybodys(connection: Connection) -> None:
    """With --as-of and with plain dbt no day is wrong, nor is the next one that nobody gave."""
    run_id = two_nights(connection)
    connection.execute(
        "update quality.runs set as_of = '2031-01-01', server_day = null where run_id = %s",
        (run_id,),
    )
    assert found(connection, run_id)["RN-003"] == "not_applicable"
    run_id = record(connection, 3, {"PC-001": "pass"})
    connection.execute(
        "update quality.runs set as_of = %(day)s, server_day = %(day)s where run_id = %(run)s",
        {"day": date(2026, 3, 4), "run": run_id},
    )
    assert found(connection, run_id)["RN-003"] == "pass"


def test_what_was_pruned_is_not_missed(connection: Connection) -> None:
    """`journey prune` takes the record along."""
    run_id = two_nights(connection)
    for night in range(3, 40):
        run_id = record(connection, night, {"PC-001": "pass"})
        earlier_runs.record(connection, run_id)
    deleted, _ = prune(connection, 1)
    assert deleted > 0
    assert found(connection, run_id)["RN-004"] == "pass"
