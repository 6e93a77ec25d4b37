"""A throwaway server of the distribution's PostgreSQL: the oldest that is installed and supported.

On Debian 12 that is 15, the oldest supported at all.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wellness_journey.database.settings import Target

OLDEST = 15
_installed = [
    int(folder.parent.name)
    for folder in Path("/usr/lib/postgresql").glob("*/bin")
    if folder.parent.name.isdigit() and (folder / "initdb").exists()
]
VERSION = min((version for version in _installed if version >= OLDEST), default=OLDEST)
PROGRAMS = Path(f"/usr/lib/postgresql/{VERSION}/bin")
EXTENSIONS = Path(f"/usr/share/postgresql/{VERSION}/extension")


@contextmanager
def running(parent: Path | None = None, **settings: object) -> Iterator[Target]:
    """On a private socket, as an unprivileged user, with `settings`; gone at the end.

    Its folder is made in `parent`, which that user must be able to enter.
    """
    folder = Path(tempfile.mkdtemp(prefix="journey-pg15-", dir=parent))
    as_user: dict[str, object] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(PROGRAMS / program), *arguments],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            **as_user,
        )

    data = str(folder / "data")
    run(
        "initdb",
        "--pgdata",
        data,
        "--auth",
        "trust",
        "--username",
        "owner",
        "--encoding",
        "UTF8",
        "--locale",
        "C.UTF-8",
    )
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    options += "".join(f" -c {name}={value}" for name, value in settings.items())
    run(
        "pg_ctl",
        "start",
        "--wait",
        "--pgdata",
        data,
        "--options",
        options,
        "--log",
        str(folder / "log"),
    )
    try:
        yield Target(str(folder), 5432, "owner", "postgres")
    finally:
        run("pg_ctl", "stop", "--mode", "immediate", "--pgdata", data)
        shutil.rmtree(folder)
