"""Backup, restore, as docs/operating.md says: its commands are what runs here."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import errors

from backups import document, done, run
from checkout import ROOT
from rows import ALICE, acting_as
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target
from whole_database import OPERATIONAL, catalogue, rows

GROUP = "backup"

ODD_NOTE = "tab\there, line\nend, \\N, 'quoted', é 😀"

MIGRATIONS = ROOT / "migrations"

ROLES = "('anon', 'authenticated', 'service_role') or rolname like 'journey%'"


@pytest.fixture(scope="module")
def restored(elsewhere: Target, files: Path, restored_without_roles: object) -> Target:
    """The custom-format dump on the other server, by the document's commands."""
    done(run(elsewhere, files, document("Restore everything")[0]))
    return replace(elsewhere, database="restored")


@pytest.fixture(scope="module")
def fresh(elsewhere: Target, restored: Target, files: Path) -> Target:
    """The rows alone, in a database that was freshly migrated."""
    done(run(elsewhere, files, document("Restore the rows only")[1]))
    return replace(elsewhere, database="fresh")


@pytest.fixture
def another(elsewhere: Target, restored: Target) -> Iterator[Target]:
    """An empty database on the other server, where the roles are by now."""
    target = replace(elsewhere, database="another")
    with settings.connect(elsewhere, autocommit=True) as connection:
        connection.execute("create database another template template0")
        yield target
        connection.execute("drop database another with (force)")


def test_the_catalogue_is_looked_at(filled: Target) -> None:
    """The comparison is one: each part of the catalogue holds something, and marts are there."""
    found = catalogue(filled)
    # dbt gives rights table by table.
    assert {name for name, part in found.items() if not part} == {"default grants"}
    states = {(row[0], row[1]): row[2] for row in found["triggers"]}
    assert states["log_pulse_checks", "guard_pulse_check"] == "A"
    assert any(name.startswith("marts.") and part for name, part in rows(filled).items())


def test_roles_come_along(filled: Target, restored: Target) -> None:
    """The other server has the same roles, with the same rights and members, from roles.sql."""
    told = []
    for target in (filled, restored):
        with settings.connect(target) as connection:
            told.append(
                connection.execute(
                    f"""
                    select
                        rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin,
                        rolbypassrls, shobj_description(oid, 'pg_authid'),
                        array(
                            select member::regrole::text from pg_auth_members
                            where roleid = r.oid order by 1
                        )
                    from pg_roles as r where rolname in {ROLES} order by rolname
                    """.encode()
                ).fetchall()
            )
    assert len(told[0]) == 7
    assert told[0] == told[1]


def test_everything_comes_back(filled: Target, restored: Target) -> None:
    """Custom format: RLS, grants, policies, triggers (always on), functions, rows as they were."""
    before, after = catalogue(filled), catalogue(restored)
    for part in before:
        assert set(map(repr, after[part])) ^ set(map(repr, before[part])) == set()
    assert after == before
    assert rows(restored) == rows(filled)


def test_everything_comes_back_from_text(filled: Target, files: Path, another: Target) -> None:
    """Plain format: the same."""
    (text_way,) = (block for block in document("Restore everything") if "journey.sql" in block)
    assert "--dbname=restored" in text_way
    done(run(another, files, text_way.replace("--dbname=restored", "--dbname=another")))
    assert catalogue(another) == catalogue(filled)
    assert rows(another) == rows(filled)


def test_the_ledger_comes_along(restored: Target, fresh: Target) -> None:
    """`journey migrate` finds nothing to do in a restored database."""
    for target in (restored, fresh):
        with settings.connect(target, autocommit=True) as connection:
            assert migrate.pending(connection, MIGRATIONS) == []
            assert migrate.migrate(connection, MIGRATIONS) == []


def test_rows_alone_go_into_a_fresh_database(filled: Target, fresh: Target) -> None:
    """Data only: through the triggers, in an order they take, created_at and days as they were."""
    assert rows(fresh, OPERATIONAL) == rows(filled, OPERATIONAL)
    with settings.connect(fresh) as connection:
        stored = connection.execute(
            "select created_at = '2001-02-03 04:05:06.789012+00', days_post_session "
            "from public.log_pulse_checks where notes like '%😀'"
        ).fetchall()
    assert stored == [(True, 0)]


def command(block: str, database: str) -> str:
    """The restoring command of a block, into another database than the document's."""
    (line,) = (line for line in block.splitlines() if line.startswith("pg_restore"))
    return re.sub(r"--dbname=\w+", f"--dbname={database}", line)


def test_rows_of_a_whole_dump_are_refused_not_mixed_up(files: Path, another: Target) -> None:
    """As the document warns: `pg_restore --data-only` of a whole dump is refused, all of it."""
    with settings.connect(another, autocommit=True) as connection:
        migrate.migrate(connection, MIGRATIONS)
        order = "pg_restore --data-only --schema=auth --schema=public --schema=quality "
        order += "--exit-on-error --single-transaction --dbname=another journey.dump"
        result = run(another, files, order)
        assert result.returncode == 1
        assert "session not found or access denied" in result.stderr
        assert connection.execute("select count(*) from auth.users").fetchone() == (0,)


def test_days_are_computed_anew_where_a_session_has_moved(
    filled: Target, files: Path, another: Target, copy_of: Callable[[str], Target]
) -> None:
    """As the document says: rows that come alone get their day from their session as it is."""
    moved = copy_of(filled.database)
    stale = (
        b"select count(*) from public.log_pulse_checks as p "
        b"inner join public.log_sessions as s using (session_id) "
        b"where p.check_date - s.session_date <> p.days_post_session"
    )
    with settings.connect(moved, autocommit=True) as connection:
        connection.execute("update public.log_sessions set session_date = session_date - 1")
        before = connection.execute(stale).fetchone()
    folder = Path(tempfile.mkdtemp(dir=files))
    done(run(moved, folder, document("Restore the rows only")[0]))
    with settings.connect(another, autocommit=True) as connection:
        migrate.migrate(connection, MIGRATIONS)
        done(run(another, folder, command(document("Restore the rows only")[1], "another")))
        after = connection.execute(stale).fetchone()
    assert before is not None
    assert before[0] > 0
    assert after == (0,)


def test_a_restored_database_is_guarded(restored: Target, fresh: Target) -> None:
    """RLS, grants and triggers are at work again: foreign rows hidden, the trail unchangeable."""
    for target in (restored, fresh):
        with settings.connect(target, autocommit=True) as connection:
            own, practitioner = connection.execute(
                "select count(*), practitioner_id from public.log_pulse_checks "
                "group by practitioner_id order by practitioner_id limit 1"
            ).fetchone() or (0, None)
            for who, expected in ((practitioner, own), (ALICE, 0)):
                with acting_as(connection, "authenticated", who):
                    seen = connection.execute("select count(*) from public.log_pulse_checks")
                    assert seen.fetchone() == (expected,)
            with (
                pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
                acting_as(connection, "anon"),
            ):
                connection.execute("select from public.log_pulse_checks")
            with (
                pytest.raises(errors.InsufficientPrivilege, match="is refused"),
                connection.transaction(),
            ):
                connection.execute("set local session_replication_role = replica")
                connection.execute("delete from public.log_pulse_checks")
