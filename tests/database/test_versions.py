"""The code has the migrations of the database before anything is written or told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from checkout import Checkout
from database import Connection
from told import MIGRATIONS
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target
from wellness_journey.database.versions import require_same
from wellness_journey.errors import MigrationError, NotMigratedError
from wellness_journey.pipeline import runs

VERBS = (
    ["run"],
    ["check"],
    ["report"],
    ["status"],
    ["explain", "PC-004"],
    ["prune"],
    ["seed"],
    ["load", "rows"],
)
LAST = migrate.migrations(MIGRATIONS)[-1].name


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """With a folder of rows to load."""
    made = Checkout(tmp_path)
    (made.root / "rows").mkdir()
    (made.root / "rows" / "auth_users.csv").write_text("id\n00000000-0000-4000-8000-000000000001\n")
    return made


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_an_older_checkout_leaves_a_newer_database_alone(
    checkout: Checkout, target: Target, database: Connection, verb: list[str]
) -> None:
    """It would write, or tell, something else than the tables mean now."""
    (checkout.root / "migrations" / LAST).unlink()
    before = written(database)
    code, out, err = checkout.journey(target, *verb)
    assert (code, out) == (2, "")
    assert f"applied to this database, but not in {checkout.root}/migrations: {LAST}" in err
    assert "use the checkout that migrated it, or a newer one" in err
    assert written(database) == before


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_an_older_database_is_migrated_first(
    checkout: Checkout, target: Target, database: Connection, verb: list[str]
) -> None:
    """The migration that is missing is named."""
    (checkout.root / "migrations" / "998_more.sql").write_text("create table public.more ();")
    before = written(database)
    code, out, err = checkout.journey(target, *verb)
    assert (code, out) == (2, "")
    assert "it lacks 998_more.sql; run `journey migrate` first" in err
    assert written(database) == before


def written(connection: Connection) -> list[tuple[int, ...]]:
    return connection.execute(
        "select (select count(*) from auth.users), (select count(*) from public.log_sessions), "
        "(select count(*) from quality.runs)"
    ).fetchall()


def test_a_ledger_from_before_054_is_an_older_database(
    target: Target, database: Connection
) -> None:
    """What today's roles cannot read says the same."""
    database.execute("revoke all on schema journey_ledger from journey_pipeline")
    with (
        pytest.raises(NotMigratedError, match="run `journey migrate` first"),
        runs.pipeline(target),
    ):
        pass


def test_without_a_ledger_nothing_is_compared(target: Target, database: Connection) -> None:
    """Migrated in an SQL editor, which keeps none."""
    database.execute("drop schema journey_ledger cascade")
    with runs.pipeline(target) as connection:
        assert connection.execute("select current_user").fetchone() == ("journey_pipeline",)
    with runs.reader(target) as connection:
        assert connection.execute("select current_user").fetchone() == ("journey_analyst",)


@pytest.mark.parametrize("role", ["journey_pipeline", "journey_restricted", "journey_analyst"])
def test_the_roles_read_the_ledger_and_no_more(connection: Connection, role: str) -> None:
    """054: to compare it; nobody but its owner writes it."""
    found = connection.execute(
        "select array_agg(privilege order by privilege) "
        "from unnest(array['select', 'insert', 'update', 'delete', 'truncate']) as privilege "
        "where has_table_privilege(%s, 'journey_ledger.migrations', privilege)",
        (role,),
    ).fetchone()
    assert found == (["select"],)


def test_054_is_applied_to_a_database_of_052(
    copy_of: Callable[[str], Target], tmp_path: Path
) -> None:
    """Migrated before there was 054, and upgraded: the pipeline reads the ledger."""
    folder = Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))
    (folder / LAST).unlink()
    target = copy_of("template0")
    with settings.connect(target, autocommit=True) as connection:
        migrate.migrate(connection, folder)
        with pytest.raises(MigrationError):
            require_same(connection, tmp_path / "nothing")
        assert migrate.migrate(connection, MIGRATIONS) == [LAST]
    with runs.pipeline(target):
        pass
