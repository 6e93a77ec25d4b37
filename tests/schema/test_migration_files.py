"""What each migration file says before it makes anything."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg import errors

from checkout import ROOT
from rows import ALICE, Session
from waiting import LIMIT
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target
from wellness_journey.errors import MigrationError

MIGRATIONS = ROOT / "migrations"


@pytest.fixture
def prepared(copy_of: Callable[[str], Target]) -> Target:
    """A database with the prerequisites only."""
    target = copy_of("template0")
    with settings.connect(target, autocommit=True) as connection:
        for path in sorted((MIGRATIONS / "prerequisites").glob("*.sql")):
            connection.execute(path.read_bytes())
    return target


@pytest.mark.parametrize(
    "migration", migrate.migrations(MIGRATIONS), ids=lambda migration: migration.name
)
def test_each_file_opens_with_its_path_and_patience(migration: migrate.Migration) -> None:
    """No object of somebody else is found by the migration; nobody waits long behind it."""
    statements = re.sub(r"(?m)^--.*\n", "", migration.text).split(";")
    assert [statement.strip() for statement in statements[:2]] == [
        "set local search_path = pg_catalog, pg_temp",
        "set local lock_timeout = '5s'",
    ]


def test_a_migration_does_not_wait_for_ever(prepared: Target, tmp_path: Path) -> None:
    """Behind an open transaction on log_sessions it gives up, and nothing was applied."""
    folder = Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))
    file = folder / "044_add_integration_sessions.sql"
    file.write_text(file.read_text().replace("lock_timeout = '5s'", "lock_timeout = '50ms'"))
    with (
        settings.connect(prepared) as writer,
        settings.connect(prepared, autocommit=True) as connection,
    ):
        writer.execute("insert into auth.users (id) values (%s)", (ALICE,))
        Session().create(writer)
        # Without a lock_timeout of the file this one ends the wait, with another SQLSTATE.
        connection.execute(f"set statement_timeout = '{LIMIT:.0f}s'".encode())
        with pytest.raises(MigrationError, match=r"044.*55P03"):
            migrate.migrate(connection, folder)
        writer.rollback()
        assert file.name in migrate.migrate(connection, folder)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("alter role anon rename to nobody_here", "role missing: anon"),
        ("alter table auth.users rename to logins", "auth.users or auth.uid() is missing"),
        ("drop function auth.uid() cascade", "auth.users or auth.uid() is missing"),
        ("drop table public.log_sessions", "table public.log_sessions is missing"),
    ],
)
def test_what_is_missing_is_told_by_name(prepared: Target, before: str, said: str) -> None:
    """044 names what it lacks before it makes anything."""
    with settings.connect(prepared) as connection:
        connection.execute(before.encode())
        with pytest.raises(errors.RaiseException) as caught:
            connection.execute((MIGRATIONS / "044_add_integration_sessions.sql").read_bytes())
        connection.rollback()
    assert caught.value.diag.message_primary == said
    assert caught.value.diag.message_hint
