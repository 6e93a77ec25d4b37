"""A table that holds other rows than were built is built anew by the next run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from database import Connection
from example_models import TODAY, changed, equals_full_refresh, rows, run, whole
from rows import Session
from wellness_journey.database.settings import Target


@pytest.fixture
def target(clinic: str, own_copy_of: Callable[[str], Target]) -> Target:
    """The small clinic, its examples built."""
    return own_copy_of(clinic)


def mended(connection: Connection) -> set[str]:
    """Tables that the newest run reports."""
    return {
        tested
        for (tested,) in connection.execute(
            "select tested from quality.check_results where rule_id = 'BT-001' and status = 'warn'"
            " and run_id = (select run_id from quality.runs order by started_at desc limit 1)"
        )
    }


def recorded(connection: Connection) -> dict[str, tuple[int, bool]]:
    """Of each table how many rows are recorded, and whether their checksum is the table's."""
    return {
        relation: (
            total,
            connection.execute(
                f"select sum(hash_record_extended(t, 0)::numeric) from {relation} as t".encode()
            ).fetchone()
            == (checksum,),
        )
        for relation, total, checksum in connection.execute(
            "select relation, sum(rows), nullif(sum(checksum), 0) from quality.built_contents"
            " group by relation order by relation"
        ).fetchall()
    }


@pytest.mark.parametrize(
    "changes",
    [
        {
            "marts.ex_sessions": "delete from marts.ex_sessions where ctid = '(0,1)'",
            "marts.ex_patients": "update marts.ex_patients set mood_points = mood_points + 1",
            "marts.ex_cohorts": "insert into marts.ex_cohorts"
            " select * from marts.ex_cohorts limit 1",
            "intermediate.int_pulse_days": "update intermediate.int_pulse_days"
            " set mood_level = 6 - mood_level where mood_level <> 3",
        },
        {
            "marts.ex_sessions": "drop table marts.ex_sessions",
            "marts.ex_patients": "alter table marts.ex_patients rename to others;"
            " create table marts.ex_patients as select * from marts.others;"
            " drop table marts.others;"
            " alter table marts.ex_patients owner to journey_pipeline",
            "intermediate.int_pulse_days": "truncate intermediate.int_pulse_days",
        },
    ],
    ids=["rows", "tables"],
)
def test_a_table_that_was_changed_is_built_anew(
    project: Path, target: Target, database: Connection, changes: dict[str, str]
) -> None:
    """The next run has nothing to report, also on another day."""
    before = rows(database)
    for statement in changes.values():
        database.execute(statement.encode())
    whole(project, target, TODAY)
    assert mended(database) == changes.keys()
    assert rows(database) == before
    whole(project, target, TODAY + timedelta(days=1))
    assert mended(database) == set()
    equals_full_refresh(project, target, database, TODAY + timedelta(days=1))


def test_what_was_built_from_it_meanwhile_is_built_anew(
    project: Path, target: Target, database: Connection, sessions: list[Session]
) -> None:
    """A run of one model reads the emptied table; the next whole run mends both."""
    before = rows(database)
    database.execute("truncate intermediate.int_pulse_days")
    sessions[5].pulse_check(database, 110, mood_level=5)
    assert run(project, target, TODAY, "--select", "ex_sessions", "ex_patients").not_built == ()
    assert rows(database) != before
    whole(project, target, TODAY)
    assert mended(database) == {"intermediate.int_pulse_days"}
    equals_full_refresh(project, target, database, TODAY)


def test_what_is_recorded_follows_every_kind_of_build(
    project: Path, target: Target, database: Connection, sessions: list[Session]
) -> None:
    """Touched keys, nothing new, another day, a session that is gone, a full refresh."""
    for number in range(4):
        if number == 1:
            sessions[5].pulse_check(database, 110, mood_level=5)
        if number == 3:
            database.execute(
                "delete from public.log_sessions where session_id = %s", (sessions[0].session_id,)
            )
        whole(project, target, TODAY + timedelta(days=number // 2))
        found = recorded(database)
        assert {"marts.ex_sessions", "marts.ex_patients", "marts.ex_cohorts"} <= found.keys()
        assert {table for table, (_, agrees) in found.items() if not agrees} == set()
        assert mended(database) == set()
    whole(project, target, TODAY + timedelta(days=1), "--full-refresh")
    assert recorded(database) == found
    assert mended(database) == set()


def test_a_large_table_is_compared_in_turn(
    project: Path, target: Target, database: Connection
) -> None:
    """Where few buckets are due, a changed row is found when its bucket is; a lost one at once."""
    of_table = "from quality.built_tables where relation = 'marts.ex_sessions'"
    row = database.execute(
        "update marts.ex_sessions set session_date = session_date + 1 where ctid = '(0,1)'"
        " returning hash_record_extended(row(session_id), 0) & 31"
    ).fetchone()
    assert row
    bucket = row[0]
    contents = project / "dbt_project" / "macros" / "incremental" / "contents.sql"
    with changed(contents, "32 * 50000", "32 * 1"):
        begin_with(database, bucket + 1)
        whole(project, target, TODAY)
        assert mended(database) == set()
        # Of six rows: 1 + 32 / 6 buckets.
        row = database.execute(f"select next_bucket {of_table}".encode()).fetchone()
        assert row == ((bucket + 1 + 6) % 32,)
        begin_with(database, bucket)
        whole(project, target, TODAY)
        assert mended(database) == {"marts.ex_sessions"}
        begin_with(database, bucket + 1)
        database.execute("delete from marts.ex_sessions where ctid = '(0,1)'")
        whole(project, target, TODAY)
        assert mended(database) == {"marts.ex_sessions"}


def begin_with(connection: Connection, bucket: int) -> None:
    connection.execute(
        "update quality.built_tables set next_bucket = %s where relation = 'marts.ex_sessions'",
        (bucket % 32,),
    )


def test_a_database_without_a_record_is_not_reported(
    project: Path, target: Target, database: Connection
) -> None:
    """As after an upgrade or on another server. But nothing vouches for its tables: they are built
    whole, and compared from then on."""
    database.execute("update quality.built_tables set source_state = md5('another')::uuid")
    database.execute("update quality.built_contents set checksum = checksum + 1")
    whole(project, target, TODAY)
    assert mended(database) == set()
    held = "select s::text from marts.ex_sessions as s order by 1"
    before = database.execute(held).fetchall()
    database.execute("delete from quality.built_contents")
    database.execute("update marts.ex_sessions set session_date = session_date + 1")
    whole(project, target, TODAY)
    assert mended(database) == set()
    assert database.execute(held).fetchall() == before
    assert recorded(database).keys() >= {"marts.ex_sessions", "intermediate.int_pulse_days"}
    database.execute("truncate marts.ex_sessions")
    whole(project, target, TODAY)
    assert mended(database) == {"marts.ex_sessions"}
