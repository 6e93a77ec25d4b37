"""Plain SQL files, applied once each, in order, one transaction per file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from wellness_journey.errors import MigrationError
from wellness_journey.refusals import refusal

# One lock for all migrations of a database; any constant that is ours will do.
_LOCK_KEY = 0x6A6F75726E6579
_LEDGER = """
create schema if not exists journey_ledger;
create table if not exists journey_ledger.migrations (
    name text primary key,
    sha256 text not null,
    applied_at timestamptz not null default now()
)
"""


@dataclass(frozen=True)
class Migration:
    """One file: its name in the ledger, its text and the hash of its bytes."""

    name: str
    text: str
    sha256: str


def migrations(folder: Path) -> list[Migration]:
    """The files of `folder` in the order they are applied: prerequisites first."""
    found = sorted((folder / "prerequisites").glob("*.sql")) + sorted(folder.glob("*.sql"))
    if not found:
        raise MigrationError(f"{folder} holds no migrations: is this a whole checkout?")
    return [
        Migration(
            path.relative_to(folder).as_posix(),
            path.read_text(encoding="utf-8"),
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in found
    ]


def pending(connection: psycopg.Connection[Any], folder: Path) -> list[Migration]:
    """The migrations of `folder` that this database has not had yet.

    Raises:
        MigrationError: a file was edited after it was applied, or is gone.
    """
    row = connection.execute("select to_regclass('journey_ledger.migrations')").fetchone()
    if row is None or row[0] is None:
        return migrations(folder)
    applied: dict[str, str] = dict(
        connection.execute("select name, sha256 from journey_ledger.migrations").fetchall()
    )
    known = migrations(folder)
    gone = sorted(applied.keys() - {migration.name for migration in known})
    if gone:
        raise MigrationError(
            f"applied to this database, but not in {folder}: {', '.join(gone)}; "
            "use the checkout that migrated it, or a newer one"
        )
    for migration in known:
        if applied.get(migration.name, migration.sha256) != migration.sha256:
            raise MigrationError(
                f"migrations/{migration.name} was edited after it was applied: "
                "restore the file and put the change into a new migration"
            )
    return [migration for migration in known if migration.name not in applied]


def migrate(connection: psycopg.Connection[Any], folder: Path) -> list[str]:
    """Apply what is pending; the names of what was applied.

    Each file and its ledger row are one transaction: a stop leaves whole files only.
    `connection` must be in autocommit mode.

    Raises:
        MigrationError: an edited file, or one that the database refuses; those
            before it stay applied.
    """
    connection.execute("select pg_advisory_lock(%s)", (_LOCK_KEY,))
    try:
        todo = pending(connection, folder)
        if todo:
            connection.execute(_LEDGER)
        for migration in todo:
            _apply(connection, migration)
    finally:
        if not connection.broken:
            connection.execute("select pg_advisory_unlock(%s)", (_LOCK_KEY,))
    return [migration.name for migration in todo]


def _apply(connection: psycopg.Connection[Any], migration: Migration) -> None:
    try:
        with connection.transaction():
            connection.execute(migration.text.encode())
            connection.execute(
                "insert into journey_ledger.migrations (name, sha256) values (%s, %s)",
                (migration.name, migration.sha256),
            )
    except psycopg.Error as error:
        raise MigrationError(
            f"migrations/{migration.name} was refused, and nothing of it applied: "
            f"{_own_words(error) or refusal(error, migration.text)}"
        ) from None


def _own_words(error: psycopg.Error) -> str | None:
    """What a migration itself says by `raise`; a trigger's words could repeat a row."""
    diag = error.diag
    by_raise = diag.source_function == "exec_stmt_raise"
    (first, *callers) = (diag.context or "").splitlines() or [""]
    if not by_raise or callers or "inline_code_block" not in first:
        return None
    hint = f"\n{diag.message_hint}" if diag.message_hint else ""
    return f"{diag.message_primary} (SQLSTATE {error.sqlstate}){hint}"
