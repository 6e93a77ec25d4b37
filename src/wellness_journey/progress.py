"""What a command says on stderr while it works: each step when it is done, and how far it is."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

# Seconds between two signs of life in a log.
_EVERY = 60.0


class Console:
    """Lines that stay, and one that moves: rewritten on a terminal, once a minute elsewhere."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._moving = False
        self._last = clock()

    def say(self, line: str) -> None:
        """A line that stays."""
        self._write(f"{line}\n")
        self._moving = False

    def progress(self, line: str) -> None:
        """How far it is by now."""
        if sys.stderr.isatty():
            self._write(line)
            self._moving = True
        elif self._clock() - self._last >= _EVERY:
            self.say(line)

    def clear(self) -> None:
        """Take the moving line away: what follows goes to stdout."""
        self._write("")
        self._moving = False

    def step(self, name: str) -> Callable[[str], None]:
        """Begin a step: what is returned says what it did and the seconds that it took."""
        begun = self._clock()
        return lambda did: self.say(f"{name:<8} {did}, {self._clock() - begun:.1f} s")

    def _write(self, text: str) -> None:
        rewind = "\r\x1b[2K" if self._moving else ""
        try:
            print(rewind + text, end="", file=sys.stderr, flush=True)
        except OSError:
            # A log that takes no more is no reason to stop the work.
            abandon(sys.stderr)
        self._last = self._clock()


def abandon(stream: TextIO) -> None:
    """Send nowhere what a stream still holds: the interpreter would fail with it as it ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Estimate:
    """How much of `total` is done, and how much longer it takes at the pace so far."""

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._clock, self._begun = total, clock, clock()

    def __call__(self, done: int) -> str:
        """`12 %, about 3 min left`; without an estimate before there is a pace."""
        share = f"{100 * done // max(self._total, 1)} %"
        spent = self._clock() - self._begun
        if not done or spent < 1:
            return share
        left = spent * (self._total - done) / done
        if left < 60:
            return f"{share}, about {left:.0f} s left"
        minutes = round(left / 60)
        if minutes < 60:
            return f"{share}, about {minutes} min left"
        return f"{share}, about {minutes // 60} h {minutes % 60} min left"
