"""People whose course is known go through the project's own models: what each rule made of them."""

from __future__ import annotations

import random
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import compress
from typing import Any
from uuid import UUID

from runner import HERE, MIGRATIONS, say

from wellness_journey.cohort import courses
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target
from wellness_journey.pipeline import build as transform

DAY_0 = date(2025, 1, 1)
AS_OF = DAY_0 + timedelta(days=200)
LAST_DAY = 180
SLIDE = "slide"
PRACTITIONER = UUID(int=1)
MODELS = ("+int_drop_spans", "+int_below_baseline_spans", "+int_silence_spans")


@dataclass(frozen=True)
class Answered:
    """The share of days answered, and the mean length of a gap; 0: as chance makes it."""

    share: float
    mean_gap_days: float = 0.0

    def __str__(self) -> str:
        return f"{self.share:.0%}{' in clusters' if self.mean_gap_days else ''}"


@dataclass(frozen=True)
class Kind:
    """`fall` is the size of a drop in SDs as text, 0 for none; or `slide`."""

    answered: Answered
    course: str
    fall: str = "0"


@dataclass(frozen=True)
class Person:
    """The number in the session's key, and the day on which the fall begins."""

    number: int
    fall_day: int


@dataclass(frozen=True)
class Chart:
    """The days on which a rule looked, and how far it had come on each, on the limit's scale."""

    days: Sequence[int]
    values: Sequence[float]

    def fired(self, limit: float, in_a_row: int) -> list[bool]:
        """On which of these days the rule fires with that limit."""
        running, found = 0, []
        for value in self.values:
            running = running + 1 if value > limit else 0
            found.append(running >= in_a_row)
        return found

    def highest(self, in_a_row: int) -> float:
        """The limit below which the rule would never fire."""
        parts = [self.values[n : n + in_a_row] for n in range(len(self.values) - in_a_row + 1)]
        return max(map(min, parts), default=float("-inf"))


@dataclass(frozen=True)
class Looks:
    """By session, what the two charts show, and the days on which silence fired."""

    drop: dict[int, Chart]
    below_baseline: dict[int, Chart]
    silence: dict[int, set[int]]
    daily_sd: float


def looks(
    server: Target, kinds: Sequence[Kind], people: int, seed: int
) -> tuple[dict[Kind, list[Person]], Looks]:
    """Invent `people` of each kind in a fresh database of `server`, and build the models there."""
    target, persons, deviations = invent(server, kinds, people, seed)
    build(target, AS_OF, MODELS)
    with settings.connect(target) as connection:
        return persons, Looks(
            drop=_charts(
                connection, "drop", "observed_value - spans.limit_value + rules.limit_value"
            ),
            below_baseline=_charts(
                connection,
                "below_baseline",
                "(baseline_value - observed_value) * rules.limit_value"
                " / (baseline_value - spans.limit_value)",
            ),
            silence=_silences(connection),
            daily_sd=statistics.median(deviations),
        )


def invent(
    server: Target, kinds: Sequence[Kind], people: int, seed: int
) -> tuple[Target, dict[Kind, list[Person]], list[float]]:
    """A fresh database of `server` with `people` of each kind, and each one's daily SD."""
    say(f"inventing {people * len(kinds):,} people ...")
    target = _fresh(server)
    persons: dict[Kind, list[Person]] = defaultdict(list)
    deviations: list[float] = []
    with settings.connect(target, autocommit=True) as connection:
        connection.execute("insert into auth.users (id) values (%s)", (PRACTITIONER,))
        _copy(
            connection,
            "log_sessions (session_id, patient_id, practitioner_id, session_date)",
            (
                (UUID(int=number), UUID(int=number << 64), PRACTITIONER, DAY_0)
                for number in range(1, people * len(kinds) + 1)
            ),
        )
        _copy(
            connection,
            "log_pulse_checks (session_id, patient_id, practitioner_id, check_date, "
            "connection_level, sleep_quality, mood_level, energy_level)",
            _checks(persons, kinds, people, seed, deviations),
        )
        connection.execute("analyze")
    return target, persons, deviations


def build(target: Target, as_of: date, models: Sequence[str]) -> None:
    """Build these models of the invented people."""
    say("building the models ...")
    settings.export(target)
    built = transform.build(
        HERE.parent,
        as_of,
        arguments=(
            *("--select", *models),
            *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
        ),
    )
    if built.not_built:
        raise SystemExit(f"not built: {', '.join(built.not_built)}")


def seconds_of(server: Target, model: str) -> float:
    """The least of three times that the model's own SQL takes, where `looks` built it last."""
    compiled = transform.target_folder(HERE.parent) / "compiled" / "wellness_journey"
    query = next(compiled.rglob(f"{model}.sql")).read_text(encoding="utf-8")
    found = []
    with settings.connect(_invented(server)) as connection:
        connection.execute("set work_mem = '64MB'; set random_page_cost = 1.1; set jit = off")
        for _ in range(3):
            started = time.perf_counter()
            connection.execute(f"create temporary table again as {query}".encode())
            found.append(time.perf_counter() - started)
            connection.execute("drop table again")
    return round(min(found), 2)


def _invented(server: Target) -> Target:
    return replace(server, database="invented")


def _fresh(server: Target) -> Target:
    """An empty database, in the place of the last one; the first is the template of all."""
    target = _invented(server)
    with settings.connect(server, autocommit=True) as connection:
        # Nobody needs it after a crash.
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"alter system set {name} = off".encode())
        connection.execute("alter system set max_wal_size = '8GB'")
        connection.execute("select pg_reload_conf()")
        migrate.migrate(connection, MIGRATIONS)
    with settings.connect(replace(server, database="postgres"), autocommit=True) as connection:
        connection.execute("drop database if exists invented with (force)")
        connection.execute(f"create database invented template {server.database}".encode())
    return target


def _checks(
    persons: dict[Kind, list[Person]],
    kinds: Sequence[Kind],
    people: int,
    seed: int,
    deviations: list[float],
) -> Iterator[tuple[Any, ...]]:
    """The answers of all; each person has a stream of random numbers of their own."""
    days = range(LAST_DAY + 1)
    number = 0
    for kind in kinds:
        course = courses.COURSES[kind.course]
        for _ in range(people):
            number += 1
            draw = random.Random(f"{seed}:{kind}:{number}")  # noqa: S311, a repeatable draw
            one = courses.make_person(draw)
            fall = (
                courses.slide(draw) if kind.fall == SLIDE else courses.drop(draw, float(kind.fall))
            )
            persons[kind].append(Person(number, fall.first_day))
            expected = list(
                courses.expected(one, course, days, fall=fall, day_0_weekday=draw.randrange(7))
            )
            given = list(courses.answers(draw, one, expected))
            deviations.append(
                statistics.pstdev(
                    sum(four) / 4 - points for four, points in zip(given, expected, strict=True)
                )
            )
            shares = [kind.answered.share] * len(days)
            observed = courses.answered(draw, shares, kind.answered.mean_gap_days)
            for day, four in compress(enumerate(given), observed):
                key, patient = UUID(int=number), UUID(int=number << 64)
                yield key, patient, PRACTITIONER, DAY_0 + timedelta(days=day), *four


def _copy(connection: Any, into: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"copy public.{into} from stdin") as stream:
        for row in rows:
            stream.write_row(row)


def _charts(connection: Any, rule: str, value: str) -> dict[int, Chart]:
    rows = connection.execute(
        f"""
        select
            spans.session_id,
            array_agg(spans.first_day order by spans.first_day),
            array_agg(({value})::double precision order by spans.first_day)
        from intermediate.int_{rule}_spans as spans
        inner join intermediate.int_review_rules as rules on spans.rule = rules.rule
        group by spans.session_id
        """  # noqa: S608, of our own constants
    )
    return {key.int: Chart(days, values) for key, days, values in rows}


def _silences(connection: Any) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for key, first, last in connection.execute(
        "select session_id, first_day, last_day from intermediate.int_silence_spans where is_fired"
    ):
        found[key.int].update(range(first, last + 1))
    return found
