"""A PostgreSQL that is not the embedded one: the oldest supported, from the distribution."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import ROOT, Connection, build
from rows import ALICE, Session, acting_as
from test_marts import dump
from wellness_journey import migrate, seed, settings
from wellness_journey.settings import Target

DEBIAN = Path("/usr/lib/postgresql/15/bin")

pytestmark = pytest.mark.skipif(
    not (DEBIAN / "initdb").exists(),
    reason=f"NO POSTGRESQL 15: {DEBIAN} is not there (Debian: apt-get install postgresql-15)",
)


@pytest.fixture(scope="module")
def postgres_15() -> Iterator[Target]:
    """A throwaway PostgreSQL 15 on a private socket, as an unprivileged user."""
    folder = Path(tempfile.mkdtemp(prefix="journey-pg15-"))
    as_user: dict[str, object] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(DEBIAN / program), *arguments],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            **as_user,  # type: ignore[call-overload]
        )

    data = str(folder / "data")
    run("initdb", "--pgdata", data, "--auth", "trust", "--username", "owner", "--encoding", "UTF8",
        "--locale", "C.UTF-8")  # fmt: skip
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "start", "--wait", "--pgdata", data, "--options", options,
        "--log", str(folder / "log"))  # fmt: skip
    try:
        yield Target(str(folder), 5432, "owner", "postgres")
    finally:
        run("pg_ctl", "stop", "--mode", "immediate", "--pgdata", data)
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def other(postgres_15: Target) -> Iterator[Connection]:
    """The same small cohort as `built`, on the other server."""
    with settings.connect(postgres_15, autocommit=True) as connection:
        migrate.migrate(connection, ROOT / "migrations")
        seed.seed(connection, sessions=40)
        build(postgres_15)
        yield connection


def test_it_is_another_server(other: Connection) -> None:
    """These tests talk to PostgreSQL 15."""
    assert other.info.server_version // 10000 == 15


def test_marts_are_the_same_bytes_on_both(
    other: Connection, built: str, copy_of: Callable[[str], Target]
) -> None:
    """The same rows and as_of give the same marts on PostgreSQL 15 and the embedded server."""
    with settings.connect(copy_of(built), autocommit=True) as embedded:
        assert dump(other) == dump(embedded)


def test_cross_checks_match(other: Connection) -> None:
    """The functions and the marts agree on PostgreSQL 15 too."""
    assert other.execute("select distinct outcome from quality.cross_checks").fetchall() == [
        ("match",)
    ]


def test_row_level_security_holds(other: Connection) -> None:
    """A practitioner sees own rows only on PostgreSQL 15 too."""
    with acting_as(other, "authenticated", ALICE):
        found = other.execute("select count(*) from public.log_pulse_checks").fetchone()
    assert found == (0,)
    session = Session().create(other)
    with acting_as(other, "authenticated", ALICE):
        session.pulse_check(other)
        found = other.execute("select count(*) from public.log_pulse_checks").fetchone()
    assert found == (1,)
