"""Whether this checkout and the database have the same migrations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from wellness_journey.database import ledger
from wellness_journey.database.migrate import PREREQUISITES, migrations, unknown
from wellness_journey.errors import MigrationError, NoConnectionError, NotMigratedError

Connection = psycopg.Connection[Any]

_IS_MEMBER = (
    "select from pg_catalog.pg_roles where rolname in "
    "('journey_analyst', 'journey_restricted', 'journey_pipeline') "
    "and pg_has_role(session_user, oid, 'member')"
)


def require_same(connection: Connection, folder: Path) -> None:
    """Return if the database has the migrations of `folder`, no more and no fewer.

    Nothing is compared where no ledger is: migrated in an SQL editor, or not at all.

    Raises:
        MigrationError: the database is newer than this checkout.
        NotMigratedError: it is older.
    """
    try:
        applied = ledger.read(connection)
    except psycopg.errors.InsufficientPrivilege:
        # 054 lets the journey_ roles read it.
        database, user = connection.info.dbname, connection.info.user
        if not connection.execute(_IS_MEMBER).rowcount:
            raise NoConnectionError(
                f"{user} may not read which migrations database {database} has, for it is a member "
                "of no journey_ role: connect as the owner of the journey's tables, or as a login "
                "with the role that docs/security.md names for this work"
            ) from None
        raise NotMigratedError(
            f"database {database} is older than this checkout, or its ledger was closed to the "
            "journey_ roles: run `journey migrate` first"
        ) from None
    if applied is None:
        return
    adopted = ledger.is_adopted(applied)
    known = [migration.name for migration in migrations(folder, adopted=adopted)]
    if gone := sorted(applied.keys() - set(known)):
        raise MigrationError(unknown(gone, folder))
    missing = [name for name in known if name not in applied and not name.startswith(PREREQUISITES)]
    if missing:
        raise NotMigratedError(
            f"database {connection.info.dbname} is older than this checkout: it lacks "
            f"{', '.join(missing)}; run `journey {'adopt' if adopted else 'migrate'}` first"
        )
