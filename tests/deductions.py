"""What follows about a week's counts from what is shown of it: intervals of whole numbers.

The attacker's side of `test_reconstruction`. Every inequality is one that the definitions give when
all patients have one session and answer whole checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

MIN_CELL = 11
MOST = 1000

Bounds = dict[str, tuple[int, int]]
# The sum of coefficient times value is at most the number.
Inequality = tuple[Mapping[str, int], int]


@dataclass(frozen=True)
class Week:
    """What is shown of one week after the session; None is withheld."""

    week: int
    is_due: bool
    patients: int | None
    expected: int | None
    observed: int | None
    missed: int | None
    answering: int | None
    by_day: Mapping[int, int | None]

    def withheld(self) -> list[str]:
        """The names of the counts that must not come out."""
        names = [f"x{day}" for day, count in self.by_day.items() if count is None]
        if self.answering is None:
            names.append("n")
        # Where each patient has one due day, it is missed by whom the week's figures lack.
        if self.missed is None and self.expected != self.patients:
            names.append("missed")
        return names


def deduce(week: Week, following: Week, least_shown: int = MIN_CELL + 1) -> Bounds:
    """Return the least and the greatest value that each count of the week can have.

    The days are known to be shown from `least_shown` patients on the least of them.
    """
    start = _start(week)
    rules = [*_definitions(week, following), *_of_the_share(week)]
    cases = (
        _reasons(week, least_shown)
        if None in week.by_day.values() and _is_share_shown(week)
        else [[]]
    )
    found: Bounds = {}
    for case in cases:
        bounds = _tightened(start, [*rules, *case])
        if bounds is None:
            continue
        for name, (low, high) in bounds.items():
            before = found.get(name, (low, high))
            found[name] = min(low, before[0]), max(high, before[1])
    assert found, "no case is possible"
    return found


def _start(week: Week) -> Bounds:
    def known(value: int | None, low: int = 0, high: int = MOST) -> tuple[int, int]:
        return (low, high) if value is None else (value, value)

    least = 1 if week.is_due else 0
    bounds = {f"x{day}": known(count) for day, count in week.by_day.items()}
    bounds |= {f"r{day}": (0, MOST) for day in week.by_day}
    bounds["patients"] = known(week.patients, least, MIN_CELL - 1)
    bounds["expected"] = known(week.expected, least)
    bounds["observed"], bounds["missed"] = known(week.observed), known(week.missed)
    bounds["n"] = known(week.answering, 0, MIN_CELL - 1)
    return bounds


def _equal(left: Mapping[str, int], number: int = 0) -> list[Inequality]:
    return [(left, number), ({name: -weight for name, weight in left.items()}, -number)]


def _definitions(week: Week, following: Week) -> Iterator[Inequality]:
    days = list(week.by_day)
    due = [day for day in days if day > 0]
    yield from _equal({"patients": -1, f"r{due[0]}": 1})
    yield from _equal({"expected": -1} | {f"r{day}": 1 for day in due})
    yield from _equal({"observed": -1} | {f"x{day}": 1 for day in due})
    yield from _equal({"expected": -1, "observed": 1, "missed": 1})
    for earlier, later in pairwise(days):
        yield {f"r{later}": 1, f"r{earlier}": -1}, 0
    if following.patients is not None:
        yield {f"r{days[-1]}": -1}, -following.patients
    elif following.is_due:
        yield {f"r{days[-1]}": -1}, -1
    yield {"n": 1} | {f"x{day}": -1 for day in days}, 0
    for day in days:
        yield {f"x{day}": 1, f"r{day}": -1}, 0
        yield {f"x{day}": 1, "n": -1}, 0


def _of_the_share(week: Week) -> Iterator[Inequality]:
    """At least 11 answer in part of their days, or at most 10 do: the others all or nothing."""
    days = [day for day in week.by_day if day > 0]
    if _is_share_shown(week):
        yield {"n": -1}, -MIN_CELL
        yield {"missed": -1}, -MIN_CELL
    elif week.is_due and week.week > 0:
        for day in days:
            silent = {"patients": -1, "n": 1}
            yield {f"r{day}": 1, f"x{day}": -1} | silent, MIN_CELL - 1


def _is_share_shown(week: Week) -> bool:
    return week.is_due and week.observed is not None


def _reasons(week: Week, least_shown: int) -> list[list[Inequality]]:
    """The days that may be the reason why the days of a week are withheld beside their share."""
    return [[({f"x{day}": 1}, least_shown - 1), ({f"r{day}": -1}, -1)] for day in week.by_day]


def _tightened(start: Bounds, rules: list[Inequality]) -> Bounds | None:
    """Return the bounds at rest, or None when some value is left without any."""
    bounds = dict(start)
    is_moving = True
    while is_moving:
        is_moving = False
        for weights, number in rules:
            least = {
                name: weight * bounds[name][0 if weight > 0 else 1]
                for name, weight in weights.items()
            }
            room = number - sum(least.values())
            for name, weight in weights.items():
                low, high = bounds[name]
                limit = (room + least[name]) // abs(weight)
                new = (low, min(high, limit)) if weight > 0 else (max(low, -limit), high)
                if new[0] > new[1]:
                    return None
                if new != (low, high):
                    bounds[name], is_moving = new, True
    return bounds
