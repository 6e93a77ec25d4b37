"""A database that takes no writes: a replica, or one that a setting makes read-only."""

from __future__ import annotations

from typing import Any

import psycopg

from wellness_journey.errors import ReadOnlyError

_STATE = """
    select
        pg_is_in_recovery() as is_replica,
        current_setting('transaction_read_only') = 'on' as is_read_only,
        (select source from pg_settings where name = 'default_transaction_read_only') as source,
        quote_ident(current_database()) as database,
        quote_ident(session_user) as login,
        exists (select from pg_roles where rolname = 'supabase_admin') as is_supabase
"""
_SETTING = "default_transaction_read_only"
# By `pg_settings.source`: where the setting stands, and what takes it away. The statement needs a
# transaction of its own that may write.
_RESET = f"`begin read write; alter {{}} reset {_SETTING}; commit`"
_SOURCES = {
    "database": f"for the database: run {_RESET.format('database {database}')}",
    "user": f"for the login {{login}}: run {_RESET.format('role {login}')}",
    "database user": "for the login {login} in this database: run "
    + _RESET.format("role {login} in database {database}"),
    "global": f"for all roles: as a superuser run {_RESET.format('role all')}",
    "configuration file": f"in the server's configuration: as a superuser run `alter system reset "
    f"{_SETTING}` or delete its line in postgresql.conf, then run `select pg_reload_conf()`",
    "command line": "by the server's command line: start the server without it",
    "client": "by PGOPTIONS: unset that variable",
}
_WHAT_WORKS = "`journey status`, `journey explain` and `journey migrate --dry-run` work here"


def refuse_read_only(connection: psycopg.Connection[Any]) -> None:
    """Return if the database of `connection` takes writes; ask before the first of them.

    Raises:
        ReadOnlyError: it takes none; the message says why, and what to do.
    """
    row = connection.execute(_STATE).fetchone()
    assert row is not None  # noqa: S101 - a query without `from` has one row
    is_replica, is_read_only, source, database, login, is_supabase = row
    if not (is_replica or is_read_only):
        return
    info = connection.info
    where = f"database {info.dbname} at {info.host}:{info.port}"
    if is_replica:
        raise ReadOnlyError(
            f"{where} is a replica, which takes no writes: name its primary with PGHOST and "
            f"PGPORT, then run this again. {_WHAT_WORKS}"
        )
    if source in _SOURCES:
        step = f"{_SETTING} is on {_SOURCES[source].format(database=database, login=login)}"
    else:
        step = "`show transaction_read_only` says on: ask the administrator of the server why"
    if is_supabase:
        step = (
            "Supabase does this when the disk is nearly full: make room or enlarge the disk "
            f"(https://supabase.com/docs/guides/platform/database-size). If it stays: {step}"
        )
    raise ReadOnlyError(f"{where} is read-only: {step}, then run this again. {_WHAT_WORKS}")
