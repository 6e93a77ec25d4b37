"""The embedded PostgreSQL starts, is found, stops, lets nobody else in."""

from __future__ import annotations

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from servers import ask, keep, kept, place, postmaster, start_up, wait_for_end
from waiting import LIMIT, ended, waited_for
from wellness_journey.database import server, settings
from wellness_journey.database.place import made
from wellness_journey.errors import ServerError

CANARY = "canary-4711"

INSERT = "insert into patients values "

HOSTILE = {
    "PGSERVICE": "nowhere",
    "PGSERVICEFILE": "/nowhere",
    "PGHOSTADDR": "127.0.0.1",
    "PGOPTIONS": "-c search_path=elsewhere",
    "PGSSLMODE": "require",
    "PGPASSFILE": "/nowhere",
}


# --- start, find, stop -----------------------------------------------------------------------


def test_a_second_up_finds_the_running_server(shared: Path) -> None:
    """`up` of a running server gives the same target and starts nothing."""
    before = postmaster(shared)
    target = server.up(shared)
    assert target == server.running(shared)
    assert target.embedded
    assert target.host == str(place(shared).socket_folder)
    assert postmaster(shared) == before


def test_what_a_new_database_is_like(shared: Path) -> None:
    """The database is UTF8, sorts by bytes, thinks in UTC and keeps what it committed."""
    assert ask(shared, "show server_encoding") == "UTF8"
    assert ask(shared, "select 'B' < 'a' and 'z' < 'é'") is True
    assert ask(shared, "show timezone") == "UTC"
    assert ask(shared, "show log_timezone") == "UTC"
    assert ask(shared, "show fsync") == "on"
    # Of whoever asks for nothing else, as our own connections do.
    query = "select reset_val from pg_settings where name = 'client_connection_check_interval'"
    assert ask(shared, query) == "5000"


def test_down_stops_and_up_starts_again(folder: Path) -> None:
    """`down` says whether there was something to stop; the rows are there after the next `up`."""
    home = folder / "home"
    assert server.down(home) is False
    assert server.running(home) is None
    assert not home.exists(), "asking made a folder"
    server.up(home)
    keep(home)
    number = postmaster(home)
    assert server.down(home) is True
    wait_for_end(number)
    assert "database system is shut down" in place(home).log.read_text()
    assert server.running(home) is None
    assert server.down(home) is False
    server.up(home)
    assert kept(home)


def test_two_ups_at_once_end_with_one_server(folder: Path) -> None:
    """Of two `up`s on a new folder one makes the database, the other finds it."""
    home = folder / "home"
    both = [start_up(home), start_up(home)]
    said = [ended(process)[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert "".join(said).count("making the embedded database") == 1
    assert place(home).log.read_text().count("starting PostgreSQL") == 1
    assert server.running(home)


def test_a_folder_that_many_make_at_once_is_made_once(tmp_path: Path) -> None:
    """Who loses the race for the folder finds it; a file in its place stays an error."""
    with ThreadPoolExecutor(8) as pool:
        for number in range(50):
            homes = [tmp_path / str(number) / "home"] * 8
            assert set(pool.map(made, homes)) == set(homes)
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        made(tmp_path / "file")


# --- who gets in -----------------------------------------------------------------------------


def test_there_is_no_tcp_and_nobody_else_can_enter(shared: Path) -> None:
    """The server listens in a folder that only its owner can enter, and nowhere else."""
    address = (place(shared).data / "postmaster.pid").read_text().splitlines()[5]
    assert address == "", "it listens on TCP"
    for path in (place(shared).socket_folder, place(shared).data):
        assert path.stat().st_mode & 0o777 == 0o700
        assert path.stat().st_uid == place(shared).uid
    for path in (place(shared).log, shared / "env"):
        assert path.stat().st_mode & 0o777 == 0o600
    rules = (place(shared).data / "pg_hba.conf").read_text().splitlines()
    assert {line.split()[-1] for line in rules if line.startswith("host")} == {"reject"}


def test_a_socket_folder_that_others_can_enter_is_refused(folder: Path) -> None:
    """`up` neither uses nor narrows a socket folder that others can enter."""
    home = folder / "home"
    server.up(home)
    server.down(home)
    place(home).socket_folder.chmod(0o755)
    with pytest.raises(ServerError, match="mode 0700"):
        server.up(home)
    place(home).socket_folder.chmod(0o700)
    server.up(home)


def test_the_callers_environment_does_not_reach_the_server(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PG* variables and the locale of the caller change neither `up` nor the server."""
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("LC_ALL", "xx_YY.UTF-8")
    server.up(folder / "home")
    assert server.running(folder / "home")


def test_the_env_file_leads_a_shell_to_the_embedded_server(shared: Path) -> None:
    """After `. env` a client reaches the embedded database, whatever was set before, and
    `target_from_environment` knows the variables as the embedded server's."""
    script = '. "$1"; "$2" -XAtc "select current_database(), current_schema()"; env'
    shell = ["sh", "-euc", script, "sh", str(shared / "env"), str(server.installed() / "psql")]
    hostile = {**HOSTILE, "PGHOST": "elsewhere", "PGDATABASE": "elsewhere", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(shell, env=hostile, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("journey|public\n"), done.stderr
    seen = dict(line.partition("=")[::2] for line in done.stdout.splitlines()[1:])
    assert {name for name in seen if name.startswith("PG")} == {
        *("PGHOST", "PGPORT", "PGUSER", "PGDATABASE")
    }
    assert settings.target_from_environment(seen) is None
    assert seen[settings.EMBEDDED_MARK] == seen["PGHOST"]


def test_the_log_holds_no_value(folder: Path) -> None:
    """No row and no statement gets into server.log, not even when a backend is killed."""
    home = folder / "home"
    target = server.up(home)
    ask(home, "create table patients (name text primary key check (length(name) < 20))")
    ask(home, INSERT + f"('{CANARY}')")
    for statement in (
        INSERT + f"('{CANARY}')",
        INSERT + f"('{CANARY}-is-a-very-long-name')",
        f"select '{CANARY}'::integer",
        f"do $$ begin raise exception '{CANARY}'; end $$",
        f"do $$ begin raise warning '{CANARY}'; perform 1 / 0; end $$",
    ):
        with pytest.raises(psycopg.Error):
            ask(home, statement)
    doing = "select state from pg_stat_activity where pid = "
    with settings.connect(target, autocommit=True) as doomed:
        backend = doomed.info.backend_pid
        doomed.pgconn.send_query(f"select pg_sleep({LIMIT}), '{CANARY}'".encode())
        waited_for(lambda: ask(home, doing + str(backend)) == "active")
        os.kill(backend, signal.SIGKILL)
        doomed.pgconn.get_result()
    waited_for(lambda: "terminated by signal 9" in place(home).log.read_text())
    assert CANARY not in place(home).log.read_text()
