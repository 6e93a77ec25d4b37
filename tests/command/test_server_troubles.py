"""The embedded PostgreSQL when something goes wrong."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from servers import ROOT, UP, keep, kept, place, postmaster, start_up, wait_for_end
from waiting import LIMIT, ended, waited_for
from wellness_journey.database import processes, server, settings
from wellness_journey.errors import ServerError


def kill_server(home: Path) -> int:
    number = postmaster(home)
    os.kill(number, signal.SIGKILL)
    wait_for_end(number)
    return number


def test_the_server_outlives_a_killed_starter(folder: Path) -> None:
    """SIGKILL to the starter and its whole process group leaves the server running, and the
    server holds none of the starter's pipes."""
    home = folder / "home"
    script = f"{UP}; print('up', flush=True); import time; time.sleep({LIMIT})"
    command = [sys.executable, "-c", script, str(home)]
    starter = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    assert starter.stdout
    while starter.stdout.readline() not in (b"up\n", b""):
        pass
    assert starter.poll() is None
    number = postmaster(home)
    os.killpg(starter.pid, signal.SIGKILL)
    ended(starter)
    assert starter.returncode == -signal.SIGKILL
    time.sleep(0.2)
    server.up(home)
    assert postmaster(home) == number


def test_a_killed_server_loses_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After SIGKILL to the server, with a backend at work, the next `up` recovers the rows."""
    home = folder / "home"
    target = server.up(home)
    keep(home)
    with settings.connect(target, autocommit=True) as busy:
        busy.pgconn.send_query(b"select count(*) from generate_series(1, 5000000)")
        os.kill(postmaster(home), signal.SIGKILL)
        server.up(home)
        busy.pgconn.finish()
    assert kept(home)
    assert "recovering" in capsys.readouterr().err


def test_a_reused_process_number_does_not_block_the_start(folder: Path) -> None:
    """Another process with the dead server's number is not taken for it, and is left alone."""
    home = folder / "home"
    server.up(home)
    keep(home)
    here = place(home)
    lock = here.socket_folder / f"{processes.SOCKET}.lock"
    dead = str(kill_server(home))
    other = subprocess.Popen(["/bin/sleep", f"{LIMIT:.0f}"], user=here.uid if ROOT else None)
    try:
        for path in (here.data / "postmaster.pid", lock):
            path.write_text(path.read_text().replace(dead, str(other.pid)))
        assert server.down(home) is False
        server.up(home)
        assert kept(home)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_an_empty_pid_file_does_not_block_the_start(folder: Path) -> None:
    """A pid file that a full disk left empty is replaced."""
    home = folder / "home"
    server.up(home)
    keep(home)
    kill_server(home)
    (place(home).data / "postmaster.pid").write_text("")
    server.up(home)
    assert kept(home)


def test_a_vanished_socket_folder_is_made_again(folder: Path) -> None:
    """Without its socket folder the server cannot be reached: `up` starts it anew."""
    home = folder / "home"
    server.up(home)
    keep(home)
    shutil.rmtree(place(home).socket_folder)
    assert server.running(home) is None
    server.up(home)
    assert kept(home)
    shutil.rmtree(place(home).socket_folder)
    assert server.down(home) is True


def test_up_waits_for_a_silent_server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is alive but does not answer is waited for, not restarted, and named."""
    home = folder / "home"
    server.up(home)
    keep(home)
    number = postmaster(home)
    os.kill(number, signal.SIGSTOP)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(processes, "START_SECONDS", 0)
            patched.setattr(
                processes, "databases", lambda place: None
            )  # it would wait for an answer
            with pytest.raises(ServerError, match="did not answer"):
                server.up(home)
    finally:
        os.kill(number, signal.SIGCONT)
    server.up(home)
    assert postmaster(home) == number


def test_a_stop_in_the_middle_of_a_recovery_ends(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL 18.6 can hang in a fast stop just after a crash: it ends, and loses nothing."""
    home = folder / "home"
    target = server.up(home)
    keep(home)
    with settings.connect(target) as doomed:
        os.kill(doomed.info.backend_pid, signal.SIGKILL)
        time.sleep(0.05)
    with monkeypatch.context() as patched:
        patched.setattr(processes, "STOP_SECONDS", 2)
        processes.stop(place(home), server.programs_of(place(home)))
    assert processes.postmaster(place(home).data) is None
    server.up(home)
    assert kept(home)


def test_an_interrupted_initialisation_leaves_nothing(folder: Path) -> None:
    """Killed while it makes the data, `up` leaves no half data, and the next one tidies up."""
    home = folder / "home"
    home.mkdir(mode=0o755)
    first = start_up(home, start_new_session=True)
    waited_for(lambda: list(home.glob("data.initdb-*/base")) or first.poll() is not None, 0.001)
    os.killpg(first.pid, signal.SIGKILL)
    ended(first)
    assert list(home.glob("data.initdb-*")), "it was not interrupted in the middle"
    assert not (home / "data").exists()
    server.up(home)
    assert not list(home.glob("data.initdb-*"))


def test_a_failed_initialisation_says_why_and_leaves_nothing(folder: Path) -> None:
    """Where the data cannot be written the message says what failed and what to do."""
    home = folder / "home"
    limited = start_up(
        home, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2**18, 2**18))
    )
    said = ended(limited)[1].decode()
    assert limited.returncode == 1
    # Where the server's user has to have a copy of the programs, that is what fails first.
    assert re.search("cannot be (made in|copied to)", said)
    assert "make room" in said
    assert not [path for path in home.iterdir() if path.name.startswith("data")]
    server.up(home)


def test_a_failed_start_names_the_log_and_the_reason(folder: Path) -> None:
    """A server that does not start: the log file, its last FATAL line, and nothing lost."""
    home = folder / "home"
    server.up(home)
    keep(home)
    server.down(home)
    configuration = place(home).data / "postgresql.conf"
    good = configuration.read_text()
    configuration.write_text(f"{good}shared_buffers = nonsense\n")
    with pytest.raises(ServerError) as raised:
        server.up(home)
    assert "FATAL:" in str(raised.value)
    assert str(place(home).log) in str(raised.value)
    assert "journey up" in str(raised.value)
    configuration.write_text(good)
    server.up(home)
    assert kept(home)


def test_data_of_another_major_version_is_not_touched(folder: Path) -> None:
    """Both versions are named, and the data folder stays as it is."""
    home = folder / "home"
    server.up(home)
    server.down(home)
    version = place(home).data / "PG_VERSION"
    ours = version.read_text()
    version.write_text("14\n")
    before = {path: path.stat().st_mtime_ns for path in place(home).data.rglob("*")}
    with pytest.raises(ServerError, match=f"PostgreSQL 14, installed is {ours.strip()}"):
        server.up(home)
    assert {path: path.stat().st_mtime_ns for path in place(home).data.rglob("*")} == before
    version.write_text(ours)


def test_missing_programs_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the wheel the message says what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ServerError, match="install it with"):
        server.up(folder / "home")


def test_a_folder_that_cannot_be_used_is_named(folder: Path) -> None:
    """A JOURNEY_HOME that is a file is an error of ours, not a traceback."""
    (folder / "file").write_text("")
    with pytest.raises(ServerError, match="set JOURNEY_HOME"):
        server.up(folder / "file")


def test_a_path_that_a_shell_would_change_is_refused(folder: Path) -> None:
    """pg_ctl puts its paths into a shell command: no `$(…)` of ours may get there."""
    with pytest.raises(ServerError, match="dollar"):
        server.up(folder / "$(touch pwned)" / "home")
