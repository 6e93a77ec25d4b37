"""Waiting for a state, without a guess how fast the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable

# Of the order of the whole suite: only a state that never comes takes as long.
LIMIT_SECONDS = 1800


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.1)
