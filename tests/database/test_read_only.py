"""A database that takes no writes: who writes is refused at once, who reads is served."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from checkout import ROOT, Checkout
from database import Connection
from nightly import in_nightly
from runs import know, record
from waiting import waited_for
from wellness_journey.cohort import seed
from wellness_journey.database import migrate, place, server, settings
from wellness_journey.database.read_only import refuse_read_only
from wellness_journey.database.settings import Target
from wellness_journey.errors import ReadOnlyError

ON = "set default_transaction_read_only = on"
WRITING = (["migrate"], ["seed"], ["load", "."], ["run"], ["check"], ["prune", "--days", "1"])
REPORT = ("index.html", "summary.md", "summary.json", "junit.xml", "dbt-docs.html")
READING = (["status"], ["explain", "PC-004"], ["migrate", "--dry-run"])


def connect(target: Target) -> Connection:
    return settings.connect(target, autocommit=True)


def refused(target: Target, *told: str) -> str:
    """What is said, one sentence of which is each of `told`."""
    with connect(target) as connection, pytest.raises(ReadOnlyError) as raised:
        refuse_read_only(connection)
    for words in told:
        assert words in str(raised.value)
    return str(raised.value)


def obey(target: Target, said: str) -> None:
    """Do what the message says, in the read-only database itself."""
    with connect(target) as connection:
        for statements in re.findall(r"run `(begin [^`]+)`", said):
            connection.execute(statements.encode())


@pytest.mark.parametrize("verb", WRITING, ids=lambda verb: verb[0])
def test_what_writes_is_refused_before_it_begins(
    checkout: Checkout, target: Target, verb: list[str]
) -> None:
    """Exit 2 and one sentence with the database, the reason and the statement that lifts it."""
    with connect(target) as connection:
        connection.execute(f"alter database {target.database} {ON}".encode())
    code, out, err = checkout.journey(target, *verb)
    assert (code, out) == (2, "")
    assert f"journey: database {target.database} at {target.host}:{target.port} is read-only" in err
    lift = f"alter database {target.database} reset default_transaction_read_only"
    assert lift in err
    assert "internal error" not in err
    assert len(err.splitlines()) == 2, err


def test_what_reads_works(checkout: Checkout, target: Target) -> None:
    """The state of the last run, a rule and what is pending: the same as before."""
    with connect(target) as connection:
        know(connection, PC_004="minor")
        record(connection, 1, {"PC-004": "pass"})
        before = answers(checkout, target)
        connection.execute(f"alter database {target.database} {ON}".encode())
    assert answers(checkout, target) == before


def answers(checkout: Checkout, target: Target) -> list[tuple[int, str]]:
    """Exit code and words of each verb that reads."""
    found = [checkout.journey(target, *verb)[:2] for verb in READING]
    assert "as of 2026-03-01" in found[0][1]
    assert "PC-004" in found[1][1]
    assert found[2] == (0, "nothing is pending\n")
    return found


def test_a_fresh_database_that_is_read_only(checkout: Checkout, embedded: Target) -> None:
    """Refused before the ledger is made, not in the middle of the first migration."""
    fresh = replace(embedded, database="fresh_read_only")
    with connect(embedded) as connection:
        connection.execute(f"create database {fresh.database} template template0".encode())
        connection.execute(f"alter database {fresh.database} {ON}".encode())
    code, _, err = checkout.journey(fresh, "migrate")
    assert code == 2
    assert "is read-only" in err
    assert "internal error" not in err


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("alter database {database}", "for the database"),
        ("alter role {login}", "for the login {login}"),
        ("alter role {login} in database {database}", "for the login {login} in this database"),
    ],
)
def test_each_place_of_the_setting_is_named(
    target: Target, database: Connection, statement: str, told: str
) -> None:
    """Who does what the message says can write again."""
    database.execute('create role "night run" login superuser')
    try:
        names = {"database": target.database, "login": '"night run"'}
        database.execute(f"{statement.format(**names)} {ON}".encode())
        login = replace(target, user="night run")
        obey(login, refused(login, told.format(**names)))
        with connect(login) as connection:
            refuse_read_only(connection)
            connection.execute("create table public.written ()")
    finally:
        database.execute('drop owned by "night run"; drop role "night run"')


def test_a_setting_of_the_client_is_named(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """PGOPTIONS reaches every connection of ours, dbt's too."""
    monkeypatch.setenv("PGOPTIONS", "-c default_transaction_read_only=on")
    refused(target, "PGOPTIONS")
    monkeypatch.delenv("PGOPTIONS")
    with connect(target) as connection:
        refuse_read_only(connection)


def test_a_disk_limit_of_supabase_is_named(target: Target, database: Connection) -> None:
    """Where Supabase's own role is, its reason comes first."""
    database.execute(f"alter database {target.database} {ON}".encode())
    assert "Supabase" not in refused(target)
    database.execute("create role supabase_admin")
    try:
        refused(target, "Supabase does this when the disk is nearly full: make room or enlarge")
    finally:
        database.execute("drop role supabase_admin")


@pytest.fixture(scope="module")
def primary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A server of its own: a replica copies all of it."""
    home = Path(tempfile.mkdtemp(prefix="journey-primary-"))
    try:
        target = server.up(home)
        with connect(target) as connection:
            migrate.migrate(connection, ROOT / "migrations")
            seed.seed(connection, sessions=2)
            know(connection, PC_004="minor")
            record(connection, 1, {"PC-004": "pass"})
        yield target
    finally:
        server.remove(home)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def replica(primary: Target) -> Iterator[Target]:
    """A hot standby that streams from `primary`."""
    programs = server.installed()
    if not (programs / "pg_basebackup").exists():
        pytest.skip("NO REPLICA: the wheel has no pg_basebackup")
    here = place.found_place(Path(primary.host).parent)
    assert here
    programs = place.programs_of(here)
    folder = Path(tempfile.mkdtemp(prefix="journey-replica-"))
    place.give(folder, here.uid, here.gid)
    data, log = folder / "data", folder / "log"
    copied = here.run(
        programs / "pg_basebackup",
        "-h",
        primary.host,
        "-p",
        str(primary.port),
        "-U",
        primary.user,
        "--write-recovery-conf",
        "--checkpoint=fast",
        "--no-sync",
        "-D",
        data,
    )
    assert copied.returncode == 0, copied.stderr
    order = ("-s", "-w", "-D", data)
    try:
        options = f"-c unix_socket_directories={folder}"
        started = here.run(
            programs / "pg_ctl", "start", *order, "-l", log, "-o", options, "-t", "1800", quiet=True
        )
        assert started.returncode == 0, log.read_text()
        yield replace(primary, host=str(folder), embedded=False)
    finally:
        here.run(programs / "pg_ctl", "stop", "-m", "immediate", *order, quiet=True)
        shutil.rmtree(folder)


def test_a_replica_is_a_replica(primary: Target, replica: Target) -> None:
    """It streams: a row of its primary arrives, and it takes none itself."""
    with connect(primary) as writing, connect(replica) as reading:
        writing.execute("create table public.sent as select 1 as number")
        there = "select to_regclass('public.sent') is not null"
        waited_for(lambda: reading.execute(there).fetchone() == (True,))
        assert reading.execute("select pg_is_in_recovery()").fetchone() == (True,)


@pytest.mark.parametrize("verb", [["migrate"], ["run"]], ids=lambda verb: verb[0])
def test_what_writes_is_refused_on_a_replica(
    checkout: Checkout, replica: Target, verb: list[str]
) -> None:
    """Exit 2, and the primary is what to name."""
    code, out, err = checkout.journey(replica, *verb)
    assert (code, out) == (2, "")
    assert f"at {replica.host}:{replica.port} is a replica, which takes no writes" in err
    assert "name its primary with PGHOST" in err
    assert len(err.splitlines()) == 2, err


@in_nightly
def test_what_reads_works_on_a_replica(
    checkout: Checkout, primary: Target, replica: Target
) -> None:
    """Verb by verb the same as on its primary, and the report is made of it."""
    assert answers(checkout, replica) == answers(checkout, replace(primary, embedded=False))
    _, out, err = checkout.journey(replica, "report")
    assert err.splitlines()[0] == str(replica)
    assert [f"reports/{name}" in out for name in REPORT] == [True] * len(REPORT)
