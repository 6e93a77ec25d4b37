"""The migrations as the Supabase CLI has them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checkout import ROOT
from database import Connection
from wellness_journey.database import layout, migrate, settings
from wellness_journey.database.migrate import migrations
from wellness_journey.database.settings import Target
from wellness_journey.errors import UsageError


@pytest.fixture
def application(copy_of: Callable[[str], Target], tmp_path: Path) -> Target:
    """A database with what Supabase has, and no table of ours."""
    target = copy_of("template0")
    (tmp_path / "before").mkdir()
    (tmp_path / "before" / "prerequisites").symlink_to(ROOT / "migrations" / "prerequisites")
    with settings.connect(target, autocommit=True) as connection:
        migrate.migrate(connection, tmp_path / "before")
        connection.execute("drop schema journey_ledger cascade")
    return target


def catalogue(connection: Connection) -> list[str]:
    rows = connection.execute(
        "select concat_ws(' ', n.nspname, c.relname, c.relacl) from pg_class as c"
        " inner join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname = any('{public,intake,quality}'::text[]) union all"
        " select pg_get_functiondef(p.oid) from pg_proc as p"
        " where p.pronamespace = any('{public,intake,quality}'::regnamespace[]) order by 1"
    ).fetchall()
    return [row[0] for row in rows]


def test_the_files_make_the_same_database(
    application: Target, migrated: str, copy_of: Callable[[str], Target], tmp_path: Path
) -> None:
    """Applied in the order of their names, each in a transaction; `journey migrate` knows them."""
    paths = layout.write(migrations(ROOT / "migrations"), tmp_path / "supabase" / "migrations")
    assert [path.name for path in paths] == sorted(path.name for path in paths)
    with settings.connect(application, autocommit=True) as connection:
        for path in paths:
            with connection.transaction():
                connection.execute(path.read_text(encoding="utf-8").encode())
        assert migrate.migrate(connection, ROOT / "migrations", with_prerequisites=False) == []
        with settings.connect(copy_of(migrated)) as ours:
            assert catalogue(connection) == catalogue(ours)


def test_later_files_are_added(tmp_path: Path) -> None:
    """Those that are there stay: the CLI may have applied them."""
    known = migrations(ROOT / "migrations")
    layout.write(known[:-1], tmp_path)
    (added,) = layout.write(known, tmp_path)
    assert added.name.endswith(known[-1].name.partition("_")[2])
    assert layout.write(known, tmp_path) == []


def test_a_file_that_differs_is_refused(tmp_path: Path) -> None:
    """Nothing is written beside it."""
    known = migrations(ROOT / "migrations")
    (first, *_) = layout.write(known[:-1], tmp_path)
    first.write_text("select 1;\n", encoding="utf-8")
    with pytest.raises(UsageError, match="is there with another text"):
        layout.write(known, tmp_path)
    assert (
        len(list(tmp_path.iterdir())) == len([one for one in known[:-1] if "/" not in one.name]) + 1
    )
