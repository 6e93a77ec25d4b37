"""How often fct_behavior_associations is wrong, and what it finds: `make bench-associations`.

Invented people whose weeks are known to be chance, or chance and an effect of known size, go
through the project's own models on a throwaway server. The same seed gives the same figures.
Nothing is asserted here; tests/tools/test_recorded_associations.py holds what is recorded to it.

PEOPLE=1500 sets the people of each scenario, SEED=1 the draw; RECORD=1 writes
benchmarks/results.json and the section in benchmarks/RESULTS.md.
"""

from __future__ import annotations

import math
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from invented_weeks import HABIT, SCENARIOS, Person, Scenario, draw
from runner import HERE, MIGRATIONS, benchmark, machine_of, option, say

from wellness_journey.database import migrate, server, settings
from wellness_journey.database.settings import Target
from wellness_journey.pipeline import build as transform

AS_OF = date(2025, 12, 31)
FIRST_DAY = AS_OF - timedelta(days=200)
# What the method reached where it was designed, on people drawn elsewhere,
# and what the method before it reached there: FDR where all is chance, else power, in percent.
DESIGNED = {
    "noise": (7, 8),
    "recovery": (9, 9),
    "memory 0.3": (10, 13),
    "memory 0.6": (4, 15),
    "memory 0.6, recovery": (5, 24),
    "memory 0.3, recovery": (10, 12),
    "0.4 points, recovery": (37, 37),
    "0.4 points, memory 0.3, recovery": (32, 39),
    "0.4 points, memory 0.6, recovery": (27, 49),
    "0.8 points, memory 0.6, recovery": (63, 84),
}


@dataclass(frozen=True)
class Test:
    """A row of the mart."""

    change_type: str
    p_value: float
    is_discovery: bool
    difference_points: float
    ci_lower: float | None
    ci_upper: float | None


@dataclass(frozen=True)
class Measured:
    """Rates in percent; standard errors over people, whose tests hang together."""

    scenario: str
    tests: int
    false_pct: float
    fdr_pct: float
    fdr_error: float
    power_pct: float | None
    power_error: float | None
    coverage_pct: float
    coverage_error: float
    effect_coverage_pct: float | None
    difference_points: float | None
    designed_pct: int
    undiscounted_pct: int


def main() -> int:
    return benchmark("behavior_associations", measured, told)


def measured(home: Path) -> dict[str, Any]:
    """What is recorded."""
    people, seed = option("PEOPLE", 1500), option("SEED", 1)
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
                judge(scenario, [found[key] for key, (of, _) in drawn.items() if of == scenario])
            )
            for scenario in SCENARIOS
        ],
    }


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
        arguments=(
            *("--select", "+fct_behavior_associations"),
            *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
        ),
        progress=lines.append,
    )
    if built.not_built:
        raise SystemExit("\n".join(built.not_built))
    (line,) = (line for line in lines if " int_behavior_tests: " in line)
    return float(line.split()[-2])


def read(target: Target) -> dict[UUID, list[Test]]:
    """The tests that the mart has, by session."""
    found = defaultdict(list)
    with settings.connect(target) as connection:
        for key, *row in connection.execute(
            "select session_id, change_type, p_value::float8, is_discovery, "
            "difference_points::float8, ci_lower::float8, ci_upper::float8 "
            "from marts.fct_behavior_associations order by session_id, change_type, metric"
        ):
            found[key].append(Test(*row))
    return found


def judge(scenario: Scenario, people: Sequence[Sequence[Test]]) -> Measured:
    """The rates of one scenario, over people."""
    real = [[t for t in tests if scenario.effect and t.change_type == HABIT] for tests in people]
    chance = [
        [t for t in tests if not scenario.effect or t.change_type != HABIT] for tests in people
    ]
    false = rate([(sum(t.p_value <= 0.05 for t in tests), len(tests)) for tests in chance])
    fdr = rate([(false_share(*both), 1) for both in zip(chance, real, strict=True)])
    coverage = rate([covered(tests, 0) for tests in chance])
    power = effect_coverage = points = None
    if scenario.effect:
        power = rate([(sum(t.is_discovery for t in tests), len(tests)) for tests in real])
        effect_coverage = rate([covered(tests, scenario.effect) for tests in real])
        differences = [t.difference_points for tests in real for t in tests]
        points = round(math.fsum(differences) / len(differences), 2)
    designed, undiscounted = DESIGNED[scenario.name]
    return Measured(
        scenario=scenario.name,
        tests=sum(map(len, people)),
        false_pct=false[0],
        fdr_pct=fdr[0],
        fdr_error=fdr[1],
        power_pct=power and power[0],
        power_error=power and power[1],
        coverage_pct=coverage[0],
        coverage_error=coverage[1],
        effect_coverage_pct=effect_coverage and effect_coverage[0],
        difference_points=points,
        designed_pct=designed,
        undiscounted_pct=undiscounted,
    )


def false_share(chance: Sequence[Test], real: Sequence[Test]) -> float:
    """The share of a person's discoveries that are false; 0 where there is none."""
    false = sum(test.is_discovery for test in chance)
    return false / ((false + sum(test.is_discovery for test in real)) or 1)


def covered(tests: Sequence[Test], truth: float) -> tuple[int, int]:
    """How many intervals hold the truth, and how many there are."""
    bounds = [
        (test.ci_lower, test.ci_upper)
        for test in tests
        if test.ci_lower is not None and test.ci_upper is not None
    ]
    return sum(lower <= truth <= upper for lower, upper in bounds), len(bounds)


def rate(counted: Sequence[tuple[float, int]]) -> tuple[float, float]:
    """Percent and its standard error, when (hits, of) come in groups."""
    total = sum(n for _, n in counted)
    share = sum(hits for hits, _ in counted) / total
    spread = math.sqrt(math.fsum((hits - share * n) ** 2 for hits, n in counted)) / total
    return round(100 * share, 2), round(100 * spread, 2)


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
        "Memory: the correlation of neighbouring weeks, in what is felt and in what is reported.",
        "Recovery: 1.3 points, most of them early, while changes become likelier (from one week in",
        "four to three). False positives: tests of what is chance with p of at most 0.05. FDR: the",
        "share of a person's discoveries (q at most 0.10) that are false, averaged over people; it",
        "must be at most 11 %. Coverage: 95 % intervals that hold the truth, which is 0 or the",
        "effect. It must be 93 to 96 % without memory and at 0.3, and at least 90 % at 0.6. In",
        "brackets: standard errors, over people. Designed, undiscounted: what this method and the",
        "one before it reached on people drawn elsewhere.",
        "",
        "| all is chance | false positives % | FDR % | designed | undiscounted | coverage % |",
        "|---|---|---|---|---|---|",
    ]
    for m in result["measured"]:
        if m["power_pct"] is None:
            lines.append(
                f"| {m['scenario']} | {m['false_pct']:.1f} "
                f"| {m['fdr_pct']:.1f} ({m['fdr_error']:.1f}) "
                f"| {m['designed_pct']} | {m['undiscounted_pct']} "
                f"| {m['coverage_pct']:.1f} ({m['coverage_error']:.1f}) |"
            )
    lines += [
        "",
        "Power: the share of what is real that is discovered.",
        "",
        "| one of two types has an effect | power % | designed | undiscounted | FDR % "
        "| coverage %: chance | effect | mean difference, points |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for m in result["measured"]:
        if m["power_pct"] is not None:
            lines.append(
                f"| {m['scenario']} | {m['power_pct']:.0f} ({m['power_error']:.1f}) "
                f"| {m['designed_pct']} | {m['undiscounted_pct']} "
                f"| {m['fdr_pct']:.1f} ({m['fdr_error']:.1f}) "
                f"| {m['coverage_pct']:.1f} ({m['coverage_error']:.1f}) "
                f"| {m['effect_coverage_pct']:.1f} | {m['difference_points']:.2f} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
