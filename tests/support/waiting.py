"""Waiting for states, never for a number of seconds: a slow machine fails no test."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import AnyStr, TypeVar

# Seconds, of the order of the whole suite's. Nothing that works takes so long on any machine;
# the limit only ends a test that would wait for ever.
LIMIT = 1800.0

T = TypeVar("T")


def waited_for(condition: Callable[[], T], pause: float = 0.05) -> T:
    """The first true value that `condition` gives."""
    end = time.monotonic() + LIMIT
    while not (found := condition()):
        assert time.monotonic() < end, f"not seen within {LIMIT:.0f} s"
        time.sleep(pause)
    return found


def ended(process: subprocess.Popen[AnyStr]) -> tuple[AnyStr, AnyStr]:
    """What a process has said on stdout and stderr once it ended by itself."""
    try:
        return process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
