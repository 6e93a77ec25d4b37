"""The invented diaries are like those of a real cohort."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from statistics import fmean
from typing import Any

import pytest

from checkout import ROOT
from cohorts import OPEN_PLAY
from diary_figures import DAYS, Answers, Diary, Figure, gaps, noise, of_files, variance_ratio
from seeded import checks, people, session_day
from wellness_journey.cohort.seed import SEED_AS_OF

RECORDED: dict[str, dict[str, Any]] = json.loads(
    (ROOT / "tests" / "fixtures" / "open_play_figures.json").read_text()
)["figures"]

# Enough of them that another seed changes a figure by less than 0.03.
SESSIONS = 1000

# How far the cohort may be from real people: at least twice the standard error that is recorded.
# Of days it is what keeps noise apart that carries over by 0.62 a day (0.27) from the cohort's
# (0.08). The noise was fitted to three cohorts together, of which this is one.
TOLERANCES = {
    "day_to_day_correlation": 0.1,
    "week_to_week_correlation": 0.15,
    "weekly_variance_ratio": 0.25,
    "answered_within_the_span": 0.03,
    "answered_after_an_answered_day": 0.03,
    "answered_after_a_missed_day": 0.1,
    "mean_gap_days": 0.2,
}
# The mean over diary studies (Wrzus & Neubauer 2023, 477 articles).
ANSWERED_IN_STUDIES = 0.79
every_figure = pytest.mark.parametrize("name", TOLERANCES)


@cache
def journeys() -> dict[int, dict[int, Answers]]:
    """The answers by day of each session; of a day's rows the one that counts."""
    found: dict[int, dict[int, Answers]] = defaultdict(dict)
    for check in checks(SESSIONS):
        answers = tuple(answer for answer in check.answers if answer is not None)
        if len(answers) >= len(found[check.person].get(check.day, ())):
            found[check.person][check.day] = answers
    return found


def stretch(journey: Mapping[int, Answers], first: int) -> Diary:
    """Thirty days of a journey as a diary of its own."""
    return {day - first: answers for day, answers in journey.items() if 0 <= day - first < DAYS}


def lasting() -> list[int]:
    """The sessions that were to be answered for thirty days: not young, the next not near."""
    patients = [person["log_sessions"][0]["patient_id"] for person in people(SESSIONS)]
    days = [session_day(index, SESSIONS) for index in range(SESSIONS)]
    followed = [this == following for this, following in pairwise([*patients, None])]
    ends = [
        days[index + 1] if is_followed else SEED_AS_OF for index, is_followed in enumerate(followed)
    ]
    return [index for index in range(SESSIONS) if (ends[index] - days[index]).days >= DAYS]


@cache
def figures() -> dict[str, Figure]:
    """Those of the cohort: gaps of the first 30 days; noise of later ones, without afterglow."""
    later = [stretch(j, first) for j in journeys().values() for first in range(30, 180, 30)]
    first = [stretch(journeys()[index], 0) for index in lasting()]
    return noise(later) | gaps(list(filter(None, first)), len(first))


def is_like_real(name: str, found: float) -> bool:
    return abs(found - RECORDED[name]["value"]) <= TOLERANCES[name]


@pytest.mark.skipif(not OPEN_PLAY.is_dir(), reason=f"NO REAL DATA: {OPEN_PLAY} is not there")
def test_the_recorded_figures_are_those_of_the_real_cohort() -> None:
    """Where the data is, each figure is computed anew."""
    diaries, everybody = of_files(OPEN_PLAY)
    found = noise(diaries) | gaps(diaries, everybody)
    assert {name: (round(figure.value, 4), figure.n) for name, figure in found.items()} == {
        name: (figure["value"], figure["n"]) for name, figure in RECORDED.items()
    }


@every_figure
def test_the_cohort_is_like_the_real_one(name: str) -> None:
    """Days, weeks and gaps hang together as those of real people do, measured in the same way."""
    assert figures()[name].n > 1000
    assert is_like_real(name, figures()[name].value), figures()[name]


@every_figure
def test_a_tolerance_is_at_least_what_chance_makes(name: str) -> None:
    """The recorded figure is itself known within two standard errors only."""
    assert TOLERANCES[name] >= 2 * RECORDED[name]["standard_error"]


def test_patients_answer_more_than_a_panel_that_nobody_knows() -> None:
    """More of 30 days than the real cohort, which drops out early; less than diary studies."""
    panel = RECORDED["answered_of_30_days"]["value"]
    assert panel < figures()["answered_of_30_days"].value < ANSWERED_IN_STUDIES


def test_weeks_of_whole_journeys_vary_more_than_shuffled_days() -> None:
    """1.8 to 2.3 times, as in three diary cohorts; two standard errors over seeds are 0.1."""
    whole = [
        {day - 28: fmean(answers) for day, answers in journey.items() if 28 <= day <= 180}
        for journey in journeys().values()
    ]
    found = variance_ratio([diary for diary in whole if len(diary) >= 60])
    assert found.n > 1500
    assert 1.7 < found.value < 2.4


def carried_over(kept: float) -> Iterator[Diary]:
    """Diaries as an earlier simulation drew them: so much of the shared noise is left next day."""
    rng = random.Random(1)
    for _ in range(2000):
        shared = rng.gauss(0, 0.45)
        diary = {}
        for day in range(DAYS):
            shared = kept * shared + (1 - kept**2) ** 0.5 * rng.gauss(0, 0.45)
            levels = [3.2 + shared + rng.gauss(0, 0.7) for _ in range(4)]
            if rng.random() < 0.79:
                diary[day] = tuple(min(5, max(1, round(level))) for level in levels)
        yield diary


@pytest.mark.parametrize(
    ("kept", "name"),
    [
        (0.62, "day_to_day_correlation"),
        (0.8, "day_to_day_correlation"),
        (0.8, "weekly_variance_ratio"),
    ],
)
def test_noise_that_carries_over_from_day_to_day_is_noticed(kept: float, name: str) -> None:
    """Diaries smoother than real ones are not like them."""
    assert not is_like_real(name, noise(list(carried_over(kept)))[name].value)


def test_people_who_answer_in_runs_are_noticed() -> None:
    """Gaps of four days after each fortnight are not like those of real people."""
    runs = [
        {day: (3, 3, 3, 3) for day in range(DAYS) if (day + shift) % 18 not in range(4)}
        for shift in range(18)
    ]
    found = gaps(runs, len(runs))
    for name in ("mean_gap_days", "answered_after_a_missed_day"):
        assert not is_like_real(name, found[name].value)
