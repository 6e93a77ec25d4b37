"""A throwaway PgBouncer in front of a server, as a distribution configures it: it refuses whatever
startup options it does not know."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from wellness_journey.database.settings import Target

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
PORT = 6432


@contextmanager
def pooler(server: Target, mode: str, *logins: str, **options: object) -> Iterator[Target]:
    """`server` through a pooler of that `pool_mode`; `logins` may enter beside the server's own."""
    if PROGRAM is None:
        pytest.skip("NO PGBOUNCER: no pooler is tried (Debian: apt-get install pgbouncer)")
    folder = Path(tempfile.mkdtemp(prefix="journey-pooler-"))
    users = folder / "users"
    users.write_text("".join(f'"{login}" ""\n' for login in (server.user, *logins)))
    configuration = folder / "pgbouncer.ini"
    chosen = {
        "pool_mode": mode,
        "listen_port": PORT,
        "unix_socket_dir": folder,
        "auth_type": "trust",
        "auth_file": users,
        **options,
    }
    configuration.write_text(
        f"[databases]\n* = host={server.host} port={server.port}\n[pgbouncer]\n"
        + "".join(f"{name} = {value}\n" for name, value in chosen.items())
    )
    as_user: dict[str, object] = {}
    if os.geteuid() == 0:
        # It does not work as root, and the folder of the server's socket is its owner's alone.
        owner = Path(server.host).stat()
        for path in (folder, users, configuration):
            os.chown(path, owner.st_uid, owner.st_gid)
        as_user = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    log = folder / "log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [PROGRAM, str(configuration)],
            cwd=folder,
            stderr=said,
            **as_user,
        )
    try:
        while not (folder / f".s.PGSQL.{PORT}").exists():
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        yield replace(server, host=str(folder), port=PORT, embedded=False)
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)
