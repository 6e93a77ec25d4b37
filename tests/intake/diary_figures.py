"""What diaries are like: how a person's days and weeks hang together, and how the gaps lie.

A diary is 30 days of one person: the answers by day, 0 to 29, of the days that were answered. Only
diaries of ten days or more are looked at, within people: means differ from person to person anyway.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean, variance
from typing import NamedTuple

DAYS = 30
LEAST_DAYS = 10
LEAST_DAYS_OF_A_WEEK = 4

Answers = tuple[int, ...]
Diary = Mapping[int, Answers]


class Figure(NamedTuple):
    """A value and how many of what stand behind it."""

    value: float
    n: int


def noise(diaries: Sequence[Diary]) -> dict[str, Figure]:
    """How much a composite knows of the one before, by days and by weeks."""
    composites = [
        {day: fmean(answers) for day, answers in diary.items() if len(answers) >= 3}
        for diary in diaries
    ]
    long = [diary for diary in composites if len(diary) >= LEAST_DAYS]
    weekly = [dict(_weeks(diary)) for diary in long]
    near, apart = (list(_squared_differences(weekly, lag)) for lag in (1, 3))
    return {
        "day_to_day_correlation": _correlation(list(_neighbours(long))),
        # Of four weeks no mean is known well enough to correlate deviations from it.
        "week_to_week_correlation": Figure(1 - fmean(near) / fmean(apart), len(near)),
        "weekly_variance_ratio": variance_ratio(long),
    }


def gaps(diaries: Sequence[Diary], people: int) -> dict[str, Figure]:
    """How many days are answered; between a person's first and last one, how they lie."""
    long = [sorted(diary) for diary in diaries if len(diary) >= LEAST_DAYS]
    span = sum(days[-1] - days[0] + 1 for days in long)
    lengths = [after - day - 1 for days in long for day, after in pairwise(days)]
    missed = [length for length in lengths if length]
    return {
        "answered_of_30_days": Figure(sum(map(len, diaries)) / (DAYS * people), people),
        "answered_within_the_span": Figure(sum(map(len, long)) / span, span),
        "answered_after_an_answered_day": Figure(lengths.count(0) / len(lengths), len(lengths)),
        "answered_after_a_missed_day": Figure(len(missed) / sum(missed), sum(missed)),
        "mean_gap_days": Figure(fmean(missed), len(missed)),
    }


def variance_ratio(composites: Sequence[Mapping[int, float]]) -> Figure:
    """The variance of a person's weekly means, over what it is if their days are shuffled.

    Shuffled, the mean of k of a person's n days has the variance (1 / k - 1 / n) times that of the
    days: nothing needs to be drawn.
    """
    found = shuffled = 0.0
    count = 0
    for diary in composites:
        weeks = [values for values in _by_week(diary).values() if _is_full(values)]
        days = [value for values in weeks for value in values]
        if len(weeks) < 2:
            continue
        middle, spread = fmean(days), variance(days)
        for values in weeks:
            found += (fmean(values) - middle) ** 2
            shuffled += spread * (1 / len(values) - 1 / len(days))
            count += 1
    return Figure(found / shuffled, count)


def _by_week(diary: Mapping[int, float]) -> dict[int, list[float]]:
    weeks = defaultdict(list)
    for day, value in diary.items():
        weeks[day // 7].append(value)
    return weeks


def _is_full(values: Sequence[float]) -> bool:
    return len(values) >= LEAST_DAYS_OF_A_WEEK


def _weeks(diary: Mapping[int, float]) -> Iterator[tuple[int, float]]:
    """The mean of each week in which enough days were answered."""
    for week, values in _by_week(diary).items():
        if _is_full(values):
            yield week, fmean(values)


def _squared_differences(weekly: Sequence[Mapping[int, float]], lag: int) -> Iterator[float]:
    for weeks in weekly:
        for week, mean in weeks.items():
            if week + lag in weeks:
                yield (weeks[week + lag] - mean) ** 2


def _neighbours(composites: Sequence[Mapping[int, float]]) -> Iterator[tuple[float, float]]:
    """Deviations from a person's mean on a day and on the next."""
    for diary in composites:
        middle = fmean(diary.values())
        for day, value in diary.items():
            if day + 1 in diary:
                yield value - middle, diary[day + 1] - middle


def _correlation(pairs: Sequence[tuple[float, float]]) -> Figure:
    before, after = (fmean(values[i] ** 2 for values in pairs) for i in (0, 1))
    return Figure(fmean(a * b for a, b in pairs) / (before * after) ** 0.5, len(pairs))


def of_files(folder: Path) -> tuple[list[Diary], int]:
    """The diaries in a folder of files, and of how many people; the marts use the same rows."""
    with (folder / "log_sessions.csv").open(encoding="utf-8", newline="") as file:
        people = sum(1 for _ in csv.DictReader(file))
    best: dict[tuple[str, int], tuple[int, str, Answers]] = {}
    with (folder / "log_pulse_checks.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            names = ("connection_level", "sleep_quality", "mood_level", "energy_level")
            answers = tuple(int(row[name]) for name in names if row[name])
            key = row["session_id"], int(row["days_post_session"])
            if answers and 0 <= key[1] < DAYS:
                found = len(answers), row["created_at"], answers
                best[key] = max(best.get(key, found), found)
    diaries: dict[str, dict[int, Answers]] = defaultdict(dict)
    for (session, day), (*_, answers) in best.items():
        diaries[session][day] = answers
    return list(diaries.values()), people
