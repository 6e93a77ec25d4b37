"""Whether this checkout and the database have the same migrations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from wellness_journey.errors import MigrationError, NotMigratedError
from wellness_journey.migrate import PREREQUISITES, ledger, migrations, unknown

Connection = psycopg.Connection[Any]


def require_same(connection: Connection, folder: Path) -> None:
    """Return if the database has the migrations of `folder`, no more and no fewer.

    Nothing is compared where no ledger is: migrated in an SQL editor, or not at all.

    Raises:
        MigrationError: the database is newer than this checkout.
        NotMigratedError: it is older.
    """
    try:
        applied = ledger(connection)
    except psycopg.errors.InsufficientPrivilege:
        # 054 lets the journey_ roles read it.
        raise NotMigratedError(
            f"database {connection.info.dbname} is older than this checkout, or its ledger was "
            "closed to the journey_ roles: run `journey migrate` first"
        ) from None
    if applied is None:
        return
    known = [migration.name for migration in migrations(folder)]
    if gone := sorted(applied.keys() - set(known)):
        raise MigrationError(unknown(gone, folder))
    missing = [name for name in known if name not in applied and not name.startswith(PREREQUISITES)]
    if missing:
        raise NotMigratedError(
            f"database {connection.info.dbname} is older than this checkout: it lacks "
            f"{', '.join(missing)}; run `journey migrate` first"
        )
