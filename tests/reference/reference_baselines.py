"""Whether numbers of people with a baseline are shown, in plain Python: see `reference`.

They are in each window of rpt_outcome_changes, and the two sides of rpt_baseline_by_follow_up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reference_outcome_changes import Choice, differences, groups, shown


@dataclass(frozen=True)
class Withheld:
    """In all windows, or of the follow-ups."""

    windows: bool
    follow_ups: bool


def withheld(
    name: str,
    windows: Sequence[Mapping[str, Choice]],
    sides: Sequence[int],
    are_follow_ups_safe: bool,
    min_cell: int,
) -> Withheld:
    """`sides` are those who came back and those who did not; safe is what their own sums say."""
    numbers = [sum(one.baseline is not None for one in chosen.values()) for chosen in windows]
    seen = [shown(name, groups(name, chosen), min_cell) for chosen in windows]
    are_told = any(
        number and (number < min_cell or tells_of_few(name, number, sizes, min_cell))
        for number, sizes in zip(numbers, seen, strict=True)
    )
    followed = sum(sides)
    is_safe = (
        are_follow_ups_safe
        and min(sides) >= min_cell
        and not tells_of_few(name, followed, seen[-1], min_cell)
    )
    differ_by_few = is_safe and followed - numbers[-1] in range(1, min_cell)
    return Withheld(are_told or differ_by_few, are_told or not is_safe)


def tells_of_few(name: str, number: int, seen: Mapping[str, int], min_cell: int) -> bool:
    """Whether so many with a baseline, less groups that are shown, are 1 to 10 patients."""
    sizes = dict(seen) | {"with_baseline": number}
    return any(
        sum(sign * sizes[group] for group, sign in one.items()) in range(1, min_cell)
        for one in differences(name, "with_baseline")
        if one.keys() <= sizes.keys()
    )
