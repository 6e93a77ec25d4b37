"""One run at a time: the pipeline's connection, the lock, a run that dbt could not record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from wellness_journey import settings
from wellness_journey.errors import BusyError, NotMigratedError

# One run at a time and database; any constant that is ours will do.
RUN_LOCK = 0x6A6F75726E6579_01

Connection = psycopg.Connection[Any]


@contextmanager
def pipeline(target: settings.Target) -> Iterator[Connection]:
    """A connection as the pipeline's role to a database that has been migrated; times are UTC."""
    with settings.connect(target, role=settings.PIPELINE_ROLE, autocommit=True) as connection:
        there = connection.execute("select to_regclass('quality.runs')").fetchone()
        if not (there and there[0]):
            raise NotMigratedError(f"{target} holds no journey tables: run `journey migrate` first")
        connection.execute("set time zone 'UTC'")
        yield connection


@contextmanager
def run_lock(target: settings.Target) -> Iterator[Connection]:
    """As `pipeline`; the connection holds the run's lock as long as it lives."""
    with pipeline(target) as connection:
        got = connection.execute("select pg_try_advisory_lock(%s)", (RUN_LOCK,)).fetchone()
        if not (got and got[0]):
            raise BusyError(
                f"{target} is busy: {_holder(connection)} holds the run's lock; try again later"
            )
        yield connection


def record_unfinished(connection: Connection, run_id: UUID, as_of: date, not_built: int) -> None:
    """Make sure that a run dbt could not record is on record, as one that failed."""
    connection.execute(
        """
        insert into quality.runs (run_id, command, as_of, started_at, finished_at, nodes_failed)
        values (%s, 'build', %s, now(), now(), greatest(%s, 1))
        on conflict (run_id) do nothing
        """,
        (run_id, as_of, not_built),
    )


def _holder(connection: Connection) -> str:
    holder = connection.execute(
        """
        select a.pid, a.application_name, date_trunc('second', a.backend_start)
        from pg_locks as l
        inner join pg_stat_activity as a on a.pid = l.pid
        where l.locktype = 'advisory' and l.granted and a.datname = current_database()
            and l.database = (select oid from pg_database where datname = current_database())
            and (l.classid::bigint << 32) | l.objid::bigint = %s
        """,
        (RUN_LOCK,),
    ).fetchone()
    return f"backend {holder[0]} ({holder[1]}), since {holder[2]}," if holder else "another run"
