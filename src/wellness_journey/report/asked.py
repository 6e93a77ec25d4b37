"""What is asked of patients: questions and instruments, as the report names them."""

from __future__ import annotations

from functools import cache

from wellness_journey.database import settings
from wellness_journey.rules import lists
from wellness_journey.rules.instruments import Instrument

_COMPOSITE = "composite"


def are_default() -> bool:
    """Whether the questions are the work order's."""
    return _lists().questions.asked == _lists().questions.written_for


def measures() -> tuple[str, ...]:
    """The questions of a pulse check."""
    return tuple(one.name for one in _lists().questions.asked)


def metrics() -> tuple[str, ...]:
    """The composite, then what it is the mean of."""
    return (_COMPOSITE, *measures())


def number_in_composite() -> str:
    """How many questions the composite is the mean of, in words."""
    number = sum(one.is_in_composite for one in _lists().questions.asked)
    return ("one", "two", "three", "four", "five", "six", "seven")[number - 1]


def label(metric: str) -> str:
    """What a reader calls a metric."""
    labels = {one.name: one.label for one in _lists().questions.asked}
    return labels.get(metric, metric.capitalize())


def instruments() -> tuple[Instrument, ...]:
    """The instruments, in the order of their rows in ref_instruments."""
    return tuple(sorted(_lists().instruments.known, key=lambda one: one.place))


def instrument_names() -> list[str]:
    """Their names, in the same order."""
    return [one.name for one in instruments()]


@cache
def _lists() -> lists.Lists:
    return lists.read(settings.project_root())
