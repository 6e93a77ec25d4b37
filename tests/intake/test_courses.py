"""The generator of diaries keeps to its description."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import groupby
from statistics import fmean, stdev

import pytest

from wellness_journey.cohort.courses import (
    COURSES,
    Fall,
    Person,
    answered,
    answers,
    drop,
    expected,
    make_person,
    no_lift,
    rounded,
    slide,
)

MIDDLE = Person(level=3.0, scale=1.0, offsets=(0.0, 0.0, 0.0, 0.0))


@pytest.fixture
def rng() -> random.Random:
    return random.Random(1)


def courses(course: str, lift: Callable[[int], float] = no_lift) -> list[float]:
    """The composite expected of the days 0 to 180 at level 3, which begin on a Monday."""
    return list(expected(MIDDLE, COURSES[course], range(181), lift=lift))


def test_courses_begin_with_an_afterglow() -> None:
    """Half a point on the day of the session, gone after some weeks; two days of seven 0.2 more."""
    level = courses("level")
    assert level[0] == 3.5
    assert level[4] == pytest.approx(3 + 0.5 / math.e)
    assert level[175] == pytest.approx(3)
    assert [round(points, 6) for points in level[168:175]] == [3, 3, 3, 3, 3, 3.2, 3.2]
    assert list(expected(MIDDLE, COURSES["fading"], [-1], day_0_weekday=2)) == [3.9]


def test_courses_differ_in_what_stays() -> None:
    """Recovery comes to 0.8 points, what fades begins with 0.4 and goes."""
    level = courses("level")
    recovery, fading = (
        [there - here for there, here in zip(courses(course), level, strict=True)]
        for course in ("recovery", "fading")
    )
    assert recovery[0] == 0
    assert recovery[45] == pytest.approx(0.8 * (1 - 1 / math.e))
    assert recovery[180] == pytest.approx(0.8, abs=0.02)
    assert fading[0] == pytest.approx(0.4)
    assert fading[40] == pytest.approx(0.4 / math.e)


@pytest.mark.parametrize(
    ("fall", "lost"),
    [
        (Fall(1.5, 60), {59: 0, 60: 0.9, 180: 0.9}),
        (Fall(1.5, 60, over_days=56), {59: 0, 60: 0.9 / 56, 87: 0.45, 115: 0.9, 180: 0.9}),
    ],
)
def test_a_fall_is_in_sds_of_the_person(fall: Fall, lost: dict[int, float]) -> None:
    """An SD is 0.6 points times the scale; a drop is there at once, a slide after 56 days."""
    for scale in (1.0, 1.5):
        person = Person(3.0, scale, MIDDLE.offsets)
        before, after = (
            list(expected(person, COURSES["level"], range(181), fall=of)) for of in (None, fall)
        )
        for day, points in lost.items():
            assert before[day] - after[day] == pytest.approx(points * scale)


def test_falls_begin_between_day_60_and_day_140(rng: random.Random) -> None:
    """Any of these days."""
    for make in (lambda: drop(rng, 1.0), lambda: slide(rng)):
        assert {make().first_day for _ in range(2000)} == set(range(60, 141))


def test_what_the_caller_adds_is_in_points() -> None:
    """Of each day, as an effect that a simulation plants."""
    lifted = courses("level", lift=lambda day: 0.4 * (day // 7 == 2))
    added = [round(there - here, 9) for there, here in zip(lifted, courses("level"), strict=True)]
    assert added == [0.4 if 14 <= day <= 20 else 0 for day in range(181)]


def test_people_differ(rng: random.Random) -> None:
    """Level N(3.2, 0.4), scale exp(N(0, 0.25)), each question's offset N(0, 0.3)."""
    people = [make_person(rng) for _ in range(4000)]
    logs = [math.log(person.scale) for person in people]
    offsets = [offset for person in people for offset in person.offsets]
    for values, mean, sd in (
        ([person.level for person in people], 3.2, 0.4),
        (logs, 0.0, 0.25),
        (offsets, 0.0, 0.3),
    ):
        assert fmean(values) == pytest.approx(mean, abs=0.02)
        assert stdev(values) == pytest.approx(sd, abs=0.02)


@pytest.mark.parametrize("scale", [0.8, 1.0])
def test_noise_has_a_slow_part_and_a_fresh_one(rng: random.Random, scale: float) -> None:
    """Of all four answers 0.0725 with memory 0.85 and 0.13 without; of one 0.49; times scale²."""
    person = Person(3.0, scale, MIDDLE.offsets)
    days = list(answers(rng, person, [3.0] * 60_000))
    composites = [fmean(day) - 3 for day in days]

    def together(apart: int) -> float:
        return fmean(a * b for a, b in zip(composites, composites[apart:], strict=False))

    # Rounding adds a twelfth to each answer; cutting takes a little.
    assert together(0) == pytest.approx(scale**2 * (0.0725 + 0.13 + 0.49 / 4) + 1 / 48, rel=0.04)
    for apart in (1, 7):
        assert together(apart) == pytest.approx(scale**2 * 0.0725 * 0.85**apart, abs=0.006)
    own = [a - b for a, b, *_ in days]
    assert fmean(value * value for value in own) == pytest.approx(
        2 * (scale**2 * 0.49 + 1 / 12), rel=0.04
    )


def test_answers_are_rounded_and_cut() -> None:
    """To the nearest of 1 to 5."""
    assert [rounded(level) for level in (-3.0, 1.49, 1.5, 2.4, 3.5, 4.49, 4.5, 9.0)] == [
        *(1, 1, 2, 2, 4, 4, 5, 5)
    ]


@pytest.mark.parametrize(
    ("share", "asked", "gap"),
    [(0.9, 0, 1 / 0.9), (0.5, 0, 2), (0.79, 4, 4), (0.5, 4, 4), (0.2, 4, 5)],
)
def test_days_are_missed_at_random_or_in_runs(
    rng: random.Random, share: float, asked: float, gap: float
) -> None:
    """The share is kept; gaps are as long as asked, or longer where chance makes them so."""
    days = list(answered(rng, [share] * 60_000, asked))
    assert fmean(days) == pytest.approx(share, abs=0.02)
    runs = [len(list(run)) for is_answered, run in groupby(days) if not is_answered]
    assert fmean(runs) == pytest.approx(gap, rel=0.05)


def test_nobody_answers_where_the_share_is_zero(rng: random.Random) -> None:
    """Who is away is away, and comes back as at the beginning."""
    assert list(answered(rng, [1.0, 0.0, 0.0, 1.0], 4.0)) == [True, False, False, True]
