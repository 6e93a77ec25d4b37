"""What all benchmarks share: their options, a place that goes with them, the record."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from wellness_journey.database import server, settings
from wellness_journey.database.settings import Target

HERE = Path(__file__).resolve().parent
MIGRATIONS = HERE.parent / "migrations"
TABLES = (
    "log_sessions",
    "log_integration_sessions",
    "log_behavioral_changes",
    "log_pulse_checks",
)


def option(name: str, default: int) -> int:
    """A number that the caller may set, as in `make bench SESSIONS=20000`."""
    return int(os.environ.get(name) or default)


def benchmark(
    name: str, measure: Callable[[Path], dict[str, Any]], told: Callable[[dict[str, Any]], str]
) -> int:
    """Measure in a place of its own, print the section, and record it with RECORD=1; exit code.

    `measure` gets the folder `home` of an embedded server that is to be started there. It returns
    what results.json keeps, of which `told` makes the section of RESULTS.md.
    """
    with place() as home:
        result = measure(home)
    text = told(result)
    print(text)
    if os.environ.get("RECORD"):
        _record(name, result, text)
    return 0


@contextmanager
def place() -> Iterator[Path]:
    """A folder for an embedded server and other files: all go when this process has ended.

    A process beside this one removes them, for a benchmark that is killed can remove nothing.
    """
    folder = Path(tempfile.mkdtemp(prefix="journey-bench-"))
    # Servers run as other users; what they need to enter is theirs.
    folder.chmod(0o711)
    # The pipe to it closes when we end, in whatever way.
    keeper = subprocess.Popen(
        [sys.executable, __file__, str(folder)], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        yield folder / "home"
    finally:
        assert keeper.stdin  # noqa: S101 - asked for above
        keeper.stdin.close()
        keeper.wait()


def counting_server(home: Path) -> Target:
    """An embedded server with pg_stat_statements; with the disk's caution, as in a clinic."""
    target = server.up(home)
    with settings.connect(target, autocommit=True) as connection:
        connection.execute("alter system set shared_preload_libraries = 'pg_stat_statements'")
        connection.execute("alter system set max_wal_size = '8GB'")
    server.down(home)
    target = server.up(home)
    with settings.connect(target, autocommit=True) as connection:
        connection.execute("create extension pg_stat_statements")
    return target


def machine_of(target: Target) -> dict[str, Any]:
    """Cores, memory and PostgreSQL's version; nothing that says which machine it is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    with settings.connect(target) as connection:
        row = connection.execute("show server_version").fetchone()
    version = re.match(r"[\d.]+", row[0] if row else "")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory),
        "postgresql": version[0] if version else "unknown",
    }


def say(words: str) -> None:
    """How far it is, on stderr: the section goes to stdout."""
    print(words, file=sys.stderr, flush=True)


def _record(name: str, result: dict[str, Any], text: str) -> None:
    """Put the figures beside those of other benchmarks."""
    figures = HERE / "results.json"
    all_of = json.loads(figures.read_text(encoding="utf-8")) if figures.exists() else {}
    all_of[name] = result
    figures.write_text(json.dumps(all_of, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    page = HERE / "RESULTS.md"
    old = page.read_text(encoding="utf-8") if page.exists() else "# Results\n"
    others = re.split(r"^(?=## )", old, flags=re.M)
    heading = text.splitlines()[0]
    kept = [part.strip("\n") for part in others if not part.startswith(heading)]
    page.write_text("\n\n".join([*kept, text]), encoding="utf-8")


def _remove(folder: Path) -> None:
    """Wait for the benchmark's end, then end its servers and delete all of `folder`."""
    sys.stdin.buffer.read()
    for file in folder.glob("*/data/postmaster.pid"):
        with suppress(ProcessLookupError):
            os.kill(int(file.read_text().split()[0]), signal.SIGQUIT)
    server.remove(folder / "home")
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _remove(Path(sys.argv[1]))
