"""Ctrl-C and SIGTERM, which neither dbt nor the interpreter may lose."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from wellness_journey.errors import Interrupted

_seen: list[int] = []


def watch() -> None:
    """From here on Ctrl-C and SIGTERM, which a scheduler sends, are remembered and raise
    `Interrupted`; unless whoever started us has them ignored."""
    for number, default in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGTERM, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is default:
            signal.signal(number, _interrupt)
            sys.unraisablehook = _lost


def exit_code() -> int:
    """As a shell has it of a process that a signal ended: 130 or 143."""
    return 128 + (_seen[0] if _seen else signal.SIGINT)


def go_on() -> None:
    """Go on, if nobody has interrupted.

    Raises:
        Interrupted: somebody has, even if what that raised was lost.
    """
    if _seen:
        raise Interrupted


@contextmanager
def remembered() -> Iterator[None]:
    """dbt makes an interrupt a result among others: it is raised again when dbt is done."""
    try:
        yield
    finally:
        go_on()


def _interrupt(number: int, frame: FrameType | None) -> None:
    _seen.append(number)
    raise Interrupted


def _lost(what: sys.UnraisableHookArgs) -> None:
    """What is raised in a callback of the interpreter, as imports have them, is lost and told; an
    interrupt is remembered, and needs no telling."""
    if what.exc_type is not Interrupted:
        sys.__unraisablehook__(what)
