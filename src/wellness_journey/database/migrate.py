"""Plain SQL files, applied once each, in order, all that are pending in one transaction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from wellness_journey.database import ledger, preflight
from wellness_journey.database.encoding import require_utf8
from wellness_journey.database.refusals import next_step, refusal
from wellness_journey.database.statements import Statement, shortened, split
from wellness_journey.errors import MigrationError

Connection = psycopg.Connection[Any]

# They make what Supabase has already.
PREREQUISITES = "prerequisites/"

# One lock for all migrations of a database; any constant that is ours will do.
_LOCK_KEY = 0x6A6F75726E6579
_SET_LOCAL = re.compile(r"set\s+local\s+([\w.]+)", re.I)
# PL/pgSQL counts from the line on which the block begins.
_IN_BLOCK = re.compile(r"\binline_code_block line (\d+) at ")
_TAKEN = "an object of that name is there: give it another one, then run `journey migrate` again"
_NEXT = {
    "42501": "connect as the owner of the journey tables, who has the rights that docs/security.md "
    'lists under "Who owns the tables", then run `journey migrate` again',
    "55P03": "another transaction holds a table that it needs: run `journey migrate` again when "
    "the application is quiet",
    **dict.fromkeys(("42P06", "42P07", "42710", "42723"), _TAKEN),
}


@dataclass(frozen=True)
class Migration:
    """One file: its name in the ledger, its text and the hash of its bytes."""

    name: str
    text: str
    sha256: str


def migrations(folder: Path, *, adopted: bool = False) -> list[Migration]:
    """The files of `folder` in the order they are applied: prerequisites first; those of a
    database with a clinic's own tables if it is `adopted`."""
    if adopted:
        found = sorted((folder / ledger.ADOPTED).glob("*.sql"))
    else:
        found = sorted((folder / PREREQUISITES).glob("*.sql")) + sorted(folder.glob("*.sql"))
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


def unknown(names: Sequence[str], folder: Path) -> str:
    """What to say of a database that is newer than `folder`."""
    return (
        f"applied to this database, but not in {folder}: {', '.join(names)}; "
        "use the checkout that migrated it, or a newer one"
    )


def pending(
    connection: Connection, folder: Path, *, with_prerequisites: bool = True
) -> list[Migration]:
    """The migrations of `folder` that this database has not had yet.

    Without `with_prerequisites` those of `prerequisites/` are never pending, unless the ledger
    has one: then they were asked for.

    Raises:
        MigrationError: a file was edited after it was applied, or is gone, or the ledger cannot
            be read.
    """
    applied = _applied(connection)
    if ledger.is_adopted(applied):
        raise MigrationError(
            f"database {connection.info.dbname} works on the clinic's own tables: run `journey "
            "adopt`, which applies its migrations too (docs/input.md)"
        )
    wanted = with_prerequisites or any(name.startswith(PREREQUISITES) for name in applied)
    return [
        migration
        for migration in _unapplied(applied, migrations(folder), folder)
        if wanted or not migration.name.startswith(PREREQUISITES)
    ]


def pending_adopted(connection: Connection, folder: Path) -> list[Migration]:
    """As `pending`, for a database with a clinic's own tables.

    Raises:
        MigrationError: as `pending`, or the database has the tables of the migrations.
    """
    applied = _applied(connection)
    if applied and not ledger.is_adopted(applied):
        raise MigrationError(
            f"database {connection.info.dbname} has the journey tables of `journey migrate`, and "
            "works on them: to work on a clinic's own tables, take another database"
        )
    todo = _unapplied(applied, migrations(folder, adopted=True), folder)
    if todo and (told := preflight.refusal(connection, todo)):
        raise MigrationError(told)
    return todo


def _applied(connection: Connection) -> dict[str, str]:
    try:
        return ledger.read(connection) or {}
    except psycopg.errors.InsufficientPrivilege:
        raise MigrationError(
            f"{connection.info.user} may not read journey_ledger.migrations of database "
            f"{connection.info.dbname}: connect as the owner of the journey tables, the role that "
            'migrated it (docs/security.md, "Who owns the tables")'
        ) from None


def _unapplied(
    applied: dict[str, str], known: Sequence[Migration], folder: Path
) -> list[Migration]:
    gone = sorted(applied.keys() - {migration.name for migration in known})
    if gone:
        raise MigrationError(unknown(gone, folder))
    for migration in known:
        if applied.get(migration.name, migration.sha256) != migration.sha256:
            raise MigrationError(
                f"migrations/{migration.name} was edited after it was applied: "
                "restore the file and put the change into a new migration"
            )
    return [migration for migration in known if migration.name not in applied]


def migrate(connection: Connection, folder: Path, *, with_prerequisites: bool = True) -> list[str]:
    """Apply what is pending; the names of what was applied.

    All files and their ledger rows are one transaction: a stop or a refusal leaves nothing.
    `connection` must be in autocommit mode. `with_prerequisites` as for `pending`.

    Raises:
        UnsuitableDatabaseError: the database is not UTF8.
        MigrationError: an edited file, something in the way, or a file that the database refuses.
    """
    with locked(connection):
        todo = pending(connection, folder, with_prerequisites=with_prerequisites)
        if todo:
            if told := preflight.refusal(connection, todo):
                raise MigrationError(told)
            with applied(connection, todo):
                pass
    return [migration.name for migration in todo]


@contextmanager
def locked(connection: Connection) -> Iterator[None]:
    """One migration of a database at a time.

    Raises:
        UnsuitableDatabaseError: the database is not UTF8.
    """
    require_utf8(connection)
    connection.execute("select pg_advisory_lock(%s)", (_LOCK_KEY,))
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute("select pg_advisory_unlock(%s)", (_LOCK_KEY,))


@contextmanager
def applied(connection: Connection, todo: Sequence[Migration]) -> Iterator[None]:
    """A transaction that begins with `todo`: what follows in it is applied too, or nothing.

    Raises:
        MigrationError: the database refuses it.
    """
    try:
        with connection.transaction():
            if todo:
                connection.execute(ledger.MADE)
            for migration in todo:
                _apply(connection, migration)
            yield
    except psycopg.Error as error:
        # Between or after the files: the ledger, a deferred constraint, the connection.
        files = f"{todo[0].name} to {todo[-1].name}: " if todo else ""
        raise MigrationError(
            f"{files}nothing was applied: {refusal(error)}; {_next(error)}"
        ) from None


def rehearse(
    connection: Connection, folder: Path, *, with_prerequisites: bool
) -> tuple[list[str], str | None]:
    """The names of what is pending, and why it cannot be applied; writes nothing.

    Raises:
        UnsuitableDatabaseError, MigrationError: as `migrate`.
    """
    require_utf8(connection)
    todo = pending(connection, folder, with_prerequisites=with_prerequisites)
    # Whoever applies nothing needs no right.
    against = preflight.refusal(connection, todo) if todo else None
    return [migration.name for migration in todo], against


def _apply(connection: Connection, migration: Migration) -> None:
    """Send the file's statements in one go, and write its row in the ledger."""
    statements = split(migration.text)
    before = _settings(connection, statements)
    cursors: list[psycopg.Cursor[Any]] = []
    try:
        with connection.pipeline():
            for statement in statements:
                cursors.append(connection.cursor())
                cursors[-1].execute(statement.text.encode())
    except psycopg.Error as error:
        # The first without a result is the one that was refused.
        done = sum(cursor.pgresult is not None for cursor in cursors)
        raise MigrationError(_refused(migration, statements[done], error)) from None
    connection.execute(
        "insert into journey_ledger.migrations (name, sha256) values (%s, %s)",
        (migration.name, migration.sha256),
    )
    for name, value in before.items():
        connection.execute("select set_config(%s, %s, true)", (name, value))


def _settings(connection: Connection, statements: Sequence[Statement]) -> dict[str, str]:
    """What a file sets for its transaction, as it is before: the next file must not find it so."""
    names = {found[1] for one in statements if (found := _SET_LOCAL.match(one.text))}
    return {
        name: row[0] or ""
        for name in sorted(names)
        if (row := connection.execute("select current_setting(%s, true)", (name,)).fetchone())
    }


def _refused(migration: Migration, statement: Statement, error: psycopg.Error) -> str:
    line, head = statement.line, statement.head
    if inner := _IN_BLOCK.search(error.diag.context or ""):
        line += int(inner[1]) - 1
        head = shortened(migration.text.splitlines()[line - 1])
    words = _own_words(error)
    told = words or f"{refusal(error, statement.text, statement.start)}; {_next(error)}"
    return (
        f"migrations/{migration.name} was refused at line {line}, `{head}`, "
        f"and nothing was applied: {told}"
    )


def _next(error: psycopg.Error) -> str:
    """What to do, then `journey migrate` again."""
    state = error.sqlstate or ""
    step = next_step(state) or "put that right"
    return _NEXT.get(state, f"{step}, then run `journey migrate` again")


def _own_words(error: psycopg.Error) -> str | None:
    """What a migration itself says by `raise`; a trigger's words could repeat a row."""
    diag = error.diag
    by_raise = diag.source_function == "exec_stmt_raise"
    (first, *callers) = (diag.context or "").splitlines() or [""]
    if not by_raise or callers or "inline_code_block" not in first:
        return None
    hint = f"\n{diag.message_hint}" if diag.message_hint else ""
    return f"{diag.message_primary} (SQLSTATE {error.sqlstate}){hint}"
