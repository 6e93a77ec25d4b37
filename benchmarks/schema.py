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

from wellness_journey.cohort import seed
from wellness_journey.database import migrate, server, settings
from wellness_journey.database.settings import Target

WINDOW = 180
NOTE = "Long walk on 2025-03-27, felt lighter; slept 6-7 hours, PHQ-9 14 then 9"

COMPLIANCE = """
with given as (
    select
        session_date as first_day,
        session_date + %(window)s::integer as last_day,
        %(window)s::numeric as checks,
        ceil(%(window)s / 7.0) as assessments,
        ceil(%(window)s / 30.0) as therapies
    from plain.log_sessions
    where session_id = %(session)s
),

done as materialized (
    select
        (
            select count(distinct p.check_date)
            from plain.log_pulse_checks as p
            where p.session_id = %(session)s and p.check_date between g.first_day and g.last_day
        ) as checks,
        i.assessments,
        i.therapies
    from given as g
    cross join lateral (
        select
            count(*) filter (
                where case i.session_type
                    when 'PHQ9_ASSESSMENT' then i.completed or i.phq9_score is not null
                    when 'GAD7_ASSESSMENT' then i.completed or i.gad7_score is not null
                    when 'WHOQOL_BREF' then i.completed or i.whoqol_bref_score is not null
                    when 'PSQI_ASSESSMENT' then i.completed or i.psqi_score is not null
                end
            ) as assessments,
            count(*) filter (where i.session_type = 'INTEGRATION_THERAPY' and i.completed)
                as therapies
        from plain.log_integration_sessions as i
        where i.session_id = %(session)s and i.session_date between g.first_day and g.last_day
    ) as i
)

select
    d.checks,
    round(least(d.checks * 100 / g.checks, 100), 2),
    d.assessments,
    round(least(d.assessments * 100 / g.assessments, 100), 2),
    d.therapies,
    round(least(d.therapies * 100 / g.therapies, 100), 2),
    round(
        40 * least(d.checks / g.checks, 1) + 40 * least(d.assessments / g.assessments, 1)
        + 20 * least(d.therapies / g.therapies, 1)
    )
from given as g
cross join done as d
"""
MILESTONES = """
select
    i.session_date,
    i.session_type,
    case i.session_type
        when 'PULSE_CHECK' then 'Daily Pulse Check'
        when 'PHQ9_ASSESSMENT' then 'PHQ-9 Assessment'
        when 'GAD7_ASSESSMENT' then 'GAD-7 Assessment'
        when 'WHOQOL_BREF' then 'Quality of Life Assessment'
        when 'PSQI_ASSESSMENT' then 'Sleep Quality Assessment'
        when 'INTEGRATION_THERAPY' then 'Integration Therapy Session'
        when 'FOLLOW_UP_CALL' then 'Follow-up Call'
    end,
    i.completed,
    i.session_date - s.session_date
from plain.log_integration_sessions as i
inner join plain.log_sessions as s on s.session_id = i.session_id
where i.session_id = %(session)s
order by i.session_date, i.session_type, i.session_number, i.created_at, i.integration_session_id
"""
SUMMARY = """
select
    c.change_type,
    count(*),
    array_agg(c.change_description order by c.change_date desc, c.created_at desc, c.change_id)
from plain.log_behavioral_changes as c
where c.session_id = %(session)s and c.change_sentiment = 'POSITIVE'
group by c.change_type
order by count(*) desc, c.change_type
"""
LAST_DAYS = """
select pulse_check_id, session_id, check_date, connection_level, sleep_quality, mood_level,
    energy_level, notes
from {}.log_pulse_checks
where check_date > %(as_of)s::date - 30 {}
order by check_date desc, pulse_check_id
"""
INSERT = """
insert into {}.log_pulse_checks (
    session_id, patient_id, practitioner_id, check_date, days_post_session, connection_level,
    sleep_quality, mood_level, energy_level, notes
) values (
    %(session)s, %(patient)s, %(practitioner)s, %(day)s, 1, 3, 4, 3, 4, {}
)
"""

# Name, the guarded statement, the plain one.
CALLS = (
    (
        "calculate_compliance_score",
        "select * from public.calculate_compliance_score(%(session)s, %(window)s)",
        COMPLIANCE,
    ),
    (
        "get_integration_milestones",
        "select * from public.get_integration_milestones(%(session)s)",
        MILESTONES,
    ),
    (
        "get_behavioral_changes_summary",
        "select * from public.get_behavioral_changes_summary(%(session)s)",
        SUMMARY,
    ),
    (
        "a practitioner's pulse checks of the last 30 days",
        LAST_DAYS.format("public", ""),
        LAST_DAYS.format("plain", "and practitioner_id = %(practitioner)s"),
    ),
    (
        "insert of a pulse check with a note",
        INSERT.format("public", "%(note)s"),
        INSERT.format("plain", "%(note)s"),
    ),
    (
        "insert of a pulse check without a note",
        INSERT.format("public", "null"),
        INSERT.format("plain", "null"),
    ),
)


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
