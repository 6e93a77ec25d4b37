"""Dumps of roles that see a part, restores that go wrong, as docs/operating.md warns."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backups import PROGRAMS, document, done, run
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from whole_database import OPERATIONAL

GROUP = "backup"


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
        (
            "delete from public.log_sessions where session_id = "
            "(select session_id from public.log_pulse_checks limit 1)",
            "log_pulse_checks",
        ),
    ],
)
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
