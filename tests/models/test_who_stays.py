"""When those in low spirits leave, the change of the same people is nearer to the truth."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import exp
from statistics import fmean

from nightly import in_nightly
from reference import METRICS, PulseCheck, PulseDay, Session
from reference_changes import published_changes
from reference_trends import trends
from wellness_journey.cohort import courses

PEOPLE = 700
LAST_WEEK = 25
SESSION_DAY = date(2026, 1, 1)


def diary(rng: random.Random) -> dict[int, tuple[int, ...]]:
    """All 181 days of somebody who recovers."""
    person = courses.make_person(rng)
    days = range(181)
    composites = courses.expected(person, courses.COURSES["recovery"], days)
    return dict(zip(days, courses.answers(rng, person, composites), strict=True))


def until_they_leave(
    rng: random.Random, everything: dict[int, tuple[int, ...]]
) -> dict[int, tuple[int, ...]]:
    """Four of five days, and after a week in low spirits more often none."""
    kept: dict[int, tuple[int, ...]] = {}
    for week in range(LAST_WEEK + 1):
        days = [day for day in everything if day // 7 == week]
        kept |= {day: everything[day] for day in days if rng.random() < 0.79}
        spirits = fmean(sum(everything[day]) / 4 for day in days)
        if rng.random() < min(1.0, 0.03 * exp(1.6 * (3.6 - spirits))):
            break
    return kept


def pulse_day(number: int, day: int, answers: tuple[int, ...]) -> PulseDay:
    when = SESSION_DAY + timedelta(days=day)
    at = datetime.combine(when, datetime.min.time(), UTC)
    check = PulseCheck(f"{number}.{day}", str(number), when, *answers, created_at=at)
    values = [Fraction(answer) for answer in answers]
    exact = dict(zip(METRICS, [*values, Fraction(sum(answers), 4)], strict=True))
    return PulseDay(check, day, exact, None, {})


def figures(diaries: list[dict[int, tuple[int, ...]]]) -> tuple[float, float]:
    """Of week 25: the mean of everybody who answers, and the change since weeks 1 to 4."""
    sessions = [Session(str(n), "practitioner", str(n), SESSION_DAY) for n in range(len(diaries))]
    days = {
        str(number): [pulse_day(number, day, answers) for day, answers in kept.items()]
        for number, kept in enumerate(diaries)
    }
    mean = next(
        row.mean
        for row in trends(days, sessions, "week")
        if (row.metric, row.period) == ("composite", LAST_WEEK)
    )
    change = next(
        row.mean_change
        for row in published_changes(days, sessions)
        if (row.metric, row.week) == ("composite", LAST_WEEK)
    )
    assert mean is not None
    assert change is not None
    return float(mean), float(change)


@in_nightly
def test_the_change_is_nearer_to_the_truth_than_the_mean() -> None:
    """Everybody's answers are the truth; half of the people have left by week 25."""
    rng = random.Random(20261129)
    everything = [diary(rng) for _ in range(PEOPLE)]
    kept = [until_they_leave(rng, days) for days in everything]
    stayed = sum(max(days) // 7 == LAST_WEEK for days in kept if days)
    assert 0.4 * PEOPLE < stayed < 0.7 * PEOPLE
    true_mean, true_change = figures(everything)
    mean, change = figures(kept)
    assert mean - true_mean > 0.14
    assert abs(change - true_change) < 0.08
