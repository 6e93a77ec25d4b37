"""What PostgreSQL's JIT costs a run on a small database: `make bench-jit`.

A whole `journey run` of an invented cohort on the PostgreSQL of Debian or Ubuntu, whose JIT is on:
as it is, with JIT left on, and with JIT left on and no table analysed. Each side has a database and
a copy of the project of its own. Seconds of the server are what its statements
took, compilation included.

SESSIONS=1 sets the size of the cohort; RECORD=1 writes benchmarks/results.json and the section in
benchmarks/RESULTS.md.
"""

from __future__ import annotations

import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from runner import HERE, MIGRATIONS, benchmark, machine_of, option, say

from wellness_journey.cohort import seed
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target

sys.path.append(str(HERE.parent / "tests" / "support"))
from checkout import Checkout
from postgres_15 import running

JIT_ON = (
    ("profiles.yml", "set jit = off", "set jit = on"),
    ("src/wellness_journey/database/settings.py", "set jit = off", "set jit = on"),
)
NEVER_ANALYSED = (("dbt_project/macros/incremental/watermark.sql", "analyze {{ this }}", ""),)
# What is changed in a side's copy of the project: file, text, text instead.
SIDES = {
    "as it is": (),
    "JIT on": JIT_ON,
    "JIT on, nothing analysed": (*JIT_ON, *NEVER_ANALYSED),
}
FIGURES = """
    select
        sum(total_plan_time + total_exec_time) / 1000,
        coalesce(sum(
            jit_generation_time + jit_inlining_time + jit_optimization_time + jit_emission_time
        ), 0) / 1000,
        coalesce(sum(jit_functions), 0)::integer,
        max(max_exec_time) / 1000
    from pg_stat_statements
    where dbid = (select oid from pg_database where datname = current_database())
"""
NAMES = {
    "seconds": "`journey run`, seconds",
    "server_seconds": "of the server, seconds",
    "jit_seconds": "of these compiling, seconds",
    "longest_seconds": "longest statement, seconds",
    "jit_functions": "functions compiled",
}


def main() -> int:
    return benchmark("jit", measured, told)


def measured(home: Path) -> dict[str, Any]:
    """What is recorded."""
    sessions = option("SESSIONS", 1)
    options = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.max": 20000}
    with running(home.parent, **options) as server:
        with settings.open_connection(server) as connection:
            connection.execute("create extension pg_stat_statements")
            able = connection.execute("select pg_jit_available()").fetchone()
            if able != (True,):
                raise SystemExit(f"{server} has no JIT: install postgresql-NN-jit")
            migrate.migrate(connection, MIGRATIONS)
            seed.seed(connection, sessions=sessions)
        sides = {
            side: measure(server, number, home.parent, side) for number, side in enumerate(SIDES)
        }
        return {"machine": machine_of(server), "sessions": sessions, "measured": sides}


def measure(server: Target, number: int, folder: Path, side: str) -> dict[str, float]:
    """One run of a side in a fresh copy of the database."""
    say(f"{side} ...")
    target = replace(server, database=f"side_{number}")
    with settings.connect(replace(server, database="template1"), autocommit=True) as connection:
        connection.execute(f"create database {target.database} template {server.database}".encode())
    place = folder / target.database
    place.mkdir()
    checkout = Checkout(place)
    for name, text, instead in SIDES[side]:
        file = checkout.root / name
        before = file.read_text(encoding="utf-8")
        if text not in before:
            raise SystemExit(f"{name} does not hold {text}")
        file.write_text(before.replace(text, instead), encoding="utf-8")
    started = time.perf_counter()
    process = checkout.start(target, "run", "--as-of", seed.SEED_AS_OF.isoformat())
    out, err = process.communicate()
    seconds = time.perf_counter() - started
    if process.returncode not in (0, 1):
        raise SystemExit(out + err)
    with settings.connect(target, autocommit=True) as connection:
        row = connection.execute(FIGURES.encode()).fetchone()
    in_server, compiling, functions, longest = row or (0, 0, 0, 0)
    return {
        "seconds": round(seconds, 1),
        "server_seconds": round(in_server, 1),
        "jit_seconds": round(compiling, 1),
        "longest_seconds": round(longest, 1),
        "jit_functions": functions,
    }


def told(result: dict[str, Any]) -> str:
    """The section of RESULTS.md."""
    machine, measured = result["machine"], result["measured"]
    about = (
        f"{machine['cores']} cores, {machine['memory_gib']} GiB of memory, PostgreSQL "
        f"{machine['postgresql']} of the distribution with JIT on and else its own settings; an "
        f"invented cohort, sessions: {result['sessions']:,}. One whole `journey run` in a new "
        "database for each side. As it is: every connection switches JIT off, and each table is "
        "analysed when it is built. In brackets: times as it is."
    )
    lines = [
        "## JIT",
        "",
        *textwrap.wrap(about, 98),
        "",
        f"| | {' | '.join(SIDES)} |",
        f"|---{'|---' * len(SIDES)}|",
    ]
    for name, words in NAMES.items():
        base = measured["as it is"][name]
        shown = []
        for side in SIDES:
            value = measured[side][name]
            text = f"{value:,.0f}" if name == "jit_functions" else f"{value:,.1f}"
            is_base = side == "as it is" or not base
            shown.append(text if is_base else f"{text} ({value / base:.1f})")
        lines.append(f"| {words} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
