"""The tables that files are loaded into, as the database has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from wellness_journey.errors import JourneyError
from wellness_journey.intake.values import KINDS, Column

Connection = psycopg.Connection[Any]

# File name without its ending -> schema, table, key; in the order that references need.
TABLES = {
    "auth_users": ("auth", "users", "id"),
    "log_sessions": ("public", "log_sessions", "session_id"),
    "log_integration_sessions": ("public", "log_integration_sessions", "integration_session_id"),
    "log_behavioral_changes": ("public", "log_behavioral_changes", "change_id"),
    "log_pulse_checks": ("public", "log_pulse_checks", "pulse_check_id"),
    "log_journey_ends": ("public", "log_journey_ends", "journey_end_id"),
}
# Supabase's own table has many more columns (e-mail, phone): none of our business.
_ONLY_COLUMNS = {"auth_users": {"id"}}
# The database computes the first and moves the second: neither is required, nor compared.
SET_BY_DATABASE = {"days_post_session", "updated_at"}


@dataclass(frozen=True)
class Table:
    """A target table as the catalogue describes it.

    `columns` has those that load can fill; `types` has PostgreSQL's type of all of them.
    """

    name: str
    relation: sql.Identifier
    key: str
    columns: dict[str, Column]
    types: dict[str, str]
    required: set[str]


def describe(connection: Connection, name: str) -> Table:
    """The table behind a file's name.

    Raises:
        JourneyError: it is not there, or not ours to read and fill.
    """
    schema, table, key = TABLES[name]
    columns = connection.execute(
        """
        select a.attname,
            case when t.typtype = 'e' then 'enum' else format_type(t.oid, null) end,
            case when t.oid in ('varchar'::regtype, 'bpchar'::regtype) and typmod.size > 4
                then typmod.size - 4 end,
            a.attnotnull and not a.atthasdef and a.attidentity = '',
            has_table_privilege(a.attrelid, 'select'), has_table_privilege(a.attrelid, 'insert')
        from pg_catalog.pg_attribute as a
        inner join pg_catalog.pg_type as of_column on of_column.oid = a.atttypid
        inner join pg_catalog.pg_type as t
            on t.oid = coalesce(nullif(of_column.typbasetype, 0), of_column.oid)
        cross join lateral (
            select case when of_column.typtype = 'd' then of_column.typtypmod else a.atttypmod end
        ) as typmod (size)
        where a.attrelid = to_regclass(format('%%I.%%I', %s::text, %s::text))
            and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        order by a.attnum
        """,
        (schema, table),
    ).fetchall()
    if not columns:
        raise JourneyError(
            f"this database has no {schema}.{table}: run `journey migrate`, then this again"
        )
    if not (columns[0][4] and columns[0][5]):
        raise JourneyError(_without_right(connection.info.user, f"{schema}.{table}", name))
    mine = [row for row in columns if row[0] in _ONLY_COLUMNS.get(name, {row[0]})]
    return Table(
        name=name,
        relation=sql.Identifier(schema, table),
        key=key,
        columns={
            column: Column(column, KINDS[kind], length)
            for column, kind, length, *_ in mine
            if kind in KINDS
        },
        types={column: kind for column, kind, *_ in mine},
        required={row[0] for row in mine if row[3]} - SET_BY_DATABASE | {key},
    )


def _without_right(user: str, table: str, name: str) -> str:
    told = f"{user} may not read and insert into {table}: "
    if name == "auth_users":
        return told + (
            "on Supabase the application makes the users. Leave auth_users out of the folder and "
            "load the other files; the practitioners' ids must be in auth.users already. "
            "Elsewhere connect (PGUSER) as the owner of the table. Nothing was loaded"
        )
    return told + "connect (PGUSER) as the owner of the tables. Nothing was loaded"
