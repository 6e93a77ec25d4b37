"""How invented diaries run: the course, the noise around it, a fall, and which days are answered.

`journey seed` and the simulations in `benchmarks/` all draw from here. The figures are those that
three public diary cohorts agree on (Open Play, Rowland 2020, Vrijen 2018): from one day to the next
a composite hardly remembers, from one week to the next it does.

Only `random.Random.random()` is drawn from: Python promises that its stream stays, numpy promises
that of no distribution. It costs about half a millisecond a person of 181 days.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import exp
from statistics import NormalDist

MEASURES = 4
# A fall by one SD, before it is multiplied by the person's scale: about what a day's composite
# varies by around the person's course.
POINTS_PER_SD = 0.6

# Points above a person's level by day after the session, without the afterglow.
COURSES: dict[str, Callable[[float], float]] = {
    "level": lambda day: 0.0,
    "recovery": lambda day: 0.8 * (1.0 - exp(-day / 45)),
    "fading": lambda day: 0.4 * exp(-day / 40),
}

# What all four answers of a day share: a slow part, which keeps so much a day, and a fresh one.
_KEPT = 0.85
_SLOW_SD = 0.0725**0.5
_FRESH_SD = 0.13**0.5
# What one answer has of its own: always, and on a day.
_OFFSET_SD = 0.3
_ANSWER_SD = 0.7

_WEEKEND = 0.2

_quantile = NormalDist().inv_cdf


@dataclass(frozen=True)
class Person:
    """Points of a 1 to 5 score; `scale` multiplies the noise and the falls."""

    level: float
    scale: float
    offsets: tuple[float, ...]


@dataclass(frozen=True)
class Fall:
    """Lower by `sds` SDs for good: from `first_day` on, or step by step over `over_days` days."""

    sds: float
    first_day: int
    over_days: int = 1

    def share(self, day: int) -> float:
        """The part of the fall that has happened on that day, 0 to 1."""
        return min(max(0, day - self.first_day + 1) / self.over_days, 1.0)


def drop(rng: random.Random, sds: float) -> Fall:
    """A fall overnight, on a day from 60 to 140."""
    return Fall(sds, 60 + rng.randrange(81))


def slide(rng: random.Random, sds: float = 1.5) -> Fall:
    """A fall over 56 days that begins on a day from 60 to 140."""
    return Fall(sds, 60 + rng.randrange(81), over_days=56)


def make_person(rng: random.Random) -> Person:
    """Somebody's level, scale and bent."""
    return Person(
        level=3.2 + 0.4 * normal(rng),
        scale=exp(0.25 * normal(rng)),
        offsets=tuple(_OFFSET_SD * normal(rng) for _ in range(MEASURES)),
    )


def no_lift(day: int) -> float:
    """Nothing is added to the course."""
    return 0.0


def expected(
    person: Person,
    course: Callable[[float], float],
    days: Iterable[int],
    *,
    fall: Fall | None = None,
    day_0_weekday: int = 0,
    lift: Callable[[int], float] = no_lift,
) -> Iterator[float]:
    """The composite of each day without noise: level, course, afterglow, weekend, fall, lift.

    Before the session a day is like day 0. Weekdays count from Monday, 0. What the caller adds to
    a day, `lift`, is in points.
    """
    lost = fall.sds * POINTS_PER_SD * person.scale if fall else 0.0
    for day in days:
        since = max(0, day)
        points = person.level + course(since) + 0.5 * exp(-since / 4) + lift(day)
        if (day_0_weekday + day) % 7 >= 5:
            points += _WEEKEND
        yield points - lost * fall.share(day) if fall else points


def answers(
    rng: random.Random, person: Person, composites: Iterable[float]
) -> Iterator[tuple[int, ...]]:
    """The four answers of each day, 1 to 5: what was expected, and the person's noise around it."""
    fresh_of_slow = (1.0 - _KEPT**2) ** 0.5 * _SLOW_SD
    slow = _SLOW_SD * normal(rng)
    scale, offsets = person.scale, person.offsets
    for composite in composites:
        shared = composite + scale * (slow + _FRESH_SD * normal(rng))
        yield tuple(
            [rounded(shared + offset + scale * _ANSWER_SD * normal(rng)) for offset in offsets]
        )
        slow = _KEPT * slow + fresh_of_slow * normal(rng)


def rounded(level: float) -> int:
    """The answer nearest to a level."""
    return 1 if level < 1.5 else 5 if level >= 4.5 else int(level + 0.5)


def answered(
    rng: random.Random, shares: Sequence[float], mean_gap_days: float = 0.0
) -> Iterator[bool]:
    """Which days are answered, where of many days like it this share would be.

    At random; or in clusters, by a chain of two states, where missed days come in runs that are
    longer than chance makes them (1 / share).
    """
    before: bool | None = None
    for share in shares:
        if share <= 0.0:
            before = None
            yield False
            continue
        gap = max(mean_gap_days, 1.0 / share)
        if before is None:
            chance = share
        elif before:
            chance = 1.0 - (1.0 - share) / (share * gap)
        else:
            chance = 1.0 / gap
        before = rng.random() < chance
        yield before


def normal(rng: random.Random) -> float:
    """Mean 0, standard deviation 1."""
    # random() may be 0, for which there is no quantile.
    return _quantile(rng.random() or 0.5)
