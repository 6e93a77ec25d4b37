"""What chance alone does to people on an unchanged course: the two seeds of chances."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from flag_people import LAST_DAY, Answered, Kind, Looks, Person
from runner import HERE

SEEDS = HERE.parent / "dbt_project" / "seeds"
WEEKS = range(LAST_DAY // 7 + 1)
TENTHS = range(1, 11)
# Of fewer people under watch in a week nothing is said: the next tenth has more.
LEAST_WATCHED = 100

# One SEM of PHQ-9 and of GAD-7: their reliable change of 6 points is 1.96 times the root of two.
SEM = 6 / (1.96 * math.sqrt(2))
# The true scores of the people who are assessed, cut below caseness.
TRUE_MEAN, TRUE_SD, CASENESS = 14.0, 5.0, 10
HIGHEST = {"phq9_worsening": 27, "gad7_worsening": 21}
SCORES = range(1, 31)
STEP = 0.1


def kind_of(tenths: int) -> Kind:
    return Kind(Answered(tenths / 10), "level")


def by_week(
    persons: dict[Kind, list[Person]],
    looks: Looks,
    limits: dict[str, dict[int, float]],
    in_a_row: dict[str, int],
) -> list[dict[str, Any]]:
    """One row per rule, level, tenth of days answered and week, as ref_chance_by_week has them."""
    found: list[dict[str, Any]] = []
    for rule, level in [(name, level) for name, by_level in limits.items() for level in by_level]:
        in_week: dict[int, float] = {}
        for tenths in reversed(TENTHS):
            people = persons[kind_of(tenths)]
            fired = [_weeks(rule, one, looks, limits[rule][level], in_a_row) for one in people]
            rows = []
            for week in WEEKS:
                by_then = sum(any(when <= week for when in flagged) for _, flagged in fired)
                watched = sum(week in all_weeks for all_weeks, _ in fired)
                if watched >= LEAST_WATCHED:
                    flagged_in = sum(week in flagged for _, flagged in fired)
                    in_week[week] = round(100 * flagged_in / watched, 1)
                rows.append(
                    {
                        "rule": rule,
                        "false_alarm_pct": level,
                        "answered_tenths": tenths,
                        "week_post_session": week,
                        "flagged_by_pct": round(100 * by_then / len(people), 1),
                        "flagged_in_pct": in_week.get(week, 0.0),
                    }
                )
            found += rows
    return sorted(found, key=lambda row: tuple(row.values())[:4])


def _weeks(
    rule: str, person: Person, looks: Looks, limit: float, in_a_row: dict[str, int]
) -> tuple[set[int], set[int]]:
    """The weeks in which a rule looked at a person, and those in which it fired."""
    if rule == "silence":
        return {*WEEKS} - {0}, {day // 7 for day in looks.silence.get(person.number, ())}
    chart = getattr(looks, rule).get(person.number)
    if chart is None:
        return set(), set()
    fired = chart.fired(limit, in_a_row[rule])
    return (
        {day // 7 for day in chart.days},
        {day // 7 for day, is_fired in zip(chart.days, fired, strict=True) if is_fired},
    )


def by_score() -> list[dict[str, Any]]:
    """One row per rule and number of scores, as ref_chance_by_score has them: two running."""
    return [
        {
            "rule": rule,
            "score_number": number,
            "flagged_by_pct": round(100 * by_then, 1),
            "flagged_at_pct": round(100 * at, 1),
        }
        for rule, highest in HIGHEST.items()
        for number, (by_then, at) in zip(SCORES, chances_of_scores(highest, 6, 2), strict=True)
    ]


def chances_of_scores(highest: int, points: int, in_a_row: int) -> Iterator[tuple[float, float]]:
    """By number of follow-up scores: the share flagged by then, and at that score.

    Classical test theory: a score is the true score and an error of one SEM, rounded and cut to the
    instrument's range. So scores of one person are independent, and what is asked is exact but for
    the step of the true score.
    """
    people = list(_people(highest, points))
    total = sum(weight for weight, _ in people)
    # The share of people by how many scores running are beyond the limit, flagged ones apart.
    states = [[weight / total] + [0.0] * (in_a_row - 1) for weight, _ in people]
    by_then = 0.0
    for number in SCORES:
        for place, (_, chance) in enumerate(people):
            before = states[place]
            by_then += before[-1] * chance
            states[place] = [sum(before) * (1 - chance), *(one * chance for one in before[:-1])]
        at = sum(weight / total * chance**in_a_row for weight, chance in people)
        yield by_then, at if number >= in_a_row else 0.0


def _people(highest: int, points: int) -> Iterator[tuple[float, float]]:
    """By true score and baseline: how frequent they are, and the chance of a score beyond."""
    for step in range(round((highest - CASENESS) / STEP) + 1):
        true = CASENESS + step * STEP
        weight = math.exp(-(((true - TRUE_MEAN) / TRUE_SD) ** 2) / 2)
        below = [0.0, *(_normal((score + 0.5 - true) / SEM) for score in range(highest)), 1.0]
        chances = [after - before for before, after in pairwise(below)]
        for baseline, chance in enumerate(chances):
            yield weight * chance, sum(chances[baseline + points :])


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def write(name: str, rows: Sequence[dict[str, Any]]) -> None:
    """Write a seed."""
    with (SEEDS / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
