"""Commands that go on until they end or are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import ClassVar

from checkout import Checkout
from waiting import LIMIT


class UnexpectedError(Exception):
    """What was to be disturbed does not work undisturbed."""


@dataclass(frozen=True)
class Ended:
    """A command that ended by itself, or was ended."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def last_words(self) -> str:
        said = [line for line in (self.err + self.out).splitlines() if line.strip()]
        return said[-1] if said else "nothing"

    def not_well(self, good: int) -> list[str]:
        """In what it is not as if nobody had disturbed it."""
        if self.code == good:
            return []
        return [f"exit code {self.code}, not {good}: {self.last_words}"]


class Running:
    """A command that goes on, in a process group of its own."""

    _numbers = count(1)
    # Ours to end, whatever happens to us.
    unended: ClassVar[set[Running]] = set()

    def __init__(
        self, name: str, program: list[str], checkout: Checkout, environment: dict[str, str]
    ):
        self.name = name
        number = next(self._numbers)
        self._said = [checkout.home / f"{number}.{name}" for name in ("out", "err")]
        self.began = time.monotonic()
        with self._said[0].open("w") as out, self._said[1].open("w") as err:
            self.process = subprocess.Popen(
                program,
                cwd=checkout.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        self.unended.add(self)

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    @property
    def said(self) -> str:
        """What it has said on stderr."""
        return self._said[1].read_text(encoding="utf-8", errors="replace")

    def kill(self, *, group: bool = False) -> None:
        """`kill -9` of the process, or of all that it started too."""
        with suppress(ProcessLookupError):
            if group:
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()
        self.process.wait()

    def end(self) -> Ended:
        """Wait for it; who never ends is killed, and its code says so."""
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.kill(group=True)
        self.unended.discard(self)
        out, err = (path.read_text(encoding="utf-8", errors="replace") for path in self._said)
        for path in self._said:
            path.unlink()
        return Ended(self.process.returncode, out, err, time.monotonic() - self.began)

    def end_well(self) -> Ended:
        """Wait for it.

        Raises:
            UnexpectedError: it does not end well.
        """
        ended = self.end()
        if ended.code not in (0, 1):
            raise UnexpectedError(f"undisturbed, {self.name} ended with {ended.code}:\n{ended.err}")
        return ended
