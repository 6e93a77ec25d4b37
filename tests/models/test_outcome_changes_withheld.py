"""No small group follows from the changes that are shown, beside the outcomes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

import outcome_kinds
import outcome_steps
import own_sql
import reference_baselines
import reference_follow_up
import reference_outcome_change_rows
import reference_outcome_changes
from database import Connection
from increments import run
from nightly import in_nightly, nightly
from outcome_kinds import kinds
from reference_outcome_changes import Choice
from reference_outcomes import INSTRUMENTS
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target, connect

SIZES = (
    (0, 0, 1, 3, 8, 10, 11, 12, 25, 60, 200),
    (0, 0, 0, 0, 4, 25),
    (0, 11, 12, 14, 30, 5),
    (0, 0, 0, 1, 3, 7, 12, 30),
)


@pytest.fixture(scope="module")
def steps(built: str, copy_of: Callable[[str], Target]) -> Iterator[Connection]:
    """Tables that hold one population at a time."""
    target = copy_of(built)
    names = [step.split(".")[1] for step in outcome_steps.STEPS]
    run(target, SEED_AS_OF, "--select", *names, "rpt_outcome_changes")
    with connect(target) as connection:
        yield connection
        connection.rollback()


@cache
def computable(name: str, shown: tuple[str, ...]) -> NDArray[np.float64]:
    return outcome_kinds.computable(name, dict.fromkeys(shown, 0))


def population(name: str, rng: random.Random) -> list[Choice]:
    sizes = rng.choice(SIZES)
    return [kind for kind in kinds(name) for _ in range(rng.choice(sizes))]


def by_number(people: Sequence[Choice]) -> dict[str, Choice]:
    return {str(number): choice for number, choice in enumerate(people)}


@pytest.mark.parametrize("name", list(INSTRUMENTS))
def test_no_small_group_can_be_computed_from_both_rows(name: str) -> None:
    """No sum or difference of what both tables show is the size of a group of 1 to 10 patients."""
    rng = random.Random(4)
    seen: Counter[str] = Counter()
    members = [outcome_kinds.is_in(name, kind) for kind in kinds(name)]
    for _ in range(400):
        people = population(name, rng)
        sets = reference_outcome_changes.groups(name, by_number(people))
        shown = reference_outcome_changes.shown(name, sets, 11)
        seen.update(shown)
        if shown:
            counts = Counter(outcome_kinds.is_in(name, one) for one in people)
            sizes = computable(name, tuple(sorted(shown))) @ [counts[one] for one in members]
            assert not ((sizes > 0.5) & (sizes < 10.5)).any()
    defined = {"PHQ-9": 13, "GAD-7": 13, "PSQI": 12, "WHOQOL-BREF": 3}
    assert len(seen) == defined[name]


def deciding(name: str) -> Iterator[tuple[str, list[Choice]]]:
    """For each sum and difference a population in which it alone withholds its group."""
    rng = random.Random(5)
    drawn = [population(name, rng) for _ in range(600)]
    sets = [reference_outcome_changes.groups(name, by_number(people)) for people in drawn]
    usual = [reference_outcome_changes.shown(name, one, 11) for one in sets]
    for group in ("compared", *reference_outcome_changes.NEW):
        rules = reference_outcome_changes.differences(name, group)
        for without in range(len(rules)):
            for people, one, before in zip(drawn, sets, usual, strict=True):
                after = reference_outcome_changes.shown(name, one, 11, (group, without))
                if after != before:
                    yield f"{group}: {rules[without]}", people
                    break


@in_nightly
def test_each_sum_and_difference_is_in_the_model(steps: Connection) -> None:
    """Where one alone withholds a group, the model's own SQL withholds it, too."""
    found = Counter[str]()
    for name in INSTRUMENTS:
        for rule, people in deciding(name):
            assert rows_of(steps, name, {30: people}) == expected(name, {30: people}), rule
            found[name] += 1
    assert found["PHQ-9"] > 12
    assert found["GAD-7"] > 8
    assert found["PSQI"] > 12
    assert found["WHOQOL-BREF"] >= 1


@pytest.mark.parametrize("seed", [1, nightly(2)])
def test_populations_in_several_windows(steps: Connection, seed: int) -> None:
    """Windows whose people are the same, the same but for a few, or others: as in the reference."""
    rng = random.Random(seed)
    withheld = Counter[bool]()
    for name in ("PHQ-9", "PSQI", "WHOQOL-BREF"):
        for _ in range(6):
            people = [kind for kind in kinds(name) for _ in range(rng.choice([11, 12, 15]))]
            by_window = {window: list(people) for window in INSTRUMENTS[name].windows}
            for window in by_window:
                places = rng.sample(range(len(people)), rng.choice([0, 2, 10, 30]))
                moved = [people[place] for place in places]
                for place, choice in zip(places, rng.sample(moved, len(moved)), strict=True):
                    by_window[window][place] = choice
            rows = rows_of(steps, name, by_window)
            assert rows == expected(name, by_window)
            withheld.update(row[-4] for row in rows.values())
    assert min(withheld[True], withheld[False]) > 5


def rows_of(
    steps: Connection, name: str, by_window: Mapping[int, Sequence[Choice]]
) -> dict[int, tuple[object, ...]]:
    outcome_steps.fill(steps, name, by_window)
    own_sql.build(steps, outcome_steps.STEPS)
    query = own_sql.query_of("rpt_outcome_changes")
    rows = steps.execute(query.encode()).fetchall()
    return {row[1]: row for row in rows if row[0] == name and row[1] in by_window}


def expected(name: str, by_window: Mapping[int, Sequence[Choice]]) -> dict[int, tuple[object, ...]]:
    # A number is a patient, with one session.
    chosen = [
        {str(n): Choice(n, c.baseline, c.outcome) for n, c in enumerate(people)}
        for people in by_window.values()
    ]
    alike = reference_outcome_change_rows.are_too_alike(chosen, 11)
    told = reference_baselines.withheld(name, chosen, *followed(by_window, chosen), min_cell=11)
    return {
        window: reference_outcome_change_rows.outcome_row(
            name, window, one, is_alike, are_baselines_told=told.windows
        )
        for window, one, is_alike in zip(by_window, chosen, alike, strict=True)
    }


def followed(
    by_window: Mapping[int, Sequence[Choice]], chosen: Sequence[Mapping[str, Choice]]
) -> tuple[tuple[int, int], bool]:
    """Who came through the last window with a baseline: back or not; whether sums are of many."""
    last = chosen[-1] if 180 in by_window else {}
    people = {patient: one.baseline for patient, one in last.items() if one.baseline is not None}
    back = {
        (patient, chosen[0][patient].session_id)
        for patient, baseline in people.items()
        if any(one[patient].outcome and one[patient].baseline == baseline for one in chosen)
    }
    compared = [
        {(p, c.session_id) for p, c in one.items() if c.change is not None} for one in chosen
    ]
    alike = reference_follow_up.tell_of_few(back, compared, 11)
    return (len(back), len(people) - len(back)), not alike
