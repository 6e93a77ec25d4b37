"""Processes that are measured: seconds and memory of one, memory of a whole server."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from wellness_journey.database import settings
from wellness_journey.database.settings import Target

_EVERY_SECONDS = 0.25
# Linux counts what the parent holds as memory of its child, so a small process starts the command.
_LAUNCHER = """
import os, subprocess, sys
_, status, usage = os.wait4(subprocess.Popen(sys.argv[2:]).pid, 0)
os.write(int(sys.argv[1]), str(usage.ru_maxrss).encode())
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True)
class Process:
    """From start to end; the most memory that it held resident."""

    seconds: float
    peak_mb: float


def run(
    command: Sequence[str], folder: Path, environ: Mapping[str, str], codes: Sequence[int] = (0,)
) -> Process:
    """Run `command` in `folder`.

    Raises:
        SystemExit: it ended with another code than `codes`; with what it said.
    """
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as peak:
        started = time.perf_counter()
        process = subprocess.run(
            [sys.executable, "-S", "-c", _LAUNCHER, str(peak.fileno()), *command],
            cwd=folder,
            env=environ,
            stdout=said,
            stderr=subprocess.STDOUT,
            pass_fds=[peak.fileno()],
            check=False,
        )
        seconds = time.perf_counter() - started
        if process.returncode not in codes:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)} left with {process.returncode}\n{said.read()}")
        peak.seek(0)
        return Process(seconds, int(peak.read()) / 1024)


class ServerMemory:
    """The most that the processes of a server held at a time, what they share counted once."""

    def __init__(self, target: Target):
        with settings.connect(target) as connection:
            row = connection.execute("show data_directory").fetchone()
        pid_file = Path(row[0] if row else "") / "postmaster.pid"
        self.postmaster = int(pid_file.read_text().split()[0])
        self.peak_mb = 0
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> ServerMemory:
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._done.wait(_EVERY_SECONDS):
            processes = [self.postmaster, *_children(self.postmaster)]
            self.peak_mb = max(self.peak_mb, round(sum(map(_proportional_kb, processes)) / 1024))


def _children(number: int) -> list[int]:
    try:
        return [
            int(child)
            for child in Path(f"/proc/{number}/task/{number}/children").read_text().split()
        ]
    except OSError:
        return []


def _proportional_kb(number: int) -> int:
    """A page that n processes share counts an n-th in each."""
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended meanwhile
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
