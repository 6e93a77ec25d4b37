"""One run at a time: the pipeline's connection, the lock, a run that dbt could not record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import psycopg

from wellness_journey.adoption import record
from wellness_journey.database import settings
from wellness_journey.database.encoding import require_utf8
from wellness_journey.database.obstacles import quoted
from wellness_journey.database.read_only import refuse_read_only
from wellness_journey.database.versions import require_same
from wellness_journey.errors import AdoptionError, BusyError, NoConnectionError, NotMigratedError

# One run at a time and database; any constant that is ours will do.
RUN_LOCK = 0x6A6F75726E6579_01
# As profiles.yml names dbt's connections.
DBT = "journey dbt"
# Who may read results, the least first.
READERS = ("journey_analyst", "journey_restricted", settings.PIPELINE_ROLE)
# Who of them may read `marts`, and exact counts in `quality`.
RESTRICTED = READERS[1:]
# Seconds. A backend notices a dead client within a few (settings.CLIENT_CHECK), then rolls back.
_PATIENCE = 60.0

Connection = psycopg.Connection[Any]


@contextmanager
def pipeline(target: settings.Target) -> Iterator[Connection]:
    """A connection as the pipeline's role to a database that has been migrated; times are UTC."""
    with settings.connect(target, role=settings.PIPELINE_ROLE, autocommit=True) as connection:
        _require_migrated(connection, target)
        require_fit(connection)
        yield connection


@contextmanager
def reader(target: settings.Target, roles: Sequence[str] = READERS) -> Iterator[Connection]:
    """A connection to read results, as the least of `roles` that the login may take; in UTC.

    Raises:
        NoConnectionError: the login may take none that reads them.
    """
    with settings.connect(target, autocommit=True) as connection:
        _require_migrated(connection, target)
        role = next((role for role in roles if may_work_as(connection, role)), None)
        if role is None:
            login = quoted(connection, target.user)
            what = "results" if roles == READERS else "exact results or marts"
            raise NoConnectionError(
                f"{target} does not let {target.user} read {what}: have a role that may grant it "
                f"run `grant {roles[0]} to {login}`"
                + ("" if roles == READERS else ", or connect (PGUSER) as the pipeline's login")
            )
        connection.execute(psycopg.sql.SQL("set role {}").format(psycopg.sql.Identifier(role)))
        require_same(connection, settings.project_root() / "migrations")
        yield connection


def may_work_as(connection: Connection, role: str) -> bool:
    """Whether the login may take `role`; False where there is no such role."""
    # Before PostgreSQL 16 each member may.
    right = "set" if connection.info.server_version >= 160000 else "member"
    row = connection.execute(
        "select pg_has_role(session_user, oid, %s) from pg_catalog.pg_roles where rolname = %s",
        (right, role),
    ).fetchone()
    return row is not None and row[0]


def require_own_tables(connection: Connection, verb: str) -> None:
    """Return if the database has the tables of the migrations, which `verb` fills.

    Raises:
        AdoptionError: it works on a clinic's own tables.
    """
    adoption = record.read(connection)
    if adoption:
        raise AdoptionError(
            f"database {connection.info.dbname} works on the clinic's own tables in the schema "
            f"{adoption.schema}, and `journey {verb}` fills the tables of `journey migrate`: name "
            "another database (PGDATABASE), or write the rows into the clinic's tables"
        )


def require_fit(connection: Connection) -> None:
    """Return if the database may be written: it takes writes, and fits this checkout.

    Raises:
        ReadOnlyError: it takes no writes.
        UnsuitableDatabaseError: it is not UTF8.
        MigrationError: it is newer than this checkout.
        NotMigratedError: it is older.
    """
    refuse_read_only(connection)
    require_utf8(connection)
    require_same(connection, settings.project_root() / "migrations")


def _require_migrated(connection: Connection, target: settings.Target) -> None:
    # Without a right to the schema, to_regclass() is an error.
    there = connection.execute(
        "select from pg_catalog.pg_class as c "
        "inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace "
        "where n.nspname = 'quality' and c.relname = 'runs'"
    ).fetchone()
    if there is None:
        raise NotMigratedError(f"{target} holds no journey tables: run `journey migrate` first")


@contextmanager
def run_lock(target: settings.Target) -> Iterator[Connection]:
    """As `pipeline`, for a verb that writes; it holds the run's lock as long as it lives."""
    with pipeline(target) as connection:
        refuse_read_only(connection)
        got = connection.execute("select pg_try_advisory_lock(%s)", (RUN_LOCK,)).fetchone()
        if not (got and got[0]):
            raise BusyError(
                f"{target} is busy: {_holder(connection)} holds the run's lock; try again later"
            )
        yield connection


def wait_for_builders(connection: Connection, say: Callable[[str], None]) -> None:
    """Return once no backend of another dbt is in a transaction in this database; to be called
    under the run's lock, before dbt starts.

    The lock goes with a killed run, but a backend of its dbt can outlive it for a moment.

    Raises:
        BusyError: one still works; it is named.
    """
    deadline = time.monotonic() + _PATIENCE
    told = False
    while pids := [str(pid) for (pid,) in connection.execute(_BUILDERS, (DBT,)).fetchall()]:
        if time.monotonic() > deadline:
            raise BusyError(
                f"database {connection.info.dbname} is busy: dbt works in backend "
                f"{', '.join(pids)}; try again when it is done. If no dbt runs any more, its "
                "machine was lost before the server noticed: as the login that ran it or a "
                "superuser, "
                + " ".join(f"`select pg_terminate_backend({pid})`" for pid in pids)
                + ", which undoes what it had not finished; then try again"
            )
        if not told:
            say(f"waiting for dbt's backend {', '.join(pids)} ...")
            told = True
        time.sleep(0.2)


# A backend that waits in a session pooler for its next client keeps dbt's name. Only one that is in
# a transaction works, and then holds the lock on its own virtual transaction. Every role may see
# these locks and names of other logins' backends, but not their state.
_BUILDERS = """
    select pid from pg_stat_activity
    where datname = current_database() and application_name = %s and pid <> pg_backend_pid()
        and pid in (
            select pid from pg_locks where locktype = 'virtualxid' and mode = 'ExclusiveLock'
        )
    order by pid
"""


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


def server_time(connection: Connection) -> datetime:
    """Now, by the server's clock."""
    ((now,),) = connection.execute("select clock_timestamp()").fetchall()
    return cast(datetime, now)


def record_server_day(connection: Connection, run_id: UUID, day: date) -> None:
    """Keep the clinic's day by the server's clock, for rule RN-003."""
    connection.execute("update quality.runs set server_day = %s where run_id = %s", (day, run_id))


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
    if not holder:
        return "another run"
    # Of another login's backend the pipeline's role does not see the start.
    since = f", since {holder[2]}," if holder[2] else ""
    return f"backend {holder[0]} ({holder[1]}){since}"
