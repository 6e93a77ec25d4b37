"""The place of a benchmark goes with it, however it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from checkout import ROOT
from waiting import waited_for

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import runner
from wellness_journey.database import server
with runner.place() as home:
    target = server.up(home)
    pid = server.found_place(home).data / "postmaster.pid"
    print(home.parent, pid, pid.read_text().split()[0], flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("how", ["killed", "ended"])
def test_nothing_is_left_of_a_benchmark(how: str) -> None:
    """Neither its folder, nor its server, nor the server's data, which may lie elsewhere."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(ROOT / "benchmarks")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    folder, pid_file, pid = process.stdout.readline().split()
    assert Path(folder).is_dir()
    assert Path("/proc", pid).is_dir()
    if how == "killed":
        process.send_signal(signal.SIGKILL)
        process.stdin.close()
    else:
        process.stdin.write("\n")
        process.stdin.close()
    process.wait()
    waited_for(
        lambda: (
            not any(Path(one).exists() for one in (folder, Path(pid_file).parent, f"/proc/{pid}"))
        )
    )
    process.stdout.close()
