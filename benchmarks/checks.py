"""What the Great Expectations suites cost: `make bench-checks`.

The suites of all tables but two, as `journey check` runs them, beside the same counts by one
aggregate query per table. Each side works in processes of its own, in turns; both must count the
same. Memory is the most that such a process held, queries are the statements that the server saw.

SESSIONS=2000 sets the size of the cohort (about 63 pulse checks a session), REPEATS=3 how often
each side is measured; RECORD=1 writes benchmarks/results.json and the section in
benchmarks/RESULTS.md.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from psycopg import sql
from runner import HERE, MIGRATIONS, benchmark, counting_server, machine_of, option, say

from wellness_journey.checks.suites import evaluation, suite_file
from wellness_journey.checks.suites.suite_file import COLUMNS_MATCH, TYPE_IN_LIST, Check, Suite
from wellness_journey.cohort import seed
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import PIPELINE_ROLE, Target
from wellness_journey.pipeline import build
from wellness_journey.rules import catalogue

ROOT = HERE.parent
SIDES = ("suites", "by hand")
LARGEST = "log_pulse_checks"
# Small tables that take long to build from many sessions: their suites are left out.
SLOW = ("fct_practitioner_benchmarks", "fct_behavior_associations")
FIGURES = ("start_seconds", "seconds", "largest_seconds", "queries", "peak_mb")
# Failing rows by table and check.
Counts = dict[str, int]


def main() -> int:
    return benchmark("checks", measured, told)


def measured(home: Path) -> dict[str, Any]:
    """What is recorded."""
    repeats = option("REPEATS", 3)
    os.environ["DBT_TARGET_PATH"] = str(home.parent / "target")
    target = prepare(home, option("SESSIONS", 2000))
    return {
        "machine": machine_of(target),
        "rows": rows_of(target),
        "repeats": repeats,
        "measured": measure(target, repeats),
    }


def prepare(home: Path, sessions: int) -> Target:
    """A server that counts statements, with the synthetic cohort and its marts."""
    target = counting_server(home)
    settings.export(target)
    say(f"{target}: filling {sessions:,} sessions ...")
    with settings.connect(target, autocommit=True) as connection:
        migrate.migrate(connection, MIGRATIONS)
        seed.seed(connection, sessions=sessions)
        connection.execute("vacuum analyze")
        say("building the marts ...")
        without_tests = ["--exclude-resource-type", "test", "unit_test", "--exclude", *SLOW]
        built = build.build(ROOT, seed.SEED_AS_OF, arguments=without_tests)
        if built.not_built:
            raise SystemExit("the marts could not be built")
        connection.execute("vacuum analyze")
    return target


def rows_of(target: Target) -> dict[str, int]:
    """The rows of each table with a suite."""
    found: dict[str, int] = {}
    with settings.connect(target) as connection:
        for suite in all_suites():
            count = sql.SQL("select count(*) from {}").format(
                sql.Identifier(suite.schema, suite.table)
            )
            row = connection.execute(count).fetchone()
            found[suite.table] = row[0] if row else 0
    return found


def measure(target: Target, repeats: int) -> dict[str, dict[str, float]]:
    """The medians of FIGURES, by side."""
    runs: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
    with settings.connect(target, autocommit=True) as connection:
        # The first turn warms the caches.
        for turn in range(repeats + 1):
            for side in SIDES if turn % 2 else SIDES[::-1]:
                say(f"{side}, turn {turn} of {repeats} ...")
                connection.execute("select pg_stat_statements_reset()")
                done = subprocess.run(
                    [sys.executable, __file__, side], check=True, stdout=subprocess.PIPE, text=True
                )
                row = connection.execute(
                    "select sum(calls)::integer from pg_stat_statements"
                    " where toplevel and query ~ '^(select|with)'"
                ).fetchone()
                if turn:
                    runs[side].append(json.loads(done.stdout) | {"queries": row[0] if row else 0})
    first, *others = [found["failing"] for side in SIDES for found in runs[side]]
    if any(other != first for other in others):
        odd = {name for other in others for name in other if other[name] != first.get(name)}
        raise SystemExit(f"both sides must count the same, and do not: {', '.join(sorted(odd))}")
    return {
        side: {
            name: round(statistics.median(found[name] for found in of_side), 3) for name in FIGURES
        }
        for side, of_side in runs.items()
    }


def run(side: str) -> dict[str, Any]:
    """One run of one side, in this process, on the server of the PG* variables."""
    target = replace(
        settings.embedded_target(Path(os.environ["PGHOST"])), database=os.environ["PGDATABASE"]
    )
    count = by_suites if side == "suites" else by_hand
    found = all_suites()

    def seconds_of(tables: list[Suite]) -> tuple[float, Counts]:
        started = time.perf_counter()
        counts = count(target, tables)
        return time.perf_counter() - started, counts

    smallest = [suite for suite in found if suite.table == "ref_review_rules"]
    start, _ = seconds_of(smallest)
    largest, _ = seconds_of([suite for suite in found if suite.table == LARGEST])
    seconds, failing = seconds_of(found)
    return {
        "start_seconds": start,
        "largest_seconds": largest,
        "seconds": seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "failing": failing,
    }


def all_suites() -> list[Suite]:
    found = suite_file.read(ROOT / "expectations", catalogue.read(ROOT / catalogue.FILE))
    return [suite for suite in found if suite.table not in SLOW]


def by_suites(target: Target, tables: list[Suite]) -> Counts:
    """As `journey check` does it."""
    with settings.connect(target, role=PIPELINE_ROLE, autocommit=True) as connection:
        results = evaluation.evaluate(target, connection, tables)
    kinds = ("table_columns_to_match_set", "be_in_type_list")
    return {
        f"{one.tested} {one.check_name}": one.failing if one.failing is not None else -1
        for one in results
        if not any(kind in one.check_name for kind in kinds)
    }


def by_hand(target: Target, tables: list[Suite]) -> Counts:
    """One aggregate query a table, and one of the catalogue for names and types."""
    counts: Counts = {}
    with settings.connect(target, role=PIPELINE_ROLE, autocommit=True) as connection:
        connection.execute(
            "select table_schema, table_name, column_name, data_type"
            " from information_schema.columns where table_name = any(%s)",
            ([suite.table for suite in tables],),
        ).fetchall()
        for suite in tables:
            checks = [check for check in suite.checks if is_of_rows(check)]
            table = sql.Identifier(suite.schema, suite.table)
            counted = sql.SQL(", ").join(failing_rows(check, table) for check in checks)
            query = sql.SQL("select {} from {}").format(counted, table)
            row = connection.execute(query).fetchone() or ()
            for check, failing in zip(checks, row, strict=True):
                counts[f"{suite.table} {check.name}"] = failing
    return counts


def is_of_rows(check: Check) -> bool:
    return check.expectation is not None and check.expectation["type"] not in (
        COLUMNS_MATCH,
        TYPE_IN_LIST,
    )


def failing_rows(check: Check, table: sql.Identifier) -> sql.Composed:
    """The rows that break an expectation, as an aggregate; NULL breaks only not_be_null."""
    assert check.expectation is not None  # noqa: S101 - is_of_rows has looked
    kind, given = check.expectation["type"], check.expectation["kwargs"]
    columns = sql.SQL(", ").join(map(sql.Identifier, check.columns))
    if kind == "expect_column_values_to_not_be_null":
        return sql.SQL("count(*) filter (where {} is null)").format(columns)
    if kind == "expect_column_values_to_be_in_set":
        return sql.SQL("count(*) filter (where {} <> all ({}))").format(
            columns, sql.Literal(given["value_set"])
        )
    if kind == "expect_column_values_to_be_between":
        ends = [
            sql.SQL("{} {} {}").format(columns, sql.SQL(sign), sql.Literal(given[end]))
            for sign, end in (("<", "min_value"), (">", "max_value"))
            if end in given
        ]
        return sql.SQL("count(*) filter (where {})").format(sql.SQL(" or ").join(ends))
    return sql.SQL(
        "(select coalesce(sum(rows) filter (where rows > 1), 0)::bigint"
        " from (select count(*) as rows from {} group by {}) as of_a_key)"
    ).format(table, columns)


def told(result: dict[str, Any]) -> str:
    """The section of RESULTS.md."""
    machine, rows, measured = result["machine"], result["rows"], result["measured"]
    suites_of, by_hand_of = (measured[side] for side in SIDES)
    about = (
        f"{machine['cores']} cores, {machine['memory_gib']} GiB of memory, PostgreSQL "
        f"{machine['postgresql']}; {len(rows)} tables with a suite, {sum(rows.values()):,} rows, "
        f"of them {rows[LARGEST]:,} pulse checks. Medians of {result['repeats']} runs, each side "
        "in processes of its own, in turns. By hand: the same counts by one aggregate query per "
        "table. Start: what the first table of a process takes, the smallest one; the rest is net "
        "of it."
    )
    names = {
        "start_seconds": "start, seconds",
        "seconds": "all tables, seconds",
        "largest_seconds": f"`{LARGEST}`, seconds",
        "queries": "queries",
        "peak_mb": "memory of the client at most, MB",
    }
    lines = [
        "## Great Expectations suites",
        "",
        *textwrap.wrap(about, 98),
        "",
        "| | suites | by hand | ratio |",
        "|---|---|---|---|",
    ]
    for name, words in names.items():
        ours, theirs = suites_of[name], by_hand_of[name]
        digits = 0 if name in ("queries", "peak_mb") else 2
        ratio = ours / theirs
        lines.append(f"| {words} | {ours:,.{digits}f} | {theirs:,.{digits}f} | {ratio:.1f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(run(sys.argv[1])))
        sys.exit(0)
    sys.exit(main())
