"""Disks that are full or read-only, where this user may mount one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def system(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """A program of the system, found where it is."""
    program = shutil.which(str(words[0]))
    assert program, words[0]
    return subprocess.run([program, *words[1:]], capture_output=True, text=True, check=False)


def can_mount() -> str:
    """Why no disk can be made here; nothing if it can."""
    if os.geteuid() != 0:
        return "only root may mount a tmpfs"
    with tempfile.TemporaryDirectory() as folder:
        done = system("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder)
        if done.returncode:
            return f"no tmpfs can be mounted: {done.stderr.strip()}"
        system("umount", folder)
    return ""


def needs_mount() -> None:
    """Skip, and say so, where no disk can be made."""
    if why := can_mount():
        pytest.skip(f"NO FULL OR READ-ONLY DISK: {why}")


@contextmanager
def disk(folder: Path, size: str = "1m") -> Iterator[Path]:
    """A small disk of its own at `folder`, with what was in it."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as aside:
        shutil.copytree(folder, aside, dirs_exist_ok=True, symlinks=True)
        mounted = system("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder)
        assert mounted.returncode == 0, mounted.stderr
        try:
            shutil.copytree(aside, folder, dirs_exist_ok=True, symlinks=True)
            yield folder
        finally:
            system("umount", "--lazy", folder)


def fill(folder: Path) -> None:
    """Leave no byte of room on the disk of `folder`."""
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return


def make_read_only(folder: Path) -> None:
    done = system("mount", "-o", "remount,ro", folder)
    assert done.returncode == 0, done.stderr
