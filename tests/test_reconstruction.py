"""Nothing that the published tables withhold can be computed from all of them together.

Random populations around the threshold go through the models' own SQL. The attacker sees every row
of `published`, knows the definitions, and may assume the worst: all answer all four questions of a
check, and have one session. 25 populations in `make test`; HYPOTHESIS_PROFILE=nightly draws many.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import deductions
from conftest import build
from reference import METRICS
from test_properties import examples
from wellness_journey.seed import SEED_AS_OF
from wellness_journey.settings import Target, connect

Connection = psycopg.Connection[Any]
# In the order in which they read each other.
MODELS = (
    "published.rpt_compliance_by_week",
    "published.rpt_pulse_trends_by_week",
    "published.rpt_pulse_trends_by_day",
)
WEEKS = range(3)
QUESTIONS = METRICS[:-1]


@dataclass(frozen=True)
class Population:
    """Patients with one session each: their last day, and by day how many questions they answer."""

    patients: tuple[tuple[int, dict[int, int]], ...]

    def answering(self, day: int) -> int:
        return sum(day in answers for _, answers in self.patients)

    def answering_in(self, week: int) -> int:
        return sum(any(day // 7 == week for day in answers) for _, answers in self.patients)

    def missed(self, week: int) -> int:
        due = range(max(1, 7 * week), 7 * week + 7)
        return sum(d <= last and d not in a for last, a in self.patients for d in due)


@st.composite
def populations(draw: Callable[..., Any], skipping: bool = False) -> Population:
    """Some answer every day but for a few days with few answers; some never; some come less far."""
    answering, silent = draw(st.integers(8, 34)), draw(st.integers(0, 13))
    last_days = [draw(st.sampled_from([13, 20, 40]))] * (answering + silent)
    for _ in range(draw(st.integers(0, 2))):
        last, first, size = (draw(st.integers(0, top)) for top in (14, answering, 14))
        last_days[first : first + size] = [last] * len(last_days[first : first + size])
    answers: list[dict[int, int]] = [dict.fromkeys(range(21), 4) for _ in range(answering)]
    near = st.integers(0, 13) | st.integers(9, 12) | st.integers(max(0, answering - 13), answering)
    for _ in range(draw(st.integers(0, 4))):
        day, first, size = draw(st.integers(0, 20)), draw(st.integers(0, answering)), draw(near)
        there = {(first + number) % answering for number in range(size)}
        for number in set(range(answering)) - there:
            answers[number].pop(day, None)
    for _ in range(draw(st.integers(1, 6)) if skipping else 0):
        day, first, size = draw(st.integers(0, 20)), draw(st.integers(0, answering)), draw(near)
        given_answers = draw(st.integers(1, 3))
        for number in range(size):
            if day in answers[(first + number) % answering]:
                answers[(first + number) % answering][day] = given_answers
    answers += [{}] * silent
    return Population(
        tuple(
            (last, {day: n for day, n in given.items() if day <= last})
            for last, given in zip(last_days, answers, strict=True)
        )
    )


def one_day_of_ten(answering: int) -> Population:
    """All answer all of week 1, but on its day 10 only ten do."""
    everybody = dict.fromkeys(range(7, 14), 4)
    but_one_day = {day: n for day, n in everybody.items() if day != 10}
    return Population(
        tuple((13, everybody if number < 10 else but_one_day) for number in range(answering))
    )


def missed_by_five(answering: int) -> Population:
    """All answer all of week 1, but for five on its day 10."""
    everybody = dict.fromkeys(range(7, 14), 4)
    but_one_day = {day: n for day, n in everybody.items() if day != 10}
    return Population(
        tuple((13, but_one_day if number < 5 else everybody) for number in range(answering))
    )


def last_day_of_ten(silent: int, answering: int) -> Population:
    """All who answer do so whenever they can, but only ten of them have come to the week's end."""
    everybody = dict.fromkeys(range(7, 14), 4)
    none: dict[int, int] = {}
    shorter = {day: n for day, n in everybody.items() if day < 13}
    return Population(
        ((12, none),) * silent + ((13, everybody),) * 10 + ((12, shorter),) * (answering - 10)
    )


def skipped_once(answering: int) -> Population:
    """Half miss a day of week 1, and on day 10 one of them leaves the last question out."""
    everybody = dict.fromkeys(range(7, 14), 4)
    but_one_day = {day: n for day, n in everybody.items() if day != 8}
    return Population(
        tuple(
            (13, everybody if number % 2 else but_one_day | ({10: 3} if number == 0 else {}))
            for number in range(answering)
        )
    )


@dataclass(repr=False)
class Clinic:
    """A database whose tables hold one population at a time, built by the models' own SQL."""

    connection: Connection
    queries: dict[str, str]

    def hold(self, population: Population) -> None:
        run = self.connection.execute
        run("truncate marts.dim_sessions, intermediate.int_pulse_days")
        with self.connection.cursor() as cursor:
            with cursor.copy(
                "copy marts.dim_sessions (session_id, patient_id, days_elapsed) from stdin"
            ) as copy:
                for number, (last, _) in enumerate(population.patients):
                    copy.write_row((UUID(int=number), UUID(int=number), last))
            with cursor.copy(
                "copy intermediate.int_pulse_days (session_id, days_post_session, answers_given, "
                "connection_level, sleep_quality, mood_level, energy_level) from stdin"
            ) as copy:
                for number, (_, answers) in enumerate(population.patients):
                    for day, size in answers.items():
                        values = [1 + number * (day + k) % 5 for k in range(4)]
                        shown = [value if k < size else None for k, value in enumerate(values)]
                        copy.write_row((UUID(int=number), day, size, *shown))
        run(
            "update intermediate.int_pulse_days set composite = (connection_level + sleep_quality "
            "+ mood_level + coalesce(energy_level, 0))::numeric / answers_given "
            "where answers_given >= 3"
        )
        for table, query in self.queries.items():
            run(f"truncate {table}".encode())
            run(query.encode())

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def clinic(built: str, copy_of: Callable[[str], Target]) -> Iterator[Clinic]:
    target = copy_of(built)
    names = [model.split(".")[1] for model in MODELS]
    without = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
    build(target, SEED_AS_OF, "--select", *names, *without)
    artefacts = Path(tempfile.gettempdir()) / "journey-tests-target"
    compiled = artefacts / "compiled" / "wellness_journey" / "dbt_project" / "models"
    with connect(target) as connection:
        queries = {}
        for model in MODELS:
            text = (compiled / f"{model.replace('.', '/')}.sql").read_text()
            query = re.sub(r'"\w+"\."(\w+)"\."(\w+)"', r"\1.\2", text)
            found = connection.execute(f"select * from {model} limit 0".encode()).description
            columns = ", ".join(column.name for column in found or ())
            queries[model] = f"insert into {model} ({columns}) select {columns} from ({query}) as q"
        yield Clinic(connection, queries)
        connection.rollback()


def seen(clinic: Clinic) -> list[deductions.Week]:
    """What the tables show of each week when all answer everything: then metrics do not matter."""
    by_day: dict[str, dict[int, int | None]] = defaultdict(dict)
    by_week: dict[str, dict[int, int | None]] = defaultdict(dict)
    for metric, day, patients in clinic.rows(
        "select metric, days_post_session, patients from published.rpt_pulse_trends_by_day"
    ):
        by_day[metric][day] = patients
    for metric, week, patients in clinic.rows(
        "select metric, week_post_session, patients from published.rpt_pulse_trends_by_week"
    ):
        by_week[metric][week] = patients
    assert all(counts == by_day["mood"] for counts in by_day.values())
    return [
        deductions.Week(
            *row, answering=by_week["mood"][row[0]], by_day={d: by_day["mood"][d] for d in days}
        )
        for row in clinic.rows(
            "select week_post_session, is_due, patients, expected_days, observed_days, missed_days "
            "from published.rpt_compliance_by_week order by week_post_session"
        )
        if (days := [day for day in range(181) if day // 7 == row[0]])
    ]


def test_what_is_safe_is_shown(clinic: Clinic) -> None:
    """The rules withhold the days around the few and no more: the week stays."""
    days = (
        "select metric, days_post_session from published.rpt_pulse_trends_by_day "
        "where not is_withheld"
    )
    weeks = (
        "select metric, week_post_session from published.rpt_pulse_trends_by_week "
        "inner join published.rpt_compliance_by_week using (week_post_session) "
        "where rpt_pulse_trends_by_week.patients is not null and not is_share_withheld"
    )
    clinic.hold(skipped_once(30))
    assert set(clinic.rows(days)) == {
        (metric, day) for metric in METRICS for day in range(7, 14)
    } - {("composite", 10)}
    clinic.hold(one_day_of_ten(22))
    assert clinic.rows(days) == []
    assert set(clinic.rows(weeks)) == {(metric, 1) for metric in METRICS}


def test_a_withheld_week_tells_unless_there_is_one_to_spare() -> None:
    """Of 22 patients one has not come to the last day, and 11 miss it and no other day."""
    week = deductions.Week(1, True, 22, 153, 142, 11, 22, dict.fromkeys(range(7, 14)))
    following = deductions.Week(2, False, 0, 0, 0, 0, None, dict.fromkeys(range(14, 21)))
    assert deductions.deduce(week, following, least_shown=11)["x13"] == (10, 10)
    assert deductions.deduce(week, following)["x13"] == (10, 22)


@example(one_day_of_ten(21))
@example(one_day_of_ten(22))
@example(missed_by_five(30))
@example(last_day_of_ten(11, 22))
@examples
@given(populations())
def test_no_small_count_can_be_computed(clinic: Clinic, population: Population) -> None:
    """No count of 1 to 10 follows from sums and bounds: of a day, of a week, of missed days."""
    clinic.hold(population)
    weeks = seen(clinic)
    for week in WEEKS:
        now, following = weeks[week], weeks[week + 1]
        truth = {f"x{day}": population.answering(day) for day in now.by_day}
        truth |= {"n": population.answering_in(week), "missed": population.missed(week)}
        bounds = deductions.deduce(now, following)
        for name, (low, high) in bounds.items():
            assert name not in truth or low <= truth[name] <= high, "the attacker is mistaken"
        for name in now.withheld():
            is_small = truth[name] in range(1, 11)
            assert not is_small or bounds[name][0] < bounds[name][1], f"{name} of week {week}"


@example(skipped_once(30))
@examples
@given(populations(skipping=True))
def test_no_mean_of_a_few_can_be_computed(clinic: Clinic, population: Population) -> None:
    """No combination of a day's means tells of the answers of 1 to 10 patients only.

    The unknown numbers are the sums of answers to each question by those who gave as many answers;
    what is shown are sums of these. A combination tells of a few when it is free of all others.
    """
    clinic.hold(population)
    shown = defaultdict(list)
    for metric, day in clinic.rows(
        "select metric, days_post_session from published.rpt_pulse_trends_by_day "
        "where not is_withheld"
    ):
        shown[day].append(metric)
    for day, metrics in shown.items():
        sizes = Counter(answers[day] for _, answers in population.patients if day in answers)
        parts = [(size, question) for size in sizes for question in range(size)]
        known = np.array([[weight(metric, *part) for part in parts] for metric in metrics])
        for few in subsets(sizes):
            if sum(sizes[size] for size in few) in range(1, 11):
                others = [size not in few for size, _ in parts]
                told = np.linalg.matrix_rank(known) - np.linalg.matrix_rank(known[:, others])
                assert told == 0, f"on day {day}: {few} of {dict(sizes)}"


def weight(metric: str, size: int, question: int) -> float:
    """The weight of answers to a question, by those who gave `size`, in the sum of a metric."""
    if metric == "composite":
        return 1 / size if size >= 3 else 0.0
    return float(QUESTIONS[question] == metric)


def subsets(sizes: Iterable[int]) -> Iterator[tuple[int, ...]]:
    every = sorted(sizes)
    return chain.from_iterable(combinations(every, number) for number in range(len(every) + 1))
