"""What rpt_outcome_curves tells the attacker of `deductions`: the first step of PHQ-9 responses.

Later windows, and relapses, are those of `kinds_of_courses`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Inequality = tuple[Mapping[str, int], int]
FIRST_WINDOW = 30


def limits(count: int) -> tuple[int, int]:
    """The numbers that are shown like this one: as the nearest ten, but the fewest as 11."""
    nearest = (count + 5) // 10 * 10
    return max(nearest - 5, 11), nearest + 4


def relations_of_curves(window: int) -> Iterator[Inequality]:
    """Who is at risk, and who has the event, lie within those of rpt_assessment_outcomes."""
    if window == FIRST_WINDOW:
        at_risk, events = f"at_risk{window}", f"events{window}"
        for lesser, greater in (
            (at_risk, f"eligible{window}"),
            (events, f"responders{window}"),
            (events, at_risk),
        ):
            yield {lesser: 1, greater: -1}, 0


def relations_without_ends(window: int) -> Iterator[Inequality]:
    """Where no journey ends, they are the same people."""
    if window == FIRST_WINDOW:
        yield {f"at_risk{window}": -1, f"eligible{window}": 1}, 0
        yield {f"events{window}": -1, f"responders{window}": 1}, 0


def told_by_curves(
    shown: Mapping[str, int | None], window: int
) -> Iterator[list[list[Inequality]]]:
    """Counts are shown to the nearest ten."""
    for name in (f"at_risk{window}", f"events{window}"):
        rounded = shown.get(f"rounded_{name}")
        if rounded is not None:
            least, most = limits(rounded)
            yield [[({name: 1}, most), ({name: -1}, -least)]]


def secrets_of_curves(window: int) -> Iterator[Mapping[str, int]]:
    """The groups of a step whose size may not be known when they are small."""
    if window == FIRST_WINDOW:
        at_risk, events = f"at_risk{window}", f"events{window}"
        yield from ({events: 1}, {at_risk: 1, events: -1})
        yield from ({f"eligible{window}": 1, at_risk: -1}, {f"responders{window}": 1, events: -1})
