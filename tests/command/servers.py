"""Embedded servers in throwaway folders."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from waiting import waited_for
from wellness_journey.database import processes, server, settings
from wellness_journey.database.place import Place

ROOT = os.geteuid() == 0

TMP = Path("/tmp")  # noqa: S108 - not TMPDIR: paths must be short, and reachable for all

UP = (
    "import sys; from pathlib import Path; from wellness_journey.database import server; "
    "server.up(Path(sys.argv[1]))"
)


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


def start_up(home: Path, **options: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", UP, str(home)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, **options)
