"""Runs of the models alone, and what their tables hold."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from builds import build
from database import Connection
from rows import Session
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target
from wellness_journey.pipeline.build import Build

TODAY = SEED_AS_OF
ALL_FIVE = (5, 5, 5, 5)
TABLES = """
    select c.oid::regclass::text, c.oid, exists (
        select from quality.built_tables as b
        where b.relation_oid = c.oid and b.source_state is not null
    ) and exists (select from pg_index as i where i.indrelid = c.oid)
    from pg_class as c
    where c.relkind = 'r'
        and c.relnamespace = any('{intermediate, marts, published}'::regnamespace[])
    order by 1
"""


def run(target: Target, as_of: date, *arguments: str) -> Build:
    """`dbt build` without its tests: a matter of seconds."""
    return build(target, as_of, "--exclude-resource-type", "test", *arguments)


def whole(target: Target, as_of: date, *arguments: str) -> None:
    """A run that builds every model."""
    assert run(target, as_of, *arguments).not_built == ()


def dump(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table that dbt makes, as ordered text."""
    return {
        table: [
            row[0]
            for row in connection.execute(f"select t::text from {table} as t order by 1".encode())
        ]
        for table, *_ in connection.execute(TABLES.encode()).fetchall()
    }


def versions(connection: Connection) -> dict[str, list[tuple[str, str]]]:
    """Where every row of a table built by session lies and who wrote it: a row that is written
    anew, even with the same values, has others. Cross-checks compare some sessions in every run."""
    return {
        table: connection.execute(
            f"select ctid::text, xmin::text from {table} order by ctid".encode()
        ).fetchall()
        for table, _, by_session in connection.execute(TABLES.encode()).fetchall()
        if by_session and not table.startswith("intermediate.cross_check")
    }


def made(connection: Connection) -> dict[str, int]:
    """The tables built by session; one that is built whole is another one."""
    found = connection.execute(TABLES.encode()).fetchall()
    return {table: oid for table, oid, by_session in found if by_session}


def versions_of_whole(connection: Connection) -> dict[str, list[tuple[str, str]]]:
    """As `versions`, of the tables that are written anew when any session changed."""
    found = connection.execute(
        """
        select relation from quality.built_tables as b
        where source_state is not null and relation ~ '^(marts|published)'
            and not exists (select from pg_index as i where i.indrelid = b.relation_oid)
        """
    ).fetchall()
    return {
        table: connection.execute(
            f"select ctid::text, xmin::text from {table} order by ctid".encode()
        ).fetchall()
        for (table,) in found
    }


def equals_full_refresh(target: Target, connection: Connection, as_of: date) -> None:
    """What stands there is what a full refresh makes, byte for byte."""
    found, before = dump(connection), made(connection)
    whole(target, as_of, "--full-refresh")
    expected, after = dump(connection), made(connection)
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())
    for table, rows in expected.items():
        assert found[table] == rows, table


class Known(Session):
    """A session of the cohort: the youngest, or the first of another order."""

    def __init__(self, database: Connection, order: str = "session_date desc"):
        row = database.execute(
            "select session_id, practitioner_id, patient_id, session_date "
            f"from public.log_sessions order by {order}, session_id limit 1".encode()
        ).fetchone()
        assert row
        self.session_id, self.practitioner_id, self.patient_id, self.day_0 = row

    def check(self, connection: Connection, offset: int, **values: object) -> None:
        """A pulse check that wins its day."""
        answers = dict.fromkeys(
            ("connection_level", "sleep_quality", "mood_level", "energy_level"), 5
        )
        self.pulse_check(
            connection,
            check_date=self.day_0 + timedelta(days=offset),
            **{"created_at": "2026-01-01", **answers, **values},
        )

    def answers(self, database: Connection, offset: int) -> object:
        """What fct_pulse_days has of the day."""
        row = database.execute(
            "select connection_level, sleep_quality, mood_level, energy_level "
            "from marts.fct_pulse_days where session_id = %s and days_post_session = %s",
            (self.session_id, offset),
        ).fetchone()
        return row


def one(database: Connection, query: str, *values: object) -> Any:
    row = database.execute(query.encode(), values).fetchone()
    assert row
    return row[0]


def names(values: object) -> str | None:
    """An id for a parameter that is some functions; pytest makes one for any other."""
    if isinstance(values, tuple):
        return " ".join(value.__name__ for value in values)
    return None
