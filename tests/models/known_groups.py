"""What the tables of who is still there tell the attacker of `deductions`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from known_relations import Inequality, days_of

MIN_CELL = 11


def told_of_the_scale(
    shown: Mapping[str, int | None], week: int, answer: int
) -> Iterator[list[list[Inequality]]]:
    """A share is shown to a tenth of a percent; who gave the answer did on 1 to 7 days."""
    everybody, share = shown[f"n{week}"], shown[f"share_of_{answer}_in{week}"]
    if everybody is not None and share is None:
        few = (f"gave{answer}_in{week}", f"other_than{answer}_in{week}", f"between_in{week}")
        yield [[({name: 1}, MIN_CELL)] for name in few]
    if everybody is None or share is None:
        return
    yield [[({f"between_in{week}": -1}, -MIN_CELL - 1)]]
    for name, part in (("gave", share), ("other_than", 10_000 - share)):
        group = f"{name}{answer}_in{week}"
        yield [[({group: -1}, -MIN_CELL - 1)]]
        yield [[({group: -10_000}, everybody * (5 - part))]]
        yield [[({group: 10_000}, 7 * everybody * (5 + part))]]


def told_of_attrition(
    shown: Mapping[str, int | None], weeks: int, week: int
) -> list[list[Inequality]]:
    """At most 11 still answer, or have left by then, or until the next week that is shown."""
    still = f"still{week}"
    few = [[({still: 1}, MIN_CELL)], [({f"r{days_of(week)[-1]}": 1, still: -1}, MIN_CELL)]]
    later = [k for k in range(week + 1, weeks) if shown.get(f"still{k}") is not None]
    return [*few, *([({f"left{week}_{k}": 1}, MIN_CELL)] for k in later[:1])]
