"""What the guards of the operational schema cost: `make bench-schema`.

Each call a clinic waits for, as the API makes it (role authenticated, claims set), beside the
same in plain SQL as the owner, on copies of the tables with the same keys and indexes but
without checks, triggers, policies and functions. Both sides take turns, on the same sessions;
the figure is the ratio of their medians. Nothing is asserted.

SESSIONS=2000 sets the size of the cohort (about 63 pulse checks a session), REPEATS=300 how often
each is measured; RECORD=1 writes benchmarks/results.json and the section in benchmarks/RESULTS.md.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from runner import MIGRATIONS, TABLES, benchmark, machine_of, option, say
from schema_calls import CALLS, NOTE, WINDOW

from wellness_journey.cohort import seed
from wellness_journey.database import migrate, server, settings
from wellness_journey.database.settings import Target


@dataclass(frozen=True)
class Measured:
    """One call: medians and 95th percentiles in milliseconds, and what its plans used."""

    name: str
    guarded_ms: float
    plain_ms: float
    ratio: float
    guarded_p95_ms: float
    plain_p95_ms: float
    indexes: list[str]
    without_index: list[str]


def main() -> int:
    return benchmark("schema", measured, told)


def measured(home: Path) -> dict[str, Any]:
    """What is recorded."""
    repeats = option("REPEATS", 300)
    target = server.up(home)
    counts = fill(target, option("SESSIONS", 2000))
    return {
        "machine": machine_of(target),
        "rows": counts,
        "repeats": repeats,
        "measured": [asdict(one) for one in measure(target, repeats)],
    }


def fill(target: Target, sessions: int) -> dict[str, int]:
    """The synthetic cohort, and its copies without guards; the rows of each table."""
    say(f"{target}: filling {sessions:,} sessions ...")
    with settings.connect(target, autocommit=True) as connection:
        # A cohort is made once and thrown away.
        connection.execute("alter system set max_wal_size = '8GB'")
        connection.execute("alter system set fsync = off")
        connection.execute("alter system set synchronous_commit = off")
        connection.execute("select pg_reload_conf()")
        migrate.migrate(connection, MIGRATIONS)
        counts = seed.seed(connection, sessions=sessions).counts
        say("copying it without guards ...")
        connection.execute("create schema plain")
        connection.execute("set maintenance_work_mem = '512MB'")
        for table in TABLES:
            copy_without_guards(connection, table)
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")
    return counts


def copy_without_guards(connection: psycopg.Connection[Any], table: str) -> None:
    """Rows, defaults, indexes and foreign keys; no checks, triggers or policies."""
    named = {"copy": sql.Identifier("plain", table), "table": sql.Identifier("public", table)}
    connection.execute(
        sql.SQL("create table {copy} (like {table} including defaults)").format(**named)
    )
    connection.execute(sql.SQL("insert into {copy} select * from {table}").format(**named))
    connection.execute(
        sql.SQL("create table plain.with_indexes (like {table} including indexes)").format(**named)
    )
    indexes = connection.execute(
        "select pg_get_indexdef(indexrelid), indisprimary from pg_index "
        "where indrelid = 'plain.with_indexes'::regclass"
    ).fetchall()
    connection.execute("drop table plain.with_indexes")
    for number, (definition, is_primary) in enumerate(indexes):
        columns = sql.SQL(definition[definition.index(" USING ") :])
        name = sql.Identifier(f"{table}_{number}")
        of = named["copy"]
        connection.execute(
            sql.SQL("create {} index {} on {} {}").format(
                sql.SQL("unique" if is_primary else ""), name, of, columns
            )
        )
    keys = [("practitioner_id", "auth.users (id)")]
    if table != "log_sessions":
        keys.append(("session_id", "plain.log_sessions (session_id)"))
    for column, of_table in keys:
        connection.execute(
            sql.SQL("alter table {copy} add foreign key ({column}) references {of}").format(
                **named, column=sql.Identifier(column), of=sql.SQL(of_table)
            )
        )


def measure(target: Target, repeats: int) -> list[Measured]:
    """Each call, guarded and plain in turns, on the same randomly chosen sessions."""
    with (
        settings.connect(target, autocommit=True) as guarded,
        settings.connect(target, autocommit=True) as plain,
        settings.connect(target, autocommit=True) as watched,
    ):
        chosen = choose(plain, repeats)
        found = []
        for name, guarded_sql, plain_sql in CALLS:
            say(f"measuring {name} ...")
            times: dict[str, list[float]] = {"guarded": [], "plain": []}
            turns = [("guarded", guarded, guarded_sql), ("plain", plain, plain_sql)]
            # The first tenth warms caches and plans on both sides.
            for number, given in enumerate(chosen[: max(repeats // 10, 8)] + chosen):
                for side, connection, statement in turns if number % 2 else turns[::-1]:
                    with acting(connection, given if side == "guarded" else None):
                        started = time.perf_counter()
                        cursor = connection.execute(statement.encode(), given)
                        if cursor.description:
                            cursor.fetchall()
                        times[side].append(time.perf_counter() - started)
            kept = {side: [1000 * t for t in all_of[-repeats:]] for side, all_of in times.items()}
            indexes, without = plans(watched, guarded_sql, chosen[0])
            medians = {side: statistics.median(all_of) for side, all_of in kept.items()}
            p95 = {side: statistics.quantiles(all_of, n=20)[-1] for side, all_of in kept.items()}
            found.append(
                Measured(
                    name,
                    round(medians["guarded"], 3),
                    round(medians["plain"], 3),
                    round(medians["guarded"] / medians["plain"], 2),
                    round(p95["guarded"], 3),
                    round(p95["plain"], 3),
                    sorted(indexes),
                    sorted(without),
                )
            )
    return found


def choose(connection: psycopg.Connection[Any], repeats: int) -> list[dict[str, Any]]:
    """Sessions that have pulse checks, the same for the same cohort."""
    rows = connection.execute(
        "select session_id, patient_id, practitioner_id, session_date "
        "from public.log_sessions as s where exists ("
        "select from public.log_pulse_checks as p where p.session_id = s.session_id) "
        "order by session_id"
    ).fetchall()
    drawn = random.Random(1).choices(rows, k=repeats)  # noqa: S311 - a sample, no secret
    names = ("session", "patient", "practitioner", "day")
    common = {"window": WINDOW, "as_of": seed.SEED_AS_OF, "note": NOTE}
    return [dict(zip(names, row, strict=True)) | common for row in drawn]


@contextmanager
def acting(connection: psycopg.Connection[Any], given: dict[str, Any] | None) -> Iterator[None]:
    """A transaction that leaves nothing behind; as the API makes it for a practitioner."""
    with connection.transaction(force_rollback=True):
        if given:
            claims = json.dumps({"sub": str(given["practitioner"]), "role": "authenticated"})
            connection.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
            connection.execute("set local role authenticated")
        yield


def plans(
    connection: psycopg.Connection[Any], statement: str, given: dict[str, Any]
) -> tuple[set[str], set[str]]:
    """Indexes that a call used, and tables that it read from end to end: nested plans included.

    From the sixth call on PostgreSQL may use one plan for all values: twelve are looked at.
    """
    nodes: list[dict[str, Any]] = []

    def take(notice: psycopg.errors.Diagnostic) -> None:
        _, _, plan = (notice.message_primary or "").partition("plan:\n")
        if plan:
            nodes.extend(walk(json.loads(plan)["Plan"]))

    connection.execute("load 'auto_explain'")
    for name, value in (
        ("log_min_duration", "0"),
        ("log_nested_statements", "on"),
        ("log_format", "json"),
        ("log_level", "notice"),
    ):
        connection.execute(
            sql.SQL("set {} = {}").format(sql.Identifier("auto_explain", name), sql.Literal(value))
        )
    connection.add_notice_handler(take)
    try:
        for _ in range(12):
            with acting(connection, given):
                connection.execute(statement.encode(), given).close()
    finally:
        connection.remove_notice_handler(take)
        connection.execute("set auto_explain.log_min_duration = -1")
    indexes = {node["Index Name"] for node in nodes if "Index Name" in node}
    without = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
    return indexes, without & set(TABLES)


def walk(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from walk(part)


def told(result: dict[str, Any]) -> str:
    """The section of RESULTS.md."""
    machine, rows = result["machine"], result["rows"]
    lines = [
        "## Guards of the operational schema",
        "",
        f"{machine['cores']} cores, {machine['memory_gib']} GiB of memory, "
        f"PostgreSQL {machine['postgresql']};",
        f"{rows['log_sessions']:,} sessions, {rows['log_pulse_checks']:,} pulse checks, "
        f"{rows['log_integration_sessions']:,} integration sessions,",
        f"{rows['log_behavioral_changes']:,} behavioural changes, {rows['auth_users']:,} "
        f"practitioners. Median of {result['repeats']} calls (95th",
        "percentile in brackets), in milliseconds, both sides in turns in one run, without commit.",
        "Guarded: as the API calls, role authenticated with claims. Plain: the same in SQL as the",
        "owner, on copies with the same keys and indexes and no checks, triggers or policies.",
        "",
        "| call | guarded | plain | ratio |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {m['name']} | {m['guarded_ms']:.2f} ({m['guarded_p95_ms']:.2f}) "
        f"| {m['plain_ms']:.2f} ({m['plain_p95_ms']:.2f}) | {m['ratio']:.2f} |"
        for m in result["measured"]
    ]
    lines += ["", "Indexes used, by the statements inside functions and triggers too:", ""]
    for m in result["measured"]:
        lines.append(f"- {m['name']}: {', '.join(m['indexes']) or 'no index'}")
        if m["without_index"]:
            lines.append(f"  **NO INDEX: reads all of {', '.join(m['without_index'])}**")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
