"""What a crash left: each table as one run left it, or not; who is still at work."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import psycopg

from database import Connection
from increments import dump
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from wellness_journey.pipeline import runs

# Of the judges' own connections.
WATCHER = "watcher"
_CLAIMS = """
    select relation, run_id, as_of, relation_oid = to_regclass(relation)::oid::bigint
    from quality.built_tables
"""
_BACKENDS = """
    select pid, application_name = %s, backend_xid::text, query
    from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend'
        and application_name <> %s
"""


@dataclass(frozen=True)
class Claim:
    """What `quality.built_tables` says of a table, and whether it means the one that is there."""

    run_id: UUID
    as_of: date | None
    is_about_it: bool


@dataclass(frozen=True)
class State:
    """What a database held at one moment: rows of a table as their number and hash."""

    tables: Mapping[str, str]
    claims: Mapping[str, Claim]
    # Models that could not be built, by recorded run.
    runs: Mapping[UUID, int]
    leftovers: frozenset[str]


def state(connection: Connection) -> State:
    """All of it in one snapshot. `connection` must be outside a transaction."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        found = {name: digest(rows) for name, rows in dump(connection).items()}
        claims = connection.execute(_CLAIMS.encode()).fetchall()
        ended = connection.execute("select run_id, nodes_failed from quality.runs").fetchall()
    leftovers = frozenset(name for name in found if "__dbt" in name)
    return State(
        {name: rows for name, rows in found.items() if name not in leftovers},
        {relation: Claim(*claim) for relation, *claim in claims},
        dict(ended),
        leftovers,
    )


def digest(rows: Sequence[str]) -> str:
    """Their number, and a hash that tells them from others."""
    return f"{len(rows)} rows {hashlib.md5(chr(10).join(rows).encode()).hexdigest()}"  # noqa: S324 - no secret


@dataclass(frozen=True)
class Marks:
    """What undisturbed runs leave: one at `day`, one of the rows that came later at `next_day`."""

    before: State
    after: State
    day: date
    next_day: date

    def of(self, claim: Claim) -> str:
        """Which of the two runs a table says it is of."""
        known = {one.run_id for one in self.before.claims.values()}
        return "before" if claim.run_id in known else "after"


def judge(found: State, marks: Marks) -> tuple[Counter[str], list[str]]:
    """How many tables are as before and as after, and what is not as the run that it names left
    it. A run that is on record with nothing failed must have built every table."""
    counts: Counter[str] = Counter()
    problems = [f"{name}: unknown" for name in sorted(found.tables.keys() - marks.before.tables)]
    for name in sorted(marks.before.tables):
        claim = found.claims.get(name)
        if name not in found.tables:
            problems.append(f"{name}: gone")
        elif claim is None or not claim.is_about_it:
            problems.append(f"{name}: nothing says which run it shows")
        else:
            which = marks.of(claim)
            expected, day = (
                (marks.before, marks.day) if which == "before" else (marks.after, marks.next_day)
            )
            counts[which] += 1
            if found.tables[name] != expected.tables[name]:
                problems.append(f"{name}: says {which}, and holds other rows")
            if claim.as_of not in (None, day):
                problems.append(f"{name}: says {which}, and another day")
    recorded = {
        run_id: failed for run_id, failed in found.runs.items() if run_id not in marks.before.runs
    }
    # Of two at once the one may have built anew what was the other's.
    of_them = [name for name, one in found.claims.items() if one.run_id in recorded]
    if lacking := marks.before.tables.keys() - of_them if 0 in recorded.values() else ():
        problems.append(f"a run is on record as whole, and {len(lacking)} tables are not of it")
    return counts, problems


def judge_repaired(found: State, marks: Marks) -> list[str]:
    """In what the tables are not those of one whole run of the later day."""
    problems = [f"{name}: left over" for name in sorted(found.leftovers)]
    problems += [
        f"{name}: not as a full refresh makes it"
        for name in sorted(marks.after.tables.keys() | found.tables)
        if found.tables.get(name) != marks.after.tables.get(name)
    ]
    newest = {claim.run_id for name, claim in found.claims.items() if name in marks.after.tables}
    if len(newest) != 1:
        problems.append(f"the tables name {len(newest)} runs")
    elif found.runs.get(*newest) != 0:
        problems.append("the run that the tables name is not on record as whole")
    return problems


# Who is left ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Backend:
    """One whose client is dead; `xid` of what it may have written, None of what may be committed:
    nothing, or the client was killed when it had said so already."""

    pid: int
    is_dbt: bool
    xid: str | None


def backends(connection: Connection) -> list[Backend]:
    """All that work here and are not the judges' own."""
    rows = connection.execute(_BACKENDS.encode(), (runs.DBT, WATCHER)).fetchall()
    return [
        Backend(pid, is_dbt, None if re.search(r"\bcommit\W*$", query, re.I) else xid)
        for pid, is_dbt, xid, query in rows
    ]


def committed(connection: Connection, dead: Sequence[Backend]) -> list[str]:
    """What those who outlived their client did all the same."""
    return [
        f"a backend whose client was dead committed ({status})"
        for backend in dead
        if backend.xid
        for (status,) in connection.execute(
            "select pg_xact_status(%s::xid8)", (backend.xid,)
        ).fetchall()
        if status != "aborted"
    ]


@contextmanager
def watching(target: Target, dead: Sequence[Backend]) -> Iterator[list[str]]:
    """Look on while the next run goes: does a dead client's dbt work beside its own?"""
    seen: list[str] = []
    stopped = threading.Event()
    pids = {backend.pid for backend in dead if backend.is_dbt}
    query = (
        "select pid from pg_stat_activity "
        "where datname = current_database() and application_name = %s"
    )

    def look() -> None:
        with (
            suppress(psycopg.OperationalError),
            settings.connect(target, autocommit=True, name=WATCHER) as connection,
        ):
            while not stopped.wait(0.05) and not seen:
                now = {pid for (pid,) in connection.execute(query, (runs.DBT,)).fetchall()}
                if now & pids and now - pids:
                    seen.append("a backend whose client was dead worked beside the next run")

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        stopped.set()
        thread.join()
