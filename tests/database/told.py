"""What a refusal of `journey migrate` tells to run, run exactly so."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from checkout import ROOT
from database import Connection
from wellness_journey.database import migrate
from wellness_journey.errors import MigrationError

MIGRATIONS = ROOT / "migrations"
SUPABASE = [
    (MIGRATIONS / "prerequisites" / name).read_bytes() for name in ("001_roles.sql", "002_auth.sql")
]
_OURS = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"


def refused(connection: Connection, *, with_prerequisites: bool = True) -> str:
    """What a migration of the database says against it; it must leave all as it was."""
    before = everything(connection)
    with pytest.raises(MigrationError) as caught:
        migrate.migrate(connection, MIGRATIONS, with_prerequisites=with_prerequisites)
    assert everything(connection) == before
    return str(caught.value)


def statements(message: str) -> list[str]:
    """The statements that a refusal tells, in order."""
    lines = [line for line in message.splitlines() if line.startswith("    ")]
    assert all(line.endswith(";") for line in lines)
    return [line.strip().removesuffix(";") for line in lines]


def run(connection: Connection, told: Iterable[str]) -> None:
    for statement in told:
        connection.execute(statement.encode())


def migrated(connection: Connection, *, with_prerequisites: bool = True) -> None:
    """Migrate, and see that nothing is left to do."""
    assert migrate.migrate(connection, MIGRATIONS, with_prerequisites=with_prerequisites)
    assert not migrate.pending(connection, MIGRATIONS, with_prerequisites=with_prerequisites)


def everything(connection: Connection) -> set[tuple[str, str]]:
    """Each schema, relation and function that is not PostgreSQL's own."""
    rows = connection.execute(
        f"""
        select 'schema', nspname::text from pg_namespace as n where {_OURS}
        union all
        select c.relkind::text, c.oid::regclass::text
        from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace where {_OURS}
        union all
        select 'function', p.oid::regprocedure::text
        from pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace where {_OURS}
        """.encode()
    )
    return {(kind, name) for kind, name in rows}
