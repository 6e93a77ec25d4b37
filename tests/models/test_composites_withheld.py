"""No answers of a few patients follow from a composite beside the questions it is made of."""

# The unknown numbers are the sums of answers to each question by those who answered alike; what is
# shown are sums of these. A combination tells of a few when it is free of all others.

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, combinations

import numpy as np
from hypothesis import example, given

import populations as made
from nightly import examples
from played_clinic import OF_THE_CHECKS, QUESTIONS, Clinic
from populations import Patient, Population, populations
from reference import METRICS

GROUP = "played clinic"

# How many questions were answered on the days of a week: on all of them as many, or not.
Kind = frozenset[int]


def shown(clinic: Clinic, period: str) -> dict[int, list[str]]:
    found = defaultdict(list)
    table = {"day": "days_post_session", "week": "week_post_session"}
    for metric, number in clinic.rows(
        f"select metric, {table[period]} from published.rpt_pulse_trends_by_{period} "
        "where not is_withheld"
    ):
        found[number].append(metric)
    return found


def told(sizes: Mapping[Kind, int], metrics: Iterable[str]) -> Iterator[set[Kind]]:
    """The kinds of 1 to 10 patients of whom alone a combination of the metrics tells."""
    parts = [(kind, part) for kind in sizes for part in unknown(kind)]
    known = np.array([[weight(metric, *part) for part in parts] for metric in metrics])
    for few in subsets(sizes):
        if sum(sizes[kind] for kind in few) in range(1, 11):
            others = [kind not in few for kind, _ in parts]
            if np.linalg.matrix_rank(known) > np.linalg.matrix_rank(known[:, others]):
                yield set(few)


def unknown(kind: Kind) -> list[str]:
    """Of days with as many answers each the composite follows; of others it is one number more."""
    questions = list(QUESTIONS[: max(kind)])
    return questions + ["composite"] * (len(kind) > 1 and max(kind) >= 3)


def weight(metric: str, kind: Kind, part: str) -> float:
    if metric == "composite" and len(kind) == 1 and max(kind) >= 3:
        return 1 / max(kind)
    return float(metric == part)


def subsets(kinds: Iterable[Kind]) -> Iterator[tuple[Kind, ...]]:
    every = list(kinds)
    return chain.from_iterable(combinations(every, number) for number in range(len(every) + 1))


def kinds_by(population: Population, length: int) -> dict[int, Counter[Kind]]:
    found: dict[int, Counter[Kind]] = defaultdict(Counter)
    for one in population:
        given_in: dict[int, set[int]] = defaultdict(set)
        for day, size in one.answers.items():
            given_in[day // length].add(size)
        for period, sizes in given_in.items():
            found[period][frozenset(sizes)] += 1
    return found


def without_one(answering: int, mixed: int = 0) -> Population:
    """All answer everything in week 1, but for one who answers one question each day.

    `mixed` of the others leave one question out on one day.
    """
    week = made.whole_week()
    return (
        (Patient(13, dict.fromkeys(week, 1)),)
        + (Patient(13, week | {10: 3}),) * mixed
        + (Patient(13, week),) * (answering - mixed)
    )


@example(made.skipped_once(30))
@examples
@given(populations(skipping=True))
def test_no_answers_of_a_day_can_be_computed(clinic: Clinic, population: Population) -> None:
    clinic.hold(population, OF_THE_CHECKS)
    kinds = kinds_by(population, 1)
    for day, metrics in shown(clinic, "day").items():
        assert list(told(kinds[day], metrics)) == [], f"on day {day}: {kinds[day]}"


@example(without_one(30))
@example(without_one(30, mixed=15))
@example(made.skipped_once(30))
@examples
@given(populations(skipping=True))
def test_no_answers_of_a_week_can_be_computed(clinic: Clinic, population: Population) -> None:
    """Nor about: a day that differs from a patient's other days hardly moves the patient's week."""
    clinic.hold(population, OF_THE_CHECKS)
    kinds = kinds_by(population, 7)
    for week, metrics in shown(clinic, "week").items():
        assert list(told(kinds[week], metrics)) == [], f"in week {week}: {kinds[week]}"
        roughly = {kind: n for kind, n in kinds[week].items() if len(kind) == 1 or max(kind) < 3}
        for few in told(roughly, metrics):
            assert any(max(kind) >= 3 for kind in few), f"in week {week}: {kinds[week]}"


def test_a_composite_of_a_week_is_shown_where_it_tells_of_many(clinic: Clinic) -> None:
    """Twelve who leave a question out on one day are enough, eleven without a composite, too."""
    week = made.whole_week()
    clinic.hold((Patient(13, week | {10: 3}),) * 12 + (Patient(13, week),) * 20, OF_THE_CHECKS)
    assert set(shown(clinic, "week")[1]) == set(METRICS)
    clinic.hold(without_one(20) + (Patient(13, dict.fromkeys(week, 2)),) * 10, OF_THE_CHECKS)
    assert set(shown(clinic, "week")[1]) == set(METRICS)
    clinic.hold(without_one(20) + (Patient(13, dict.fromkeys(week, 2)),) * 9, OF_THE_CHECKS)
    assert set(shown(clinic, "week")[1]) == set(QUESTIONS)
