"""Backup and restore, as docs/operating.md says: its commands are what runs here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from psycopg import errors

from conftest import ROOT
from rows import ALICE, acting_as
from wellness_journey.database import migrate, server, settings
from wellness_journey.database.settings import Target
from whole_database import OPERATIONAL, catalogue, rows

ODD_NOTE = "tab\there, line\nend, \\N, 'quoted', é 😀"
MIGRATIONS = ROOT / "migrations"
ROLES = "('anon', 'authenticated', 'service_role') or rolname like 'journey%'"
DOCUMENT = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
# Where the document says that the embedded server's programs are.
PROGRAMS = [
    path
    for pattern in re.findall(r'"\$PWD"/\.venv/(\S+?)\)', DOCUMENT)
    for path in Path(sys.prefix).glob(pattern)
]


def document(section: str) -> list[str]:
    """The commands under a heading of docs/operating.md, block by block."""
    body = re.split(rf"^### {re.escape(section)}$", DOCUMENT, flags=re.M)[1]
    return re.findall(r"^```sh\n(.*?)^```$", re.split(r"^#+ ", body, flags=re.M)[0], re.M | re.S)


def run(target: Target, folder: Path, *blocks: str) -> subprocess.CompletedProcess[str]:
    """Run commands of the document in `folder` against `target`; the first failure ends them."""
    environ = {k: v for k, v in os.environ.items() if k in ("PYTHONPATH", "LANG", "HOME")}
    programs = (*PROGRAMS, Path(sys.executable).parent, "/usr/bin", "/bin")
    environ |= {
        "PATH": ":".join(map(str, programs)),
        "PGHOST": target.host,
        "PGPORT": str(target.port),
        "PGUSER": target.user,
        "PGDATABASE": target.database,
        "JOURNEY_HOME": str(folder),
    }
    return subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
    )


def done(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def filled(built: str, copy_of: Callable[[str], Target]) -> Target:
    """A small synthetic cohort with its marts, and rows written at odd times."""
    target = copy_of(built)
    with settings.connect(target, autocommit=True) as connection:
        session = connection.execute(
            "select session_id, patient_id, practitioner_id, session_date from public.log_sessions "
            "order by session_id limit 1"
        ).fetchone()
        assert session is not None
        connection.execute(
            "insert into public.log_pulse_checks (session_id, patient_id, practitioner_id, "
            "check_date, mood_level, notes, created_at) values (%s, %s, %s, %s, 3, %s, %s)",
            (
                *session,
                "tab\there, line\nend, \\N, 'quoted', é 😀",
                "2001-02-03 04:05:06.789012+00",
            ),
        )
    return target


@pytest.fixture(scope="module")
def files(filled: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The backup's files, made by the document's commands, by the document's role."""
    folder = tmp_path_factory.mktemp("backup")
    try:
        done(run(filled, folder, *document("Who dumps")))
        done(run(filled, folder, *document("Back up"), document("Restore the rows only")[0]))
        yield folder
    finally:
        with settings.connect(filled, autocommit=True) as connection:
            connection.execute("drop role if exists journey_backup")


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Target]:
    """Another server: none of our roles, none of our databases."""
    home = Path(tempfile.mkdtemp(prefix="journey-elsewhere-"))
    try:
        yield server.up(home)
    finally:
        server.remove(home)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def restored_without_roles(elsewhere: Target, files: Path) -> tuple[str, dict[str, list[Any]]]:
    """What the restore says, and leaves, while the other server has none of the roles."""
    result = run(elsewhere, files, document("Restore everything")[0].replace("psql", "true"))
    assert result.returncode == 1
    left = rows(replace(elsewhere, database="restored"))
    with settings.connect(elsewhere, autocommit=True) as connection:
        connection.execute("drop database restored")
    return result.stderr, left


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


@pytest.fixture
def login(filled: Target) -> Iterator[Callable[[str], Target]]:
    """Logins made with options; gone at the end."""
    made: list[str] = []
    with settings.connect(filled, autocommit=True) as connection:

        def login(options: str) -> Target:
            name = f"dumper_{len(made)}"
            connection.execute(f"create role {name} login {options}".encode())
            made.append(name)
            return replace(filled, user=name)

        yield login
        for name in made:
            connection.execute(f"reassign owned by {name} to postgres".encode())
            connection.execute(f"drop owned by {name}; drop role {name}".encode())


@pytest.mark.parametrize("role", ["journey_pipeline", "authenticated", "pg_read_all_data"])
@pytest.mark.parametrize("form", ["custom", "plain"])
def test_a_role_that_is_filtered_cannot_dump(
    login: Callable[[str], Target], tmp_path: Path, role: str, form: str
) -> None:
    """Whom row-level security filters gets an error and status 1, not a part of the rows."""
    order = f"pg_dump --format={form} --table=public.log_pulse_checks --file=part"
    result = run(login(f"in role {role}"), tmp_path, order)
    assert result.returncode == 1
    assert "query would be affected by row-level security policy" in result.stderr


def test_the_documented_commands_leave_no_file_when_the_dump_fails(
    login: Callable[[str], Target], tmp_path: Path
) -> None:
    """What a failed dump leaves looks like a dump: it never gets the name of one."""
    back_up = [block.replace("--username=journey_backup", "") for block in document("Back up")]
    for block in back_up:
        result = run(login("in role pg_read_all_data"), tmp_path, block)
        assert result.returncode == 1
        assert "row-level security" in result.stderr
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"roles.sql", "journey.dump.part", "journey.sql.part"}


def test_enable_row_security_dumps_a_part_and_says_nothing(
    login: Callable[[str], Target], tmp_path: Path
) -> None:
    """Why the document forbids it: no error, and none of the rows."""
    order = "pg_dump --enable-row-security --data-only --table=public.log_pulse_checks"
    text = done(run(login("in role authenticated"), tmp_path, order))
    copied = re.search(r"^COPY .*? FROM stdin;\n(.*?)^\\\.$", text, re.M | re.S)
    assert copied is not None
    assert copied[1] == ""


def test_the_owner_of_the_tables_can_dump(
    login: Callable[[str], Target], filled: Target, tmp_path: Path
) -> None:
    """An owner who is no superuser is not filtered: all rows of what it owns."""
    owner = login("")
    with settings.connect(filled, autocommit=True) as connection:
        for table in OPERATIONAL:
            connection.execute(f"alter table {table} owner to {owner.user}".encode())
        connection.execute(f"grant usage on schema auth to {owner.user}".encode())
        expected = connection.execute("select count(*) from public.log_pulse_checks").fetchone()
    tables = " ".join(f"--table={table}" for table in OPERATIONAL)
    text = done(run(owner, tmp_path, f"pg_dump --data-only {tables}"))
    copied = re.search(r"^COPY public.log_pulse_checks .*?;\n(.*?)^\\\.$", text, re.M | re.S)
    assert copied is not None
    assert (copied[1].count("\n"),) == expected


def test_a_missing_role_restores_nothing(restored_without_roles: tuple[str, Any]) -> None:
    """As the document says: without its roles a dump ends in an error and an empty database."""
    said, left = restored_without_roles
    assert re.search(r'role "\w+" does not exist', said)
    assert left == {}


@pytest.mark.parametrize(
    ("spoil", "seen"),
    [
        ("alter table public.log_pulse_checks disable row level security", "ROW LEVEL SECURITY"),
        ("alter table public.log_pulse_checks enable trigger refuse_change", "ALWAYS"),
        ("grant select on public.log_pulse_checks to anon", "anon"),
        ("delete from public.log_sessions where session_id = "
         "(select session_id from public.log_pulse_checks limit 1)", "log_pulse_checks"),
    ],
)  # fmt: skip
def test_the_documented_verification_sees_a_difference(
    filled: Target, copy_of: Callable[[str], Target], tmp_path: Path, spoil: str, seen: str
) -> None:
    """The document's comparison names what is not the same."""
    copy = copy_of(filled.database)
    with settings.connect(copy, autocommit=True) as connection:
        connection.execute(spoil.encode())
    commands = "\n".join(document("Verify")).replace("restored", copy.database)
    result = run(filled, tmp_path, commands)
    assert (result.returncode, seen in result.stdout) == (1, True), result.stdout


def test_the_documented_verification_is_silent_on_what_came_back(
    filled: Target, files: Path
) -> None:
    """On the server itself, where the roles are: restored, compared, nothing to tell or migrate."""
    try:
        done(run(filled, files, document("Restore everything")[0]))
        assert done(run(filled, files, *document("Verify"))) == "nothing is pending\n"
    finally:
        with settings.connect(filled, autocommit=True) as connection:
            connection.execute("drop database if exists restored with (force)")


def test_the_programs_are_where_the_document_says() -> None:
    """The embedded server's own programs are found by the document's pattern."""
    (folder,) = PROGRAMS
    for name in ("psql", "createdb", "pg_dump", "pg_dumpall", "pg_restore"):
        assert os.access(folder / name, os.X_OK)
