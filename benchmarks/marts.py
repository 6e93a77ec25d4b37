"""What a run costs beside copying what it reads: `make bench`.

On one throwaway server, in one run: the source tables copied once with `create table as`; all
models built whole; a run with nothing new, with a day of new rows for the running sessions, with
100 late rows, after an erasure; the day again where history is four times as long and as many
sessions run; the compliance mart beside its SQL function called for each session and window; the
suites beside handwritten aggregates; `journey run` beside plain `dbt build` of the same selection.
One session in ten is still running.

Every run of dbt is a process of its own, `dbt build` as a user would start it, without tests and
cross-checks except beside `journey run`; what it had parsed is kept, the day it is asked for is
new to it where the day moves, and makes it read the project anew. Net is therefore what passes
from the start of the first node to the end of the last, less the same on a database without rows.

SESSIONS=2000 sets the size of the cohort (about 63 pulse checks a session), REPEATS=3 how often
each is measured: figures are the best of these. RECORD=1 writes benchmarks/results.json and the
section in benchmarks/RESULTS.md. Nothing is asserted.
"""

from __future__ import annotations

import math
import shutil
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import checks
from marts_bench import Bench
from marts_rows import (
    COPY,
    ERASE,
    FUNCTIONS,
    LATE_ROWS,
    NEW_DAY,
    keep_running,
    lengthen,
    running,
)
from marts_text import told
from processes import ServerMemory
from psycopg import sql
from runner import HERE, MIGRATIONS, TABLES, benchmark, counting_server, machine_of, option, say

from wellness_journey.cohort import seed
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target

ROOT = HERE.parent
AS_OF = seed.SEED_AS_OF
DEMO_SESSIONS = 400
HISTORY = 4
MODELS = ("--exclude-resource-type", "test", "unit_test")
MARTS = (*MODELS, "--exclude", "cross_checks")
# What fct_session_compliance is built from: the function reads the same from the sources.
COMPLIANCE = ("dim_sessions", "int_pulse_days", "int_assessments", "fct_session_compliance")


def main() -> int:
    return benchmark("marts", measured, told)


def measured(home: Path) -> dict[str, Any]:
    """What is recorded."""
    repeats = option("REPEATS", 3)
    target = counting_server(home)
    with settings.connect(target, autocommit=True) as connection:
        migrate.migrate(connection, MIGRATIONS)
    bench = Bench(copy_of_project(home.parent), fill(target, option("SESSIONS", 2000)))
    with ServerMemory(target) as memory:
        measure(bench, repeats)
    settings.export(bench.targets["cohort"])
    of_checks = checks.measure(bench.targets["cohort"], repeats)
    return {
        "machine": machine_of(target),
        "repeats": repeats,
        "rows": {name: rows_of(bench.targets[name]) for name in ("cohort", "longer")},
        "running_sessions": running(bench.targets["cohort"], AS_OF),
        "server_peak_mb": memory.peak_mb,
        **figures(bench, of_checks),
    }


def copy_of_project(folder: Path) -> Path:
    """Reports and artefacts of what is measured must not replace those of the checkout."""
    root = folder / "project"
    for name in ("src", "migrations", "dbt_project", "expectations"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(ROOT / name, root / name)
    return root


def fill(target: Target, sessions: int) -> dict[str, Target]:
    """Databases: the cohort, one with a longer history, one without rows, and the demo's."""
    targets = {name: replace(target, database=name) for name in ("cohort", "longer", "demo")}
    targets["empty"] = target
    still = math.ceil(sessions / 10)
    copied(target, target.database, "cohort")
    say(f"{targets['cohort']}: filling {sessions:,} sessions ...")
    with settings.connect(targets["cohort"], autocommit=True) as connection:
        # About one in five of the cohort still runs: surplus ones go again.
        seed.seed(connection, sessions=math.ceil(1.8 * (sessions - still)) + 5 * still)
        keep_running(connection, AS_OF, still, sessions)
    copied(target, "cohort", "longer")
    say(f"{targets['longer']}: {HISTORY} times the history ...")
    with settings.connect(targets["longer"], autocommit=True) as connection:
        lengthen(connection, AS_OF, HISTORY)
    for name in ("cohort", "longer"):
        with settings.connect(targets[name], autocommit=True) as connection:
            for table in TABLES:
                name_of = sql.Identifier("public", table)
                connection.execute(sql.SQL("vacuum (full, analyze) {}").format(name_of))
    copied(target, target.database, "demo")
    with settings.connect(targets["demo"], autocommit=True) as connection:
        seed.seed(connection, sessions=min(sessions, DEMO_SESSIONS))
        connection.execute("vacuum analyze")
    return targets


def copied(server_of: Target, template: str, name: str) -> None:
    with settings.connect(server_of, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}".encode())


def measure(bench: Bench, repeats: int) -> None:
    """Every step in turns; the first of each warms what dbt has parsed.

    The demo comes before the server has the others' dead rows to clear away.
    """
    bench.dbt("demo", "first", AS_OF)
    bench.journey("demo", "first", AS_OF)
    for turn in range(repeats):
        steps = [
            lambda: bench.dbt("demo", "dbt build", AS_OF),
            lambda: bench.journey("demo", "journey run", AS_OF),
        ]
        for step in steps if turn % 2 else steps[::-1]:
            step()
    for name in ("cohort", "longer", "empty"):
        bench.dbt(name, "first", AS_OF, *MARTS)
    for name in ("cohort", "empty"):
        bench.dbt(name, "cross-checks", AS_OF, *MODELS, "--select", "cross_checks")
    for turn in range(repeats):
        today, tomorrow = (AS_OF + timedelta(turn + days) for days in (0, 1))
        bench.timed("copy", *COPY)
        bench.timed("functions", *FUNCTIONS)
        for name in ("cohort", "empty"):
            bench.dbt(name, "full refresh", today, *MARTS, "--full-refresh")
        for name in ("cohort", "empty"):
            bench.dbt(name, "nothing new", today, *MARTS)
        for name in ("cohort", "longer", "empty"):
            if name != "empty":
                bench.write(name, NEW_DAY, as_of=tomorrow)
            bench.dbt(name, "one day", tomorrow, *MARTS)
        bench.write("cohort", LATE_ROWS, as_of=tomorrow, turn=turn)
        bench.dbt("cohort", "100 late rows", tomorrow, *MARTS)
        bench.write("cohort", ERASE, as_of=tomorrow)
        bench.dbt("cohort", "one erasure", tomorrow, *MARTS)


def figures(bench: Bench, of_checks: dict[str, dict[str, float]]) -> dict[str, Any]:
    """The best of each step, whole and net, and their ratios."""

    def best(step: str, name: str = "cohort") -> float:
        return min(process.seconds for process in bench.runs[step, name])

    def net(step: str, name: str = "cohort", less: str | None = None) -> float:
        of, without = bench.building[step, name], bench.building[less or step, "empty"]
        return max(min(of) - min(without), 0.0)

    def model_seconds(step: str, model: str, name: str = "cohort") -> float:
        seconds = [min(bench.models[step, of, model]) for of in (name, "empty")]
        return max(seconds[0] - seconds[1], 0.0)

    copy, functions = (min(bench.statements[step]) for step in ("copy", "functions"))
    full, day, day_longer = net("full refresh"), net("one day"), net("one day", "longer")
    mart = sum(model_seconds("full refresh", model) for model in COMPLIANCE)
    steps = {
        "full refresh": (best("full refresh"), full),
        "nothing new": (best("nothing new"), net("nothing new")),
        "one day": (best("one day"), day),
        "100 late rows": (best("100 late rows"), net("100 late rows", less="nothing new")),
        "one erasure": (best("one erasure"), net("one erasure", less="nothing new")),
        "one day, longer history": (best("one day", "longer"), day_longer),
    }
    slowest = {
        step + ", longer history" * (of == "longer"): sorted(
            (
                (model, model_seconds(step, model, of))
                for measured, name, model in bench.models
                if (measured, name) == (step, of)
            ),
            key=lambda one: -one[1],
        )[:8]
        for step, of in (
            ("full refresh", "cohort"),
            ("one day", "cohort"),
            ("one day", "longer"),
            ("cross-checks", "cohort"),
        )
    }
    suites, by_hand = (of_checks[side]["seconds"] for side in checks.SIDES)
    every = [process for of in bench.runs.values() for process in of]
    return {
        "copy_seconds": round(copy, 3),
        "seconds": {name: round(whole, 2) for name, (whole, _) in steps.items()},
        "net_seconds": {name: round(less, 2) for name, (_, less) in steps.items()},
        "slowest_models": {
            step: {model: round(seconds, 2) for model, seconds in of}
            for step, of in slowest.items()
        },
        "functions_seconds": round(functions, 3),
        "compliance_mart_seconds": round(mart, 3),
        "suites_seconds": round(suites, 2),
        "handwritten_seconds": round(by_hand, 2),
        "journey_run_seconds": round(best("journey run", "demo"), 2),
        "dbt_build_seconds": round(best("dbt build", "demo"), 2),
        "full_refresh_over_copy": ratio(full, copy),
        "one_day_over_full": ratio(day, full),
        "one_day_growth_at_4x": ratio(day_longer, day),
        "functions_over_mart": ratio(functions, mart),
        "checks_over_handwritten": ratio(suites, by_hand),
        "run_over_build": ratio(best("journey run", "demo"), best("dbt build", "demo")),
        "client_peak_mb": round(max(process.peak_mb for process in every)),
        "client_peak_mb_by_step": {
            f"{step}, {name}": round(max(process.peak_mb for process in of))
            for (step, name), of in bench.runs.items()
        },
    }


def ratio(one: float, other: float) -> float | None:
    """None where one of them is lost in what the machine does besides."""
    return round(one / other, 3) if min(one, other) > 0 else None


def rows_of(target: Target) -> dict[str, int]:
    found: dict[str, int] = {}
    with settings.connect(target) as connection:
        for table in TABLES:
            count = sql.SQL("select count(*) from {}").format(sql.Identifier("public", table))
            row = connection.execute(count).fetchone()
            found[table] = row[0] if row else 0
    return found


if __name__ == "__main__":
    sys.exit(main())
