"""What log_pulse_checks would gain and lose by partitions: `make bench-partitions`.

The same invented rows in two tables with the columns and indexes of log_pulse_checks, one of them
partitioned by month of check_date, both without guards; what the pipeline and the clinic do with
it, in turns. The figure is the ratio of medians, partitioned over plain. Nothing is asserted.

SESSIONS=2000 sets how many sessions have 90 checks each within four years, REPEATS=30 how often
each statement is measured; RECORD=1 writes benchmarks/results.json and the section in
benchmarks/RESULTS.md.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from runner import MIGRATIONS, benchmark, machine_of, option, say

from wellness_journey.database import migrate, server, settings

SIDES = ("plain", "by_month")
MONTHS = 48
MAKE = """
create schema bench;
create table bench.plain (like public.log_pulse_checks including defaults);
create table bench.by_month (like public.log_pulse_checks including defaults)
partition by range (check_date);
do $$
begin
    for month in 0..{months} loop
        execute format(
            'create table bench.by_month_%s partition of bench.by_month '
            'for values from (%L) to (%L)',
            month,
            date '2022-01-01' + make_interval(months => month),
            date '2022-01-01' + make_interval(months => month + 1)
        );
    end loop;
end
$$;
"""
# A session's checks lie beside each other only by day, as clinics write them.
FILL = """
insert into bench.plain (
    session_id, patient_id, practitioner_id, check_date, days_post_session, connection_level,
    sleep_quality, mood_level, energy_level, created_at
)
select md5(number::text)::uuid, md5('p' || number)::uuid, md5((number % 100)::text)::uuid,
    day_0 + 2 * turn, 2 * turn, 3, 4, 1 + (number + turn) % 5, 3, day_0 + 2 * turn
from generate_series(1, {sessions}) as number
cross join lateral (select date '2022-01-01' + number * 37 % 1275) as started (day_0)
cross join generate_series(0, 89) as turn
order by day_0 + 2 * turn, md5(number::text || turn);
insert into bench.by_month select * from bench.plain;
"""
INDEXES = """
create index on bench.{0} (patient_id);
create index on bench.{0} (session_id, check_date);
create index on bench.{0} (check_date);
create index on bench.{0} (practitioner_id, check_date);
create unique index on bench.{0} (pulse_check_id {1});
"""
SESSION = "md5((1 + %(turn)s * 7919 %% {})::text)::uuid"
STATEMENTS = {
    "all checks of one session": "select * from bench.{table} where session_id = {session}",
    "a practitioner's checks of 30 days": (
        "select * from bench.{table} where practitioner_id = md5((%(turn)s %% 100)::text)::uuid "
        "and check_date between date '2025-01-01' and date '2025-01-30'"
    ),
    "a full refresh's reading: all rows, by session": (
        "select session_id, count(*), sum(mood_level) from bench.{table} group by session_id"
    ),
    "a month of all sessions": (
        "select count(*), sum(mood_level) from bench.{table} "
        "where check_date between date '2025-01-01' and date '2025-01-31'"
    ),
    "1,000 new checks of one day": (
        """
        insert into bench.{table} (
            session_id, patient_id, practitioner_id, check_date, days_post_session,
            connection_level, sleep_quality, mood_level, energy_level, created_at
        )
        select md5(number::text)::uuid, md5('p' || number)::uuid,
            md5((number %% 100)::text)::uuid, date '2025-12-30', 5, 3, 3, 3, 3, now()
        from generate_series(1, 1000) as number
        """
    ),
    "one session erased": "delete from bench.{table} where session_id = {session}",
}


def main() -> int:
    return benchmark("partitions", measured, told)


def measured(home: Path) -> dict[str, Any]:
    """What is recorded."""
    sessions, repeats = option("SESSIONS", 2000), option("REPEATS", 30)
    target = server.up(home)
    with settings.connect(target, autocommit=True) as connection:
        migrate.migrate(connection, MIGRATIONS)
        fill(connection, sessions)
        return {
            "machine": machine_of(target),
            "sessions": sessions,
            "repeats": repeats,
            **sizes(connection),
            "measured": measure(connection, sessions, repeats),
            "planning_ms": planning(connection, sessions, repeats),
        }


def fill(connection: psycopg.Connection[Any], sessions: int) -> None:
    say(f"filling both tables with {90 * sessions:,} rows ...")
    connection.execute("set maintenance_work_mem = '512MB'")
    connection.execute(MAKE.format(months=MONTHS).encode())
    connection.execute(FILL.format(sessions=sessions).encode())
    # A unique index of a partitioned table must have its key.
    for table, key in (("plain", ""), ("by_month", ", check_date")):
        connection.execute(INDEXES.format(table, key).encode())
    connection.execute("vacuum analyze")


def sizes(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Rows, and megabytes of the plain table and of its indexes."""
    row = connection.execute(
        "select (select count(*) from bench.plain), "
        "pg_table_size('bench.plain') >> 20, pg_indexes_size('bench.plain') >> 20"
    ).fetchone()
    return dict(zip(("rows", "table_mb", "indexes_mb"), row or (), strict=True))


def measure(
    connection: psycopg.Connection[Any], sessions: int, repeats: int
) -> dict[str, dict[str, float]]:
    """Medians in milliseconds, rolled back; the first of each warms both sides."""
    found: dict[str, dict[str, float]] = {}
    for name, statement in STATEMENTS.items():
        say(f"{name} ...")
        times: dict[str, list[float]] = {side: [] for side in SIDES}
        for turn in range(repeats + 1):
            for side in SIDES if turn % 2 else SIDES[::-1]:
                query = statement.format(table=side, session=SESSION.format(sessions)).encode()
                with connection.transaction(force_rollback=True):
                    started = time.perf_counter()
                    connection.execute(query, {"turn": turn})
                    times[side].append(time.perf_counter() - started)
        found[name] = {side: 1000 * statistics.median(times[side][1:]) for side in SIDES}
    return found


def planning(connection: psycopg.Connection[Any], sessions: int, repeats: int) -> dict[str, float]:
    """Median milliseconds of planning the first statement."""
    statement = "explain (summary, format json) " + next(iter(STATEMENTS.values()))
    found = {}
    for side in SIDES:
        query = statement.format(table=side, session=SESSION.format(sessions)).encode()
        plans = [connection.execute(query, {"turn": n}).fetchone() for n in range(repeats + 1)]
        found[side] = statistics.median(plan[0][0]["Planning Time"] for plan in plans[1:] if plan)
    return found


def told(result: dict[str, Any]) -> str:
    """The section of RESULTS.md."""
    machine = result["machine"]
    lines = [
        "## Partitions of log_pulse_checks",
        "",
        f"{machine['cores']} cores, {machine['memory_gib']} GiB of memory, PostgreSQL "
        f"{machine['postgresql']}; {result['rows']:,} checks",
        f"of {result['sessions']:,} sessions in {MONTHS} months: {result['table_mb']:,} MB and "
        f"{result['indexes_mb']:,} MB of indexes. Medians of {result['repeats']} in",
        "milliseconds, in turns, rolled back; no guards on either side.",
        "",
        "| | plain | by month | ratio |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {of['plain']:.2f} | {of['by_month']:.2f} "
        f"| {of['by_month'] / of['plain']:.2f} |"
        for name, of in (
            *result["measured"].items(),
            ("planning alone, one session", result["planning_ms"]),
        )
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
