"""What an application has is never made beside it without the flag."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from checkout import Checkout
from database import Connection
from told import MIGRATIONS, SUPABASE, everything, migrated, refused
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target

NAMES = [one.name for one in migrate.migrations(MIGRATIONS)]
OURS = [name for name in NAMES if not name.startswith("prerequisites/")]


@pytest.fixture
def empty(copy_of: Callable[[str], Target]) -> Target:
    """A database with nothing in it, on a server that is not ours as far as the command knows."""
    return copy_of("template0")


@pytest.fixture
def connection(empty: Target) -> Iterator[Connection]:
    """To that database."""
    with settings.connect(empty, autocommit=True) as connection:
        yield connection


def test_a_database_without_an_application_is_refused(
    checkout: Checkout, empty: Target, connection: Connection
) -> None:
    """Perhaps it is the wrong one. Nothing is made, and both ways forward are told."""
    code, out, err = checkout.journey(empty, "migrate")
    assert (code, out) == (2, "")
    assert "table auth.users, function auth.uid(), table public.log_sessions" in err
    assert "set PGDATABASE" in err
    assert "journey migrate --with-prerequisites" in err
    assert everything(connection) == {("schema", "public")}


def test_a_dry_run_says_what_keeps_it_from_being_applied(
    checkout: Checkout, empty: Target, connection: Connection
) -> None:
    """With what is pending; exit code 2, and nothing written."""
    code, out, err = checkout.journey(empty, "migrate", "--dry-run")
    assert (code, out) == (2, "")
    assert [line[9:] for line in err.splitlines() if line.startswith("pending")] == OURS
    assert "table auth.users" in err
    code, out, _ = checkout.journey(empty, "migrate", "--dry-run", "--with-prerequisites")
    assert code == 0
    assert [line[9:] for line in out.splitlines()] == NAMES
    assert everything(connection) == {("schema", "public")}


def test_who_asks_gets_the_prerequisites(checkout: Checkout, empty: Target) -> None:
    """A throwaway database; from then on the flag makes no difference."""
    code, out, _ = checkout.journey(empty, "migrate", "--with-prerequisites")
    assert code == 0
    assert [line[9:] for line in out.splitlines()] == NAMES
    for flags in ([], ["--with-prerequisites"]):
        assert checkout.journey(empty, "migrate", *flags)[:2] == (0, "nothing to apply\n")
        dry = checkout.journey(empty, "migrate", "--dry-run", *flags)
        assert dry[:2] == (0, "nothing is pending\n")


def test_where_an_application_is_they_are_never_pending(connection: Connection) -> None:
    """As on Supabase: neither applied, nor in the ledger, nor waiting for ever."""
    for text in SUPABASE:
        connection.execute(text)
    connection.execute((MIGRATIONS / "prerequisites" / "003_log_sessions.sql").read_bytes())
    assert migrate.migrate(connection, MIGRATIONS, with_prerequisites=False) == OURS
    assert migrate.pending(connection, MIGRATIONS, with_prerequisites=False) == []
    ledger = connection.execute("select name from journey_ledger.migrations order by 1").fetchall()
    assert [row[0] for row in ledger] == OURS


@pytest.mark.parametrize(
    ("without", "told"),
    [
        ("alter table public.log_sessions rename to sessions", "lacks table public.log_sessions,"),
        ("alter function auth.uid() rename to me", "lacks function auth.uid(),"),
        ("alter table auth.users rename to people", "lacks table auth.users,"),
    ],
)
def test_what_is_missing_is_named(connection: Connection, without: str, told: str) -> None:
    """One by one; the prerequisites, with the flag, make only that."""
    for path in sorted((MIGRATIONS / "prerequisites").glob("*.sql")):
        connection.execute(path.read_bytes())
    connection.execute("alter table public.log_sessions drop constraint log_sessions_pkey")
    connection.execute(
        "alter table public.log_sessions add constraint key primary key (session_id)"
    )
    connection.execute(
        "drop index public.idx_sessions_patient_id, public.idx_sessions_practitioner_id"
    )
    connection.execute("alter table auth.users rename constraint users_pkey to key")
    connection.execute(without.encode())
    assert told in refused(connection, with_prerequisites=False)
    migrated(connection)


def test_a_ledger_that_has_them_is_as_before(connection: Connection) -> None:
    """Made by an earlier version, which always applied them: a new one would be pending too."""
    migrated(connection)
    connection.execute("delete from journey_ledger.migrations where name like '%003%'")
    names = [one.name for one in migrate.pending(connection, MIGRATIONS, with_prerequisites=False)]
    assert names == ["prerequisites/003_log_sessions.sql"]
    migrated(connection, with_prerequisites=False)


def test_the_embedded_server_gets_them_by_itself(checkout: Checkout) -> None:
    """Nobody's application is there."""
    try:
        code, out, err = checkout.journey(None, "migrate")
        assert code == 0, err
        assert [line[9:] for line in out.splitlines()] == NAMES
    finally:
        checkout.journey(None, "down")
