"""The processes of the embedded PostgreSQL: started, asked, waited for and stopped."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from wellness_journey import files
from wellness_journey.database.data import (
    CONFIGURATION,
    SETTINGS,
    initialise,
    refuse_other_data,
)
from wellness_journey.database.place import SOCKET, Place, give, installed, programs_of, reason
from wellness_journey.database.settings import EMBEDDED_DATABASE, EMBEDDED_PORT, EMBEDDED_USER
from wellness_journey.errors import ServerError

# A slow machine or a long recovery is no failure: one that fails ends, and is not waited for.
START_SECONDS = 600
# A fast stop can hang; then the server is stopped at once, which the next start recovers.
STOP_SECONDS = 60


def start(place: Place) -> None:
    """Start the server that does not answer, or wait for it if it is about to."""
    programs = programs_of(place)
    for path in (place.folder, programs):
        if re.search(r'["$`\\\n]', str(path)):  # pg_ctl hands them to a shell, in double quotes
            raise ServerError(
                f"PostgreSQL's programs cannot work in {path}, for its quote, dollar, backslash "
                "or line end: move the checkout, or set JOURNEY_HOME to another folder"
            )
    if not place.data.exists():
        initialise(place, programs)
    refuse_other_data(place, programs)
    deadline = time.monotonic() + START_SECONDS
    if settled(place, programs, deadline):
        return
    leftover = place.data / "postmaster.pid"
    if leftover.exists():
        print("the embedded database was not stopped cleanly: recovering ...", file=sys.stderr)
    _make_socket_folder(place)
    # Both name a dead server by a number that another process may have by now, and PostgreSQL
    # would take that for the server. Backends that outlived theirs it finds by other means.
    leftover.unlink(missing_ok=True)
    clear_socket_folder(place)
    sockets = f"unix_socket_directories = '{place.socket_folder}'\n"
    owner = (place.uid, place.gid)
    files.write(place.data / CONFIGURATION, SETTINGS + sockets, private=True, owner=owner)
    if not place.log.exists():
        files.write(place.log, "", private=True, owner=owner)
    order = ("start", "-s", "-w", "-t", str(START_SECONDS), "-D", place.data, "-l", place.log)
    while True:
        logged = place.log.stat().st_size
        if place.run(programs / "pg_ctl", *order, quiet=True).returncode == 0:
            return
        if postmaster(place.data):
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


def settled(place: Place, programs: Path, deadline: float) -> bool:
    """Wait for a server that is alive but silent: True if it answers, False once it is gone."""
    told = False
    while postmaster(place.data):
        if databases(place) is not None:
            return True
        if time.monotonic() > deadline:
            raise _slow(place)
        if not (place.socket_folder / SOCKET).exists():
            stop(place, programs)  # its socket was deleted; only a new start makes another
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


def stop(place: Place, programs: Path) -> None:
    """End the server: cleanly, or where that hangs at once, which the next start recovers."""
    for mode, seconds in (("fast", STOP_SECONDS), ("immediate", START_SECONDS)):
        order = ("stop", "-s", "-w", "-t", str(seconds), "-m", mode, "-D", place.data)
        stopped = place.run(programs / "pg_ctl", *order, quiet=True).returncode == 0
        if stopped or not postmaster(place.data):
            return
        print(f"no end within {seconds} s of a stop ({mode})", file=sys.stderr)
    raise ServerError(
        f"the embedded PostgreSQL of {place.data} does not stop: see {place.log}, and whether "
        f"process {postmaster(place.data)} is suspended, then run `journey down` again"
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


def clear_socket_folder(place: Place) -> None:
    """Take away what a server leaves in its folder of sockets."""
    for name in (SOCKET, f"{SOCKET}.lock"):
        (place.socket_folder / name).unlink(missing_ok=True)


def postmaster(data: Path) -> int | None:
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


def databases(place: Place) -> str | None:
    """How many databases have our name, "0" or "1"; None if no server answers."""
    if not place.has_private_socket_folder():
        return None
    ours = f"datname = '{EMBEDDED_DATABASE}'"
    return psql(place, f"select count(*) from pg_database where {ours}")  # noqa: S608 - constant


def psql(place: Place, statement: str) -> str | None:
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
