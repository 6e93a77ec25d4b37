"""A database on a disk of its own that is too small, where this user may mount one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from crash_processes import Ended
from crash_scene import Scene
from disks import system
from wellness_journey.database import settings

_SPACIOUS = 512 * 1024
_TABLESPACE = "small"


@contextmanager
def _disk(here: Scene) -> Iterator[Path]:
    """A tmpfs with a tablespace in it, for the working database."""
    folder = here.data.parent / "small"
    folder.mkdir()
    admin = replace(here.work, database="postgres")
    try:
        size = f"size={_SPACIOUS}k,mode=0700"
        assert system("mount", "-t", "tmpfs", "-o", size, "tmpfs", folder).returncode == 0
        try:
            owner = here.data.stat()
            os.chown(folder, owner.st_uid, owner.st_gid)
            with settings.connect(admin, autocommit=True) as connection:
                connection.execute(f"create tablespace {_TABLESPACE} location '{folder}'".encode())
            yield folder
        finally:
            with settings.connect(admin, autocommit=True) as connection:
                drop = f"drop database if exists {here.work.database} with (force)"
                connection.execute(drop.encode())
                connection.execute(f"drop tablespace if exists {_TABLESPACE}".encode())
            system("umount", folder)
    finally:
        folder.rmdir()


def _used(folder: Path) -> int:
    """In kilobytes."""
    disk = os.statvfs(folder)
    return (disk.f_blocks - disk.f_bfree) * disk.f_frsize // 1024


def _resize(folder: Path, kilobytes: int) -> None:
    size = f"remount,size={kilobytes}k"
    assert system("mount", "-o", size, folder).returncode == 0


@contextmanager
def disk_full(here: Scene, share: float, words: Sequence[str]) -> Iterator[Ended]:
    """A run on a disk that has room for that share of what it writes; it has ended, and there is
    room again."""
    with _disk(here) as folder:
        where = f"tablespace {_TABLESPACE}"
        key = ("disk", *words)
        here.fresh("before", where)
        if key not in here.known:
            before = _used(folder)
            here.start(*words).end()
            here.known[key] = _used(folder) - before
            here.fresh("before", where)
        while True:
            _resize(folder, _used(folder) + int(share * here.known[key]))
            ended = here.start(*words).end()
            if ended.code == 2:
                break
            # What went to the disk the last time need not go there now.
            share /= 2
            _resize(folder, _SPACIOUS)
            here.fresh("before", where)
        _resize(folder, _SPACIOUS)
        yield ended
