"""The command in processes that need not import dbt and Great Expectations first.

Its imports are most of what a short command costs. Here one process has made them, of the libraries
alone, and forks for each command: in the child the command is imported and run as by `python -m`.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from select import select
from threading import Lock

COMMAND = "wellness_journey"


class Forks:
    """The process that forks. It ends with the one that started it."""

    def __init__(self) -> None:
        self.one_at_a_time = Lock()
        self.process = subprocess.Popen(
            # Without its directory, or the tests' modules would be the command's too.
            [sys.executable, "-P", __file__],
            # No language: as those have that a command is given.
            env={"PATH": os.environ["PATH"], "HOME": os.devnull},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self, arguments: Sequence[str], folder: Path, environ: Mapping[str, str], limit: float
    ) -> tuple[int, str, str]:
        """Exit code, standard output, standard error of the command with these arguments.

        Raises:
            TimeoutError: it did not end within `limit` seconds.
        """
        with self.one_at_a_time, tempfile.TemporaryDirectory() as said:
            umask = os.umask(0)
            os.umask(umask)
            order = {
                "arguments": [*arguments],
                "folder": str(folder),
                "environ": dict(environ),
                "umask": umask,
                "said": [str(Path(said, name)) for name in ("out", "err")],
            }
            self._tell(order)
            pid = int(self._heard(limit))
            try:
                code = int(self._heard(limit))
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                self._heard(limit)
                raise
            out, err = (Path(path).read_text(encoding="utf-8") for path in order["said"])
            return code, out, err

    def _tell(self, order: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def _heard(self, limit: float) -> str:
        stdout = self.process.stdout
        assert stdout
        if not select([stdout], [], [], limit)[0]:
            raise TimeoutError(f"not ended within {limit:.0f} s")
        return stdout.readline()


@cache
def forks() -> Forks:
    """That of this process."""
    return Forks()


def import_libraries() -> None:
    """What a run imports, as it imports them; none of the command's own modules stays."""
    from wellness_journey.checks.suites import imports, source

    for name in ("altair", "dbt.cli.main", "dbt.adapters.postgres.connections"):
        import_module(name)
    with source.quiet(), imports.imported_when_used("scipy", "stats"):
        import_module("great_expectations")
    for name in [name for name in sys.modules if name.partition(".")[0] == COMMAND]:
        del sys.modules[name]


def serve() -> None:
    """Fork for each order on standard input; say the process and then its exit code."""
    import_libraries()
    # Else each child would go through all that was imported when it ends.
    gc.freeze()
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        order = json.loads(line)
        if not (pid := os.fork()):
            answers.close()
            become(**order)
            return
        print(pid, file=answers, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


def become(
    arguments: list[str], folder: str, environ: dict[str, str], umask: int, said: list[str]
) -> None:
    """The command, as a new process would be it."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    opened = [os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) for path in said]
    for number, file in enumerate([nothing, *opened]):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.umask(umask)
    os.environ.clear()
    os.environ.update(environ)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.path[:0] = environ["PYTHONPATH"].split(os.pathsep)
    sys.argv[1:] = arguments
    runpy.run_module(f"{COMMAND}.cli", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    serve()
