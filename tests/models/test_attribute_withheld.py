"""No small group of patients follows from the tables by attribute beside all others."""

# The attacker of test_reconstruction, who reads the tables by group, too. Everybody has one value.

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import known_relations
import populations as made
from deductions import secrets, value
from increments import run
from known_changes import secrets_of_who_is_missing
from known_patient_groups import (
    ATTRIBUTE,
    GROUPS,
    GroupAttacker,
    counts_with_groups,
    of_group,
    seen_by_group,
)
from nightly import NIGHTLY, examples, nightly_example
from own_sql import insertion
from played_clinic import EXACTLY, MODELS, OF_FOLLOW_UPS, OF_GROUPS, WEEKS, Clinic, seen
from populations import Patient, Population, groups, populations
from reference_outcomes import WINDOWS
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database import settings as connections
from wellness_journey.database.settings import Target

GROUP = "played clinic"
MOST_ASKED = 5
ALWAYS = dict.fromkeys(range(49), 4)


@pytest.fixture(scope="module")
def clinic(built: str, copy_of: Callable[[str], Target]) -> Iterator[Clinic]:
    """A clinic with an attribute, in which a test makes people answer as it likes."""
    target = copy_of(built)
    models = (*MODELS, *OF_FOLLOW_UPS, *OF_GROUPS)
    variables = f"{{as_of: {SEED_AS_OF.isoformat()}, attribute: {ATTRIBUTE}}}"
    names = [model.split(".")[1] for model in models]
    run(target, SEED_AS_OF, "--select", *names, "int_patient_groups", "--vars", variables)
    with connections.connect(target) as connection:
        connection.execute(EXACTLY.encode())
        yield Clinic(connection, {model: insertion(connection, model) for model in models})
        connection.rollback()


def hold(clinic: Clinic, population: Population, values: Sequence[str]) -> None:
    clinic.hold(population, (*MODELS, *OF_GROUPS), values)


def told(clinic: Clinic, values: Sequence[str]) -> list[str]:
    """The small groups whose size comes out."""
    shown = {**seen(clinic), **seen_by_group(clinic)}
    counts = counts_with_groups(clinic, values)
    attacker = GroupAttacker(shown, WEEKS)
    assert attacker.mistakes(counts) == []
    missing = (
        secrets_of_who_is_missing(counts, window, WINDOWS[window][1])
        for window in known_relations.windows_within(WEEKS)
    )
    small = [
        part
        for weights in chain(secrets(shown, WEEKS), *missing)
        for part in (*(of_group(weights, group) for group in GROUPS), weights)
        if value(part, counts) in range(1, 11)
    ]
    found = []
    # Each takes a second: by day some of them, evenly spread.
    for part in small if NIGHTLY else small[:: 1 + len(small) // MOST_ASKED]:
        least, most = attacker.limits(part)
        assert least <= value(part, counts) <= most
        found += [f"{part}: {value(part, counts)}"] if least == most else []
    return found


def sites(*sizes: int) -> list[str]:
    return [group for group, size in zip(GROUPS, sizes, strict=False) for _ in range(size)]


def always(number: int) -> Population:
    return (Patient(48, ALWAYS),) * number


def test_what_is_safe_is_shown(clinic: Clinic) -> None:
    """Of 42 patients twelve are in one group and 30 in the other; nobody is in a third."""
    hold(clinic, always(42), sites(12, 30))
    shown = seen_by_group(clinic)
    assert [shown[f"n3@{group}"] for group in GROUPS] == [12, 30, 0]
    hold(clinic, always(42), sites(11, 31))
    assert [seen_by_group(clinic)[f"n3@{group}"] for group in GROUPS] == [None] * 3


def test_a_group_that_is_left_out_would_be_a_remainder(clinic: Clinic) -> None:
    """Five of 35 are in the other group: without all or none they are the total less the rest."""
    hold(clinic, always(35), sites(30, 5))
    shown = {**seen(clinic), **seen_by_group(clinic)}
    assert shown["n3@A"] is None
    assert GroupAttacker(shown, WEEKS).limits({"n3@B": 1}) == (0, 34)
    one = shown | {"n3@A": 30, "n3@none": 0}
    assert GroupAttacker(one, WEEKS, all_or_none=False).limits({"n3@B": 1}) == (5, 5)


def test_a_withheld_group_tells_unless_there_is_one_to_spare(clinic: Clinic) -> None:
    """All twelve of a group answer in week 1, and ten of them in week 2."""
    until = dict.fromkeys(range(14), 4)
    population = (Patient(48, until),) * 2 + always(40)
    hold(clinic, population, sites(12, 30))
    shown = {**seen(clinic), **seen_by_group(clinic)}
    assert (shown["n1@A"], shown["n2@A"]) == (12, None)
    assert GroupAttacker(shown, WEEKS, least_group=11).limits({"n2@A": 1}) == (10, 10)
    assert GroupAttacker(shown, WEEKS).limits({"n2@A": 1}) == (10, 11)


@st.composite
def grouped(draw: Callable[..., Any]) -> tuple[Population, list[str]]:
    """A population and the group of each: mostly in blocks, with sizes around the threshold."""
    population = draw(populations() | groups())
    first = draw(st.integers(0, len(population)) | st.sampled_from([11, 12, 13]))
    second = draw(st.integers(0, len(population)) | st.sampled_from([0, 11, 12]))
    values = [*sites(first, second), *["none"] * len(population)][: len(population)]
    if draw(st.booleans()):
        values = values[::2] + values[1::2]
    return population, values


@example((made.assessed_by_week(30, 30, 30), sites(45, 45)))
@nightly_example((made.late_starters(30, late=30), [*sites(15, 15), *sites(15, 15)]))
@settings(examples, max_examples=300 if NIGHTLY else 1)
@given(grouped())
def test_no_small_group_can_be_computed(
    clinic: Clinic, people: tuple[Population, list[str]]
) -> None:
    """No count of 1 to 10, of all or of a group, follows from all tables together."""
    hold(clinic, *people)
    assert told(clinic, people[1]) == []
