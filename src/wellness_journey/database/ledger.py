"""The ledger: which migrations a database has had."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from wellness_journey.database import objects
from wellness_journey.errors import MigrationError

Connection = psycopg.Connection[Any]

# A database with a clinic's own tables has these migrations, and no others.
ADOPTED = "adopted/"
MADE = """
create schema if not exists journey_ledger;
create table if not exists journey_ledger.migrations (
    name text primary key,
    sha256 text not null,
    applied_at timestamptz not null default now()
)
"""


def read(connection: Connection) -> dict[str, str] | None:
    """Name and hash of each migration that this database has had; None where no ledger is.

    Raises:
        MigrationError: a table that is none of ours has the ledger's name.
        psycopg.errors.InsufficientPrivilege: the role may not read it.
    """
    columns = {
        row[0]
        for row in connection.execute(
            """
            select a.attname::text
            from pg_catalog.pg_attribute as a
            inner join pg_catalog.pg_class as c on c.oid = a.attrelid
            inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
            where n.nspname = 'journey_ledger' and c.relname = 'migrations'
                and a.attnum > 0 and not a.attisdropped
            """
        )
    }
    if not columns:
        return None
    if not {"name", "sha256", "applied_at"} <= columns:
        raise MigrationError(
            f"journey_ledger.migrations in database {connection.info.dbname} is not the ledger of "
            "these migrations, whose name it has. Move it away, then run `journey migrate` "
            f"again:\n    {objects.moved_schema(connection, 'journey_ledger')};"
        )
    return dict(connection.execute("select name, sha256 from journey_ledger.migrations").fetchall())


def is_adopted(applied: Iterable[str]) -> bool:
    """Whether a database with these migrations works on a clinic's own tables."""
    return any(name.startswith(ADOPTED) for name in applied)
