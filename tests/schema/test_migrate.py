"""The runner: once each, in order, all or nothing; known-defects S08, D03."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from checkout import ROOT
from database import Connection
from waiting import LIMIT, waited_for
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target
from wellness_journey.errors import MigrationError

MIGRATIONS = ROOT / "migrations"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The migrations, to be spoilt."""
    return Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))


@pytest.fixture
def empty(copy_of: Callable[[str], Target]) -> Target:
    """A database with nothing in it."""
    return copy_of("template0")


def tables(connection: Connection) -> set[str]:
    rows = connection.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
    )
    return {row[0] for row in rows}


def refused_by(connection: Connection, last: str, told: str) -> None:
    """Files one by one up to `last`, as an editor runs them: that one refuses by itself."""
    for migration in migrate.migrations(MIGRATIONS):
        if migration.name == last:
            with pytest.raises(psycopg.errors.RaiseException, match=told):
                connection.execute(migration.text.encode())
            return
        connection.execute(migration.text.encode())


def test_all_are_applied_once_in_order(empty: Target) -> None:
    """Prerequisites first, then by number; a second run applies nothing."""
    with settings.connect(empty, autocommit=True) as connection:
        names = [migration.name for migration in migrate.pending(connection, MIGRATIONS)]
        assert migrate.migrate(connection, MIGRATIONS) == names
        assert names[0].startswith("prerequisites/")
        numbers = [int(name[:3]) for name in names[3:]]
        assert numbers == list(range(44, 44 + len(numbers)))
        assert migrate.migrate(connection, MIGRATIONS) == []
        assert migrate.pending(connection, MIGRATIONS) == []


def test_an_edited_file_is_named_and_nothing_is_applied(database: Connection, folder: Path) -> None:
    """D03: a file that was changed after it was applied stops the runner."""
    with (folder / "046_add_pulse_checks.sql").open("a", encoding="utf-8") as file:
        file.write("-- later\n")
    (folder / "998_more.sql").write_text("create table public.more (id uuid primary key)")
    with pytest.raises(MigrationError, match=r"046_add_pulse_checks\.sql was edited"):
        migrate.migrate(database, folder)
    assert "more" not in tables(database)


def test_a_file_that_is_gone_is_named(database: Connection, folder: Path) -> None:
    """An older checkout does not touch a newer database."""
    (folder / "049_add_quality_results.sql").unlink()
    with pytest.raises(MigrationError, match=r"not in .*: 049_add_quality_results\.sql"):
        migrate.migrate(database, folder)


def test_a_refused_file_leaves_nothing(database: Connection, folder: Path) -> None:
    """S08: one transaction for all: neither the file nor those before it leave anything."""
    (folder / "998_good.sql").write_text("create table public.good (id uuid primary key)")
    bad = folder / "999_bad.sql"
    bad.write_text("create table public.bad (id uuid primary key); select 1 / 0")
    with pytest.raises(MigrationError, match=r"999_bad\.sql was refused.*22012"):
        migrate.migrate(database, folder)
    assert tables(database) & {"good", "bad"} == set()
    bad.write_text("create table public.bad (id uuid primary key)")
    assert migrate.migrate(database, folder) == ["998_good.sql", "999_bad.sql"]


def test_two_runners_at_once_apply_each_file_once(empty: Target) -> None:
    """The second waits for the first and finds nothing to do."""
    applied: list[list[str]] = []

    def run() -> None:
        with settings.connect(empty, autocommit=True) as connection:
            applied.append(migrate.migrate(connection, MIGRATIONS))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, applied)) == [0, len(migrate.migrations(MIGRATIONS))]


def test_files_run_as_they_are_in_an_editor(empty: Target) -> None:
    """Each file is plain SQL for one transaction: no BEGIN or COMMIT, every name qualified."""
    with settings.connect(empty, autocommit=True) as connection:
        connection.execute("set search_path = ''")
        for migration in migrate.migrations(MIGRATIONS):
            assert not re.search(r"(?im)^\s*(begin|commit|rollback|start)\b.*;", migration.text)
            connection.execute(migration.text.encode())
        assert "log_pulse_checks" in tables(connection)


def test_what_the_platform_has_is_left_alone(empty: Target) -> None:
    """Prerequisites make only what is missing: an existing log_sessions keeps its shape."""
    with settings.connect(empty, autocommit=True) as connection:
        for name in ("001_roles.sql", "002_auth.sql"):
            connection.execute((MIGRATIONS / "prerequisites" / name).read_bytes())
        connection.execute(
            "create table public.log_sessions (session_id uuid primary key, practitioner_id uuid, "
            "patient_id uuid, session_date timestamptz, created_at timestamptz, protocol_id bigint)"
        )
        migrate.migrate(connection, MIGRATIONS)
        columns = connection.execute(
            "select count(*) from pg_attribute "
            "where attrelid = 'public.log_sessions'::regclass and attnum > 0"
        ).fetchone()
        secured = connection.execute(
            "select relrowsecurity from pg_class where oid = 'public.log_sessions'::regclass"
        ).fetchone()
    assert (columns, secured) == ((6,), (False,))


@pytest.mark.parametrize(
    "column", ["session_id", "practitioner_id", "patient_id", "session_date", "created_at"]
)
def test_a_log_sessions_without_a_needed_column_is_refused(empty: Target, column: str) -> None:
    """The message names the column, and nothing was made; 044 by itself says so too."""
    columns = {
        "session_id": "uuid primary key",
        "practitioner_id": "uuid",
        "patient_id": "uuid",
        "session_date": "date",
        "created_at": "timestamptz",
    }
    del columns[column]
    listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    with settings.connect(empty, autocommit=True) as connection:
        connection.execute(f"create table public.log_sessions ({listed})".encode())
        with pytest.raises(MigrationError, match=f"lacks the column {column}"):
            migrate.migrate(connection, MIGRATIONS)
        assert tables(connection) == {"log_sessions"}
        refused_by(connection, "044_add_integration_sessions.sql", f"lacks the column {column}")


@pytest.mark.parametrize(
    "table", ["log_integration_sessions", "log_behavioral_changes", "log_pulse_checks"]
)
def test_tables_of_others_are_refused_before_anything_is_made(empty: Target, table: str) -> None:
    """A database that has the original tables is told so, and stays as it was."""
    with settings.connect(empty, autocommit=True) as connection:
        connection.execute(f"create table public.{table} (id uuid)".encode())
        with pytest.raises(MigrationError, match=f"{table} is already there"):
            migrate.migrate(connection, MIGRATIONS)
        assert tables(connection) == {table}
        refused_by(connection, "044_add_integration_sessions.sql", f"already there.*: {table}")


def test_schemas_of_somebody_else_stop_048_in_an_editor(empty: Target) -> None:
    """Each of those that belong to another owner is named; `journey migrate` sees it before."""
    names = ("intermediate", "marts", "published", "quality", "staging")
    with settings.connect(empty, autocommit=True) as connection:
        for name in names:
            connection.execute(f"create schema {name}".encode())
        told = f"not owned by journey_pipeline: {', '.join(names)}"
        refused_by(connection, "048_add_analytics_roles.sql", told)


def test_a_killed_runner_leaves_nothing(empty: Target, folder: Path) -> None:
    """S08: a backend that dies in the middle of a file leaves nothing of any, and no lock."""
    slow = folder / "998_slow.sql"
    slow.write_text(f"create table public.slow (id uuid primary key); select pg_sleep({LIMIT})")
    with settings.connect(empty, autocommit=True) as watcher:
        failed = []

        def run() -> None:
            with settings.connect(empty, autocommit=True, name="slow runner") as connection:
                try:
                    migrate.migrate(connection, folder)
                except (MigrationError, psycopg.Error) as error:
                    failed.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        asleep = (
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'slow runner' and wait_event = 'PgSleep'"
        )
        waited_for(lambda: watcher.execute(asleep).fetchall() or not thread.is_alive())
        thread.join()
        assert failed
        slow.write_text("create table public.slow (id uuid primary key)")
        every = [migration.name for migration in migrate.migrations(folder)]
        assert migrate.migrate(watcher, folder) == every
