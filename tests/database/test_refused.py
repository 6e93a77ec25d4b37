"""A migration that the database refuses: what is told, that nothing is left of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from database import Connection
from told import MIGRATIONS, everything
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target
from wellness_journey.errors import MigrationError

OPENING = "-- Purpose: a test.\n\nset local search_path = pg_catalog, pg_temp;\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The migrations, to be added to."""
    return Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))


@pytest.fixture
def empty(copy_of: Callable[[str], Target]) -> Iterator[Connection]:
    """A database with nothing in it."""
    with settings.connect(copy_of("template0"), autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "create table public.late (id integer)\n;\n\n-- why\ncomment on column\n"
            "    public.late.nothing is 'x';",
            "at line 8, `comment on column`, and nothing was applied: "
            "UndefinedColumn (SQLSTATE 42703)",
        ),
        (
            "create index late on public.log_sessions (nothing)\n;select 1",
            "at line 4, `create index late on public.log_sessions (nothing)`",
        ),
        (
            "\ndo $$\nbegin\n    perform 1;\n    execute 'create table public.log_sessions ()';\n"
            "end\n$$;",
            "at line 8, `execute 'create table public.log_sessions ()';`, and nothing was applied: "
            "DuplicateTable (SQLSTATE 42P07); an object of that name is there",
        ),
        ("select 'secret'::integer;", "at line 4, `select 'secret'::integer;`"),
        ("selekt 1;", "SyntaxError (SQLSTATE 42601) at line 4: selekt; put that right"),
        (
            "do $$\nbegin\n    raise exception 'no such role' using hint = 'Make it.';\nend $$;",
            "and nothing was applied: no such role (SQLSTATE P0001)\nMake it.",
        ),
        ("set local role anon; create table public.late (id integer);", "docs/security.md"),
    ],
)
def test_a_refusal_names_statement_and_next_step(
    empty: Connection, folder: Path, text: str, told: str
) -> None:
    """The line of the file, the statement's first line, kind and names, what to do; the files
    before it, the ledger and its schema leave nothing either."""
    before = everything(empty)
    (folder / "998_late.sql").write_text(OPENING + text)
    with pytest.raises(MigrationError) as caught:
        migrate.migrate(empty, folder)
    assert str(caught.value).startswith("migrations/998_late.sql was refused at line ")
    assert told in str(caught.value)
    assert "invalid input syntax" not in str(caught.value)
    assert everything(empty) == before


def test_who_holds_a_table_is_waited_for_and_then_named(
    database: Connection, target: Target, folder: Path
) -> None:
    """The lock's time is up: the statement is named, and what to do."""
    (folder / "998_late.sql").write_text(
        f"{OPENING}set local lock_timeout = '50ms';\nalter table public.log_pulse_checks\n"
        "add column late integer;"
    )
    with settings.connect(target) as other:
        other.execute("lock table public.log_pulse_checks")
        with pytest.raises(MigrationError) as caught:
            migrate.migrate(database, folder)
    assert "at line 5, `alter table public.log_pulse_checks`" in str(caught.value)
    assert "SQLSTATE 55P03); another transaction holds a table" in str(caught.value)


def test_a_file_does_not_find_what_another_has_set(database: Connection, folder: Path) -> None:
    """Within one transaction, each file begins as in an SQL editor; afterwards all is as before."""
    database.execute("set work_mem = '5MB'")
    (folder / "997_sets.sql").write_text("set local work_mem = '1MB';\nSET LOCAL my.own TO 'x';")
    (folder / "998_asks.sql").write_text(
        "create table public.asked as select current_setting('work_mem') as work_mem, "
        "current_setting('my.own', true) as own"
    )
    migrate.migrate(database, folder)
    assert database.execute("select * from public.asked").fetchone() == ("5MB", "")
    assert database.execute("show work_mem").fetchone() == ("5MB",)


def test_a_constraint_that_is_checked_at_the_end_is_told(
    database: Connection, folder: Path
) -> None:
    """What fails only when the transaction is committed leaves nothing either."""
    (folder / "998_late.sql").write_text(
        "create table public.late (id integer unique deferrable initially deferred);\n"
        "insert into public.late values (1), (1);"
    )
    with pytest.raises(MigrationError, match=r"nothing was applied: UniqueViolation"):
        migrate.migrate(database, folder)
    assert database.execute("select to_regclass('public.late')").fetchone() == (None,)
