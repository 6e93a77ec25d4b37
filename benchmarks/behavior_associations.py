"""How often fct_behavior_associations is wrong, and what it finds: `make bench-associations`.

Invented people whose weeks are known to be chance, or chance and an effect of known size, go
through the project's own models on a throwaway server. Beside its test at 0.05 stands the naive one
on the same weeks: a t-test of the weeks with a change against those without, trend and all.
The same seed gives the same figures. Nothing is asserted.

PEOPLE=300 sets the people of each scenario, SEED=1 the draw; RECORD=1 writes
benchmarks/results.json and the section in benchmarks/RESULTS.md.
"""

from __future__ import annotations

import math
import os
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from runner import HERE, MIGRATIONS, benchmark, machine_of, option, say

from wellness_journey.database import migrate, server, settings
from wellness_journey.database.settings import Target
from wellness_journey.pipeline import build as transform

AS_OF = date(2025, 12, 31)
FIRST_DAY = AS_OF - timedelta(days=200)
WEEKS = 26
# The effect, where there is one, goes along with HABIT; SOCIAL is always chance.
HABIT, SOCIAL = "HABIT", "SOCIAL"
METRICS = ("connection", "sleep", "mood", "energy")


@dataclass(frozen=True)
class Scenario:
    """`memory` is the correlation of neighbouring weeks, of what is felt and of what is reported;
    `recovery` the points gained, most of them early unless `is_straight`, while changes become
    likelier; `effect` in points."""

    name: str
    memory: float = 0
    recovery: float = 0
    effect: float = 0
    is_straight: bool = False


SCENARIOS = (
    Scenario("noise"),
    Scenario("noise, straight recovery", recovery=1.3, is_straight=True),
    Scenario("noise, recovery", recovery=1.3),
    Scenario("neighbouring weeks alike, 0.3", memory=0.3),
    Scenario("neighbouring weeks alike, 0.6", memory=0.6),
    Scenario("neighbouring weeks alike, 0.6, recovery", memory=0.6, recovery=1.3),
    Scenario("0.2 points, recovery", recovery=1.3, effect=0.2),
    Scenario("0.4 points, recovery", recovery=1.3, effect=0.4),
    Scenario("0.8 points, recovery", recovery=1.3, effect=0.8),
    Scenario("0.4 points, alike 0.3, recovery", memory=0.3, recovery=1.3, effect=0.4),
)


@dataclass(frozen=True)
class Person:
    """Weeks reported by type, and answers by day: four a day, on five days a week or so."""

    reported: dict[str, set[int]]
    answers: dict[int, list[int]]


@dataclass(frozen=True)
class Measured:
    """Rates in percent; standard errors over people, whose tests hang together."""

    scenario: str
    null_tests: int
    naive_pct: float
    naive_error: float
    ours_pct: float
    ours_error: float
    fdr_pct: float
    fdr_error: float
    power_pct: float | None
    difference_points: float | None


def main() -> int:
    return benchmark("behavior_associations", measured, told)


def measured(home: Path) -> dict[str, Any]:
    """What is recorded."""
    people, seed = option("PEOPLE", 300), option("SEED", 1)
    drawn = {
        UUID(int=number * 10**6 + index + 1): (scenario, draw(scenario, f"{seed}:{number}:{index}"))
        for number, scenario in enumerate(SCENARIOS)
        for index in range(people)
    }
    target = server.up(home)
    fill(target, {key: person for key, (_, person) in drawn.items()})
    seconds = build(target, home.parent / "target")
    found = read(target)
    tests = sum(map(len, found.values()))
    return {
        "machine": machine_of(target),
        "people": people,
        "seed": seed,
        "tests": tests,
        "ms_per_test": round(1000 * seconds / tests, 2),
        "measured": [
            asdict(
                judge(
                    scenario,
                    [(person, found[key]) for key, (of, person) in drawn.items() if of == scenario],
                )
            )
            for scenario in SCENARIOS
        ],
    }


def draw(scenario: Scenario, stream: str) -> Person:
    rng = random.Random(stream)  # noqa: S311, a repeatable draw
    rises = bool(scenario.recovery)
    reported = {kind: set(weeks(rng, scenario.memory, rises)) for kind in (HABIT, SOCIAL)}
    answers = {}
    level = rng.gauss(0, 1)
    for week in range(WEEKS):
        fresh = math.sqrt(1 - scenario.memory**2)
        level = scenario.memory * level + fresh * rng.gauss(0, 1) if week else level
        for day in range(7 * week, min(7 * week + 7, 181)):
            if rng.random() < 0.2:
                continue
            gained = day / 180 if scenario.is_straight else 1 - 0.985**day
            felt = 2.3 + 0.4 * level + scenario.recovery * gained
            felt += scenario.effect * (week in reported[HABIT])
            answers[day] = [min(5, max(1, round(felt + rng.gauss(0, 0.6)))) for _ in METRICS]
    return Person(reported, answers)


def weeks(rng: random.Random, memory: float, rises: bool) -> Iterator[int]:
    """Weeks with a change: as the week before with chance `memory`, or else drawn anew."""
    is_reported = False
    for week in range(WEEKS):
        if not week or rng.random() >= memory:
            chance = 0.25 + 0.5 * week / (WEEKS - 1) if rises else 0.5
            is_reported = rng.random() < chance
        if is_reported:
            yield week


def fill(target: Target, people: dict[UUID, Person]) -> None:
    """Each is a patient with one session of one practitioner."""
    say(f"{target}: filling {len(people):,} people ...")
    practitioner = UUID(int=1)
    with settings.connect(target, autocommit=True) as connection:
        connection.execute("alter system set fsync = off")
        connection.execute("select pg_reload_conf()")
        migrate.migrate(connection, MIGRATIONS)
        connection.execute("insert into auth.users (id) values (%s)", (practitioner,))
        keys = "session_id, patient_id, practitioner_id"
        levels = "connection_level, sleep_quality, mood_level, energy_level"
        for table, columns in (
            ("log_sessions", f"{keys}, session_date"),
            ("log_pulse_checks", f"{keys}, check_date, {levels}"),
            ("log_behavioral_changes", f"{keys}, change_date, change_type, change_description"),
        ):
            statement = f"copy public.{table} ({columns}) from stdin"
            with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
                for key, person in people.items():
                    for day, *rest in rows(table, person):
                        on = FIRST_DAY + timedelta(days=day)
                        copy.write_row((key, key, practitioner, on, *rest))
        connection.execute("vacuum analyze")


def rows(table: str, person: Person) -> Iterator[tuple[Any, ...]]:
    """The day after the session, and what the table says of it."""
    if table == "log_sessions":
        yield (0,)
    elif table == "log_pulse_checks":
        for day, levels in person.answers.items():
            yield day, *levels
    else:
        for kind, reported in person.reported.items():
            for week in sorted(reported):
                yield 7 * week, kind, "Invented"


def build(target: Target, artefacts: Path) -> float:
    """The models and what they need; seconds that the permutations took."""
    say("building ...")
    settings.export(target)
    os.environ["DBT_TARGET_PATH"] = str(artefacts)
    lines: list[str] = []
    built = transform.build(
        HERE.parent,
        AS_OF,
        arguments=("--select", "+fct_behavior_associations", "--exclude-resource-type", "test"),
        progress=lines.append,
    )
    if built.not_built:
        raise SystemExit("\n".join(built.not_built))
    (line,) = (line for line in lines if " int_behavior_tests " in line)
    return float(line.split()[-2])


def read(target: Target) -> dict[UUID, list[tuple[str, float, bool, float]]]:
    """Type, p, verdict and points of every test that the mart has, by session."""
    found = defaultdict(list)
    with settings.connect(target) as connection:
        for key, *row in connection.execute(
            "select session_id, change_type, p_value::float8, is_discovery, "
            "difference_points::float8 from marts.fct_behavior_associations "
            "order by session_id, change_type, metric"
        ):
            found[key].append(tuple(row))
    return found


def judge(
    scenario: Scenario, people: Sequence[tuple[Person, list[tuple[str, float, bool, float]]]]
) -> Measured:
    """The rates of one scenario, over people."""
    false_tests, naive_tests, real_tests = [], [], []
    false_shares, points = [], []
    for person, tests in people:
        is_real = [kind == HABIT and scenario.effect > 0 for kind, *_ in tests]
        null = [p <= 0.05 for (_, p, *_), real in zip(tests, is_real, strict=True) if not real]
        false_tests.append((sum(null), len(null)))
        kinds = [SOCIAL] if scenario.effect else [HABIT, SOCIAL]
        naive = [naive_p_is_small(person, kind, metric) for kind in kinds for metric in range(5)]
        naive = [one for one in naive if one is not None]
        naive_tests.append((sum(naive), len(naive)))
        verdicts = [(test[2], real) for test, real in zip(tests, is_real, strict=True)]
        discoveries = [real for is_discovery, real in verdicts if is_discovery]
        false_shares.append(
            (discoveries.count(False) / len(discoveries) if discoveries else 0.0, 1)
        )
        real = [is_discovery for is_discovery, real in verdicts if real]
        real_tests.append((sum(real), len(real)))
        points += [test[3] for test, one in zip(tests, is_real, strict=True) if one]
    naive_pct, naive_error = rate(naive_tests)
    ours_pct, ours_error = rate(false_tests)
    fdr_pct, fdr_error = rate(false_shares)
    return Measured(
        scenario.name,
        sum(n for _, n in false_tests),
        naive_pct,
        naive_error,
        ours_pct,
        ours_error,
        fdr_pct,
        fdr_error,
        rate(real_tests)[0] if scenario.effect else None,
        round(math.fsum(points) / len(points), 2) if points else None,
    )


def rate(counted: Sequence[tuple[float, int]]) -> tuple[float, float]:
    """Percent and its standard error, when (hits, of) come in groups."""
    total = sum(n for _, n in counted)
    share = sum(hits for hits, _ in counted) / total
    spread = math.sqrt(math.fsum((hits - share * n) ** 2 for hits, n in counted)) / total
    return round(100 * share, 2), round(100 * spread, 2)


def naive_p_is_small(person: Person, kind: str, metric: int) -> bool | None:
    """Whether a t-test of weekly means is below 0.05; metric 4 is the composite."""
    by_week: dict[int, list[float]] = defaultdict(list)
    for day, levels in person.answers.items():
        by_week[day // 7].append(levels[metric] if metric < 4 else sum(levels) / 4)
    groups: tuple[list[float], list[float]] = ([], [])
    for week, values in by_week.items():
        if len(values) >= 4:
            groups[week in person.reported[kind]].append(math.fsum(values) / len(values))
    without, having = groups
    if min(len(without), len(having)) < 6:
        return None
    n = len(without) + len(having)
    means = [math.fsum(group) / len(group) for group in groups]
    squares = math.fsum(
        (value - middle) ** 2
        for group, middle in zip(groups, means, strict=True)
        for value in group
    )
    error = math.sqrt(squares / (n - 2) * (1 / len(without) + 1 / len(having)))
    return abs(means[1] - means[0]) > quantiles()[n - 2] * error


@cache
def quantiles() -> dict[int, float]:
    """Student's t quantiles, from the project's own table."""
    table = HERE.parent / "dbt_project" / "seeds" / "ref_student_t.csv"
    lines = table.read_text(encoding="utf-8").splitlines()[1:]
    return {int(line.split(",")[0]): float(line.split(",")[1]) for line in lines}


def told(result: dict[str, Any]) -> str:
    """The section of RESULTS.md."""
    machine = result["machine"]
    lines = [
        "## What goes along with what: how often it is wrong",
        "",
        f"{result['people']:,} invented people a scenario (seed {result['seed']}), 26 weeks of",
        "five to six days, two types of change, five metrics:",
        f"{result['tests']:,} tests through the project's own models, {result['ms_per_test']} ms "
        f"each ({machine['cores']} cores, PostgreSQL {machine['postgresql']}).",
        "",
        "False positives: tests of what is chance with p of at most 0.05, by a naive t-test that",
        "knows no trend, and by ours. FDR: the share of discoveries (q at most 0.10) that are",
        "false, its mean over people; where all is chance, the people with any. In brackets",
        "standard errors, over people. Power: the share of what is real that is discovered. Alike:",
        "the correlation of neighbouring weeks, in what is felt and in what is reported. Recovery:",
        "1.3 points, most of them early, while changes become likelier (from one week in four to",
        "three).",
        "",
        "| scenario | naive % | ours % | FDR % | power % | mean difference, points |",
        "|---|---|---|---|---|---|",
    ]
    for m in result["measured"]:
        power = "" if m["power_pct"] is None else f"{m['power_pct']:.0f}"
        points = "" if m["difference_points"] is None else f"{m['difference_points']:.2f}"
        lines.append(
            f"| {m['scenario']} | {m['naive_pct']:.1f} ({m['naive_error']:.1f}) "
            f"| {m['ours_pct']:.1f} ({m['ours_error']:.1f}) "
            f"| {m['fdr_pct']:.1f} ({m['fdr_error']:.1f}) | {power} | {points} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
