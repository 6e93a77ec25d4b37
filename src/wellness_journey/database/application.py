"""What the application must have before the journey tables are made: roles, auth, log_sessions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from wellness_journey.database.objects import is_there, kind_of, moved_relation
from wellness_journey.database.obstacles import Obstacle, quoted

Connection = psycopg.Connection[Any]

# Each prerequisite and what it makes where that is missing.
MADE_BY_PREREQUISITES = {
    "prerequisites/001_roles.sql": ("role anon", "role authenticated", "role service_role"),
    "prerequisites/002_auth.sql": ("table auth.users", "function auth.uid()"),
    "prerequisites/003_log_sessions.sql": ("table public.log_sessions",),
}
_SESSIONS, _USERS = ("public", "log_sessions"), ("auth", "users")
_ZONED, _ZONELESS = "timestamp with time zone", "timestamp without time zone"
# What the functions of 044 and 047 and the staging models work with; the first is the usual one.
_COLUMNS: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    _SESSIONS: {
        "session_id": ("uuid",),
        "practitioner_id": ("uuid",),
        "patient_id": ("uuid",),
        "session_date": ("date", _ZONED, _ZONELESS),
        "created_at": (_ZONED, _ZONELESS),
    },
    _USERS: {"id": ("uuid",)},
}
_KEYS = {_SESSIONS: "session_id", _USERS: "id"}
_TEXTS = ("text", "character varying", "character")


def missing(connection: Connection) -> list[str]:
    """What of the application is not there, as `role anon` or `table public.log_sessions`."""
    roles = {row[0] for row in connection.execute("select rolname from pg_catalog.pg_roles")}
    there = {
        **{f"role {role}": role in roles for role in ("anon", "authenticated", "service_role")},
        "table auth.users": is_there(connection, *_USERS),
        "function auth.uid()": _returned_by_uid(connection) is not None,
        "table public.log_sessions": is_there(connection, *_SESSIONS),
    }
    return [name for name, is_so in there.items() if not is_so]


def unlike_ours(connection: Connection) -> Iterator[Obstacle]:
    """In what the application's tables, as far as there are any, differ from what we need."""
    for table in (_SESSIONS, _USERS):
        yield from _table(connection, table)
    returned = _returned_by_uid(connection)
    if returned not in (None, "uuid"):
        yield Obstacle(
            f"the function auth.uid() returns {returned}, and must return uuid",
            ("alter function auth.uid() rename to old_uid",),
            "Then give the application one that returns the caller's uuid: "
            "migrations/prerequisites/002_auth.sql has one.",
        )


@dataclass(frozen=True)
class _Column:
    number: int
    told: str
    base: str


def _table(connection: Connection, table: tuple[str, str]) -> Iterator[Obstacle]:
    told, name = ".".join(table), quoted(connection, *table)
    row = connection.execute(
        "select c.oid, c.relkind::text, c.relpersistence::text from pg_catalog.pg_class as c "
        "inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace "
        "where n.nspname = %s and c.relname = %s",
        table,
    ).fetchone()
    if row is None:
        return
    oid, relkind, persistence = row
    columns = _columns(connection, oid)
    if relkind not in "rp":
        yield Obstacle(
            f"{told} is a {kind_of(relkind)}, and must be a table, for foreign keys and triggers",
            _replaced(connection, table, relkind),
            "Give it another name and let the application write a table, with its policies:",
        )
        for column, types in _COLUMNS[table].items():
            if column in columns and columns[column].base not in types:
                yield Obstacle(
                    _other_type(told, table, column, columns[column]),
                    note="The table that replaces it must have that type.",
                )
        return
    key = columns.get(_KEYS[table])
    # A key of a wrong type gets a new column, but a text is changed in place.
    stays = key is not None and key.base in ("uuid", *_TEXTS)
    lacks_key = key is not None and stays and not _is_key(connection, oid, key.number)
    if lacks_key and relkind == "p":
        yield Obstacle(
            f"{told} is a partitioned table, whose keys hold the columns it is parted by, and "
            f"must have a key of {_KEYS[table]} alone, for foreign keys",
            _replaced(connection, table, relkind),
            "Give it another name and let the application write an ordinary table, with its "
            "policies:",
        )
        return
    if persistence != "p":
        yield Obstacle(
            f"{told} is an unlogged table, which no foreign key of an ordinary table may name",
            (f"alter table {name} set logged",),
        )
    for column, types in _COLUMNS[table].items():
        there = columns.get(column)
        if there is None:
            yield Obstacle(
                f"{told} lacks the column {column} ({types[0]})",
                (_added(table, name, column),),
                "Add it and let the application fill it:",
            )
        elif there.base not in types:
            yield _retyped(told, name, table, column, there)
    if lacks_key:
        has_primary = connection.execute(
            "select from pg_catalog.pg_index where indrelid = %s and indisprimary", (oid,)
        ).fetchone()
        kind = "primary key" if has_primary is None else "unique"
        yield Obstacle(
            f"{told} has no primary key or unique constraint on {_KEYS[table]} alone, "
            "which foreign keys need",
            (f"alter table {name} add {kind} ({_KEYS[table]})",),
        )


def _retyped(told: str, name: str, table: tuple[str, str], column: str, there: _Column) -> Obstacle:
    wanted = _COLUMNS[table][column]
    what = _other_type(told, table, column, there)
    alter = f"alter table {name}"
    if there.base in _TEXTS:
        value = column
        if wanted[0] != "uuid":
            # Of 3/1/26 PostgreSQL would guess the order: such a text ends the statement.
            value = f"(case when {column} ~ '^[0-9]{{4}}-' then {column} else 'no ISO date' end)"
        change = f"{alter} alter column {column} type {wanted[0]} using {value}::{wanted[0]}"
        return Obstacle(
            what,
            ("set time zone 'UTC'", change) if wanted[0] == _ZONED else (change,),
            "Change it, and see that the application writes that type:",
        )
    return Obstacle(
        what,
        (f"{alter} rename column {column} to old_{column}", _added(table, name, column)),
        "Keep it under another name (a key without a default still needs a value in each row), "
        "and let the application fill a new column:",
    )


def _other_type(told: str, table: tuple[str, str], column: str, there: _Column) -> str:
    return f"{told}.{column} is {there.told}, and must be {' or '.join(_COLUMNS[table][column])}"


def _added(table: tuple[str, str], name: str, column: str) -> str:
    """The statement that adds a column that is needed, to a table that may hold rows."""
    wanted = _COLUMNS[table][column][0]
    # Each row needs a key at once; the rest has no value that could be guessed.
    key = " not null default gen_random_uuid() unique" if column == _KEYS[table] else ""
    return f"alter table {name} add column {column} {wanted}{key}"


def _replaced(connection: Connection, table: tuple[str, str], relkind: str) -> tuple[str, str, str]:
    """The statements that put an ordinary table in its place."""
    name = quoted(connection, *table)
    return (
        moved_relation(connection, *table, relkind),
        f"create table {name} ({_definition(table)})",
        f"alter table {name} enable row level security",
    )


def _definition(table: tuple[str, str]) -> str:
    return ", ".join(
        f"{column} {types[0]} {'primary key' if column == _KEYS[table] else 'not null'}"
        for column, types in _COLUMNS[table].items()
    )


def _columns(connection: Connection, oid: int) -> dict[str, _Column]:
    """Each column; `base` is its type, and of a domain the type below it."""
    rows = connection.execute(
        """
        with recursive typed (name, number, told, type) as (
            select
                attname::text, attnum::integer, format_type(atttypid, atttypmod), atttypid
            from pg_catalog.pg_attribute
            where attrelid = %s and attnum > 0 and not attisdropped
            union all
            select typed.name, typed.number, typed.told, below.typbasetype
            from typed
            inner join pg_catalog.pg_type as below on below.oid = typed.type
            where below.typtype = 'd'
        )
        select typed.name, typed.number, typed.told, pg_catalog.format_type(typed.type, null)
        from typed
        inner join pg_catalog.pg_type as base on base.oid = typed.type
        where base.typtype <> 'd'
        """,
        (oid,),
    ).fetchall()
    return {name: _Column(*rest) for name, *rest in rows}


def _is_key(connection: Connection, oid: int, number: int) -> bool:
    """Whether a foreign key may refer to that column alone."""
    found = connection.execute(
        """
        select from pg_catalog.pg_index
        where indrelid = %s and indisunique and indisvalid and indimmediate
            and indnkeyatts = 1 and indkey[0] = %s and indpred is null and indexprs is null
        """,
        (oid, number),
    ).fetchone()
    return found is not None


def _returned_by_uid(connection: Connection) -> str | None:
    """The type that auth.uid() returns; None where there is no such function."""
    row = connection.execute(
        "select pg_catalog.format_type(p.prorettype, null) from pg_catalog.pg_proc as p "
        "inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace "
        "where n.nspname = 'auth' and p.proname = 'uid' and p.pronargs = 0"
    ).fetchone()
    return row[0] if row else None
