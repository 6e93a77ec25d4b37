"""Of journeys that are over, no small number of leavers follows from what is published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from deductions import MIN_CELL, Attacker, Choice, Shown
from nightly import examples
from played_clinic import OF_THE_CHECKS, Clinic
from populations import Patient, Population

GROUP = "played clinic"

WEEKS = 26
LATE = range(22, WEEKS)
# Answers on all days of the weeks; sizes around the threshold.
FIRST, LAST, BETWEEN = range(1, 5), LATE, range(5, 22)


def patients(size: int, *weeks: range | int) -> Population:
    """So many who answer every day of these weeks, and have come to day 180."""
    chosen = [week for one in weeks for week in ([one] if isinstance(one, int) else one)]
    days = [day for week in chosen for day in range(7 * week, min(7 * week + 7, 181))]
    return (Patient(180, dict.fromkeys(days, 4)),) * size


@st.composite
def populations(draw: Any) -> Population:
    """A few groups who all do the same, in stretches of weeks."""
    found: Population = ()
    week = st.sampled_from([0, 1, 2, 4, 5, 10, 20, 21, 22, 24, 25])
    for _ in range(draw(st.integers(2, 5))):
        size = draw(st.integers(1, 24) | st.sampled_from([10, 11, 12]))
        ends = draw(st.lists(st.tuples(week, week), max_size=2))
        found += patients(size, *(range(first, last + 1) for first, last in ends))
    return found


def counts(population: Population) -> Counter[str]:
    """By name: n3 answer in week 3, same7 in weeks 1 to 4, too; still9 in week 9 or later."""
    found = Counter[str]()
    for one in population:
        weeks = {day // 7 for day in one.answers if day > 0}
        early, last = not weeks.isdisjoint(FIRST), max(weeks, default=-1)
        found.update(f"n{week}" for week in {day // 7 for day in one.answers})
        found.update(f"same{week}" for week in weeks if early and week > 4)
        found.update(f"still{week}" for week in range(last + 1))
        found.update({"early": early, "stayers": early and last >= LATE[0]})
        found.update({"leavers": early and last < LATE[0]})
    return found


def seen(clinic: Clinic) -> Shown:
    """What the weekly tables and that of leavers show of mood."""
    shown: dict[str, int | None] = {}
    for name, query in {
        "n": "week_post_session, patients from published.rpt_pulse_trends_by_week "
        "where metric = 'mood'",
        "same": "week_post_session, patients from published.rpt_pulse_changes_by_week "
        "where metric = 'mood'",
        "still": "week_post_session, still_answering from published.rpt_pulse_attrition_by_week",
    }.items():
        shown.update((f"{name}{week}", number) for week, number in clinic.rows(f"select {query}"))
    ((shown["leavers"], shown["stayers"]),) = clinic.rows(
        "select leavers, stayers from published.rpt_first_month_by_leaving where metric = 'mood'"
    )
    return shown


@dataclass
class OfWeeks(Attacker):
    """Who knows that all have come to day 180, and how many they are."""

    everybody: int = 0

    @cached_property
    def choices(self) -> list[Choice]:
        return [*self._relations(), *self._withheld()]

    def _relations(self) -> Iterator[Choice]:
        def at_most(left: Mapping[str, int], number: int = 0) -> Choice:
            return [[(left, number)]]

        yield at_most({"leavers": 1, "stayers": 1, "early": -1})
        yield at_most({"leavers": -1, "stayers": -1, "early": 1})
        yield at_most({"early": 1}, self.everybody)
        yield at_most({"early": 1} | {f"n{week}": -1 for week in FIRST})
        yield at_most({"stayers": 1, "still22": -1})
        # Who answers late and did not in weeks 1 to 4 is no stayer.
        yield at_most({"still22": 1, "stayers": -1, "early": 1}, self.everybody)
        yield at_most({"stayers": 1} | {f"same{week}": -1 for week in LATE})
        for week in range(WEEKS):
            answering = {f"n{later}": -1 for later in range(week, WEEKS)}
            yield at_most({f"still{week}": 1} | answering)
            yield at_most({f"still{week}": 1}, self.everybody)
            for later in range(max(week, 1), WEEKS):
                yield at_most({f"n{later}": 1, f"still{week}": -1})
            if week > 0:
                yield at_most({f"still{week}": 1, f"still{week - 1}": -1})
            if week in FIRST:
                yield at_most({f"n{week}": 1, "early": -1})
            if week > 4:
                same = f"same{week}"
                yield at_most({same: 1, f"n{week}": -1})
                yield at_most({same: 1, "early": -1})
                yield at_most({f"n{week}": 1, "early": 1, same: -1}, self.everybody)
                if week in LATE:
                    yield at_most({same: 1, "stayers": -1})

    def _withheld(self) -> Iterator[Choice]:
        if self.shown["leavers"] is None:
            yield [[({"leavers": 1}, MIN_CELL)], [({"stayers": 1}, MIN_CELL)]]
        later = None
        for week in reversed(range(WEEKS)):
            still = f"still{week}"
            if self.shown[f"n{week}"] is None:
                yield [[({f"n{week}": 1}, MIN_CELL)]]
            if self.shown[still] is None:
                left = [[({still: 1, later: -1}, MIN_CELL)]] if later else []
                gone = ({still: -1}, MIN_CELL - self.everybody)
                yield [[({still: 1}, MIN_CELL)], [gone], *left]
            else:
                later = still


def test_the_beliefs_about_weeks_are_true(clinic: Clinic) -> None:
    """Whoever they are of: the counts of a population break none."""
    population = patients(20, range(26)) + patients(13, FIRST) + patients(5, 7, 25)
    clinic.hold(population, OF_THE_CHECKS)
    shown = seen(clinic)
    attacker = OfWeeks(shown, WEEKS, everybody=len(population))
    assert attacker.mistakes(counts(population)) == []
    assert (shown["leavers"], shown["stayers"]) == (13, 20)


@example(patients(20, range(26)) + patients(10, FIRST))
@example(patients(20, range(26)) + patients(11, FIRST) + patients(1, LAST))
@example(patients(20, range(26)) + patients(12, FIRST) + patients(10, FIRST, BETWEEN))
@example(patients(10, range(26)) + patients(20, FIRST) + patients(12, LAST))
@examples
@given(populations())
def test_no_small_number_of_leavers_can_be_computed(clinic: Clinic, population: Population) -> None:
    """Neither those who left and stayed, nor how many left between two weeks that are shown."""
    clinic.hold(population, OF_THE_CHECKS)
    shown, truth = seen(clinic), counts(population)
    attacker = OfWeeks(shown, WEEKS, everybody=len(population))
    assert attacker.mistakes(truth) == []
    known = [week for week in range(WEEKS) if shown[f"still{week}"] is not None]
    groups = [{"leavers": 1}, {"stayers": 1}]
    groups += [{f"still{week}": 1} for week in known]
    groups += [{f"still{a}": 1, f"still{b}": -1} for a, b in pairwise(known)]
    for group in groups:
        size = sum(weight * truth[name] for name, weight in group.items())
        if size in range(1, 11):
            least, most = attacker.limits(group)
            assert least < most, f"{group}: {size}"
