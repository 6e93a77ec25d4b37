"""Invented people whose weeks are known to be chance, or chance and an effect of known size.

`draw` gives one person of a scenario. Whatever gives a `Person` can take its place.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

WEEKS = 26
# The effect, where there is one, goes along with HABIT; SOCIAL is always chance.
HABIT, SOCIAL = "HABIT", "SOCIAL"
QUESTIONS = 4
LAST_DAY = 180
# In points: a week's deviation, the same for all questions, and a day's, for each its own.
WEEK_SPREAD, DAY_SPREAD = 0.4, 0.6
SHARE_ANSWERED = 0.8


@dataclass(frozen=True)
class Scenario:
    """`memory` is the correlation of neighbouring weeks, of what is felt and of what is reported;
    `recovery` the points gained, most of them early, while changes become likelier; `effect` in
    points."""

    name: str
    memory: float = 0
    recovery: float = 0
    effect: float = 0


RECOVERY = 1.3
SCENARIOS = (
    Scenario("noise"),
    Scenario("recovery", recovery=RECOVERY),
    Scenario("memory 0.3", memory=0.3),
    Scenario("memory 0.6", memory=0.6),
    Scenario("memory 0.6, recovery", memory=0.6, recovery=RECOVERY),
    Scenario("memory 0.3, recovery", memory=0.3, recovery=RECOVERY),
    Scenario("0.4 points, recovery", recovery=RECOVERY, effect=0.4),
    Scenario("0.4 points, memory 0.3, recovery", memory=0.3, recovery=RECOVERY, effect=0.4),
    Scenario("0.4 points, memory 0.6, recovery", memory=0.6, recovery=RECOVERY, effect=0.4),
    Scenario("0.8 points, memory 0.6, recovery", memory=0.6, recovery=RECOVERY, effect=0.8),
)


@dataclass(frozen=True)
class Person:
    """Weeks reported by type, and answers by day: four a day, on five or six days a week."""

    reported: dict[str, set[int]]
    answers: dict[int, list[int]]


def draw(scenario: Scenario, stream: str) -> Person:
    """A person of the scenario; the same stream gives the same person."""
    rng = random.Random(stream)  # noqa: S311, a repeatable draw
    rises = bool(scenario.recovery)
    reported = {kind: set(_weeks(rng, scenario.memory, rises)) for kind in (HABIT, SOCIAL)}
    scale = math.exp(rng.gauss(0, 0.25))
    answers = {}
    for week, deviation in enumerate(_deviations(rng, scenario.memory)):
        for day in range(7 * week, min(7 * week + 7, LAST_DAY + 1)):
            if rng.random() >= SHARE_ANSWERED:
                continue
            felt = 2.3 + scale * WEEK_SPREAD * deviation + scenario.recovery * (1 - 0.985**day)
            felt += scenario.effect * (week in reported[HABIT])
            answers[day] = [
                min(5, max(1, round(felt + rng.gauss(0, scale * DAY_SPREAD))))
                for _ in range(QUESTIONS)
            ]
    return Person(reported, answers)


def _deviations(rng: random.Random, memory: float) -> Iterator[float]:
    """Of each week, with variance 1."""
    deviation = rng.gauss(0, 1)
    for _ in range(WEEKS):
        yield deviation
        deviation = memory * deviation + math.sqrt(1 - memory**2) * rng.gauss(0, 1)


def _weeks(rng: random.Random, memory: float, rises: bool) -> Iterator[int]:
    """Weeks with a change: as the week before with chance `memory`, or else drawn anew."""
    is_reported = False
    for week in range(WEEKS):
        if not week or rng.random() >= memory:
            chance = 0.25 + 0.5 * week / (WEEKS - 1) if rises else 0.5
            is_reported = rng.random() < chance
        if is_reported:
            yield week
