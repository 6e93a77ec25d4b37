"""Invented rows in: `journey seed` fills an empty database with a synthetic cohort."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from wellness_journey.cohort import diaries
from wellness_journey.cohort.people import SEED_AS_OF, practitioner, practitioner_count
from wellness_journey.database.one_writer import be_the_only_writer
from wellness_journey.database.refusals import trouble
from wellness_journey.errors import JourneyError, UsageError
from wellness_journey.progress import Estimate

__all__ = ["SEED_AS_OF", "SeedResult", "seed"]

Connection = psycopg.Connection[Any]
Progress = Callable[[str], None]

# People made and written at a time: what memory holds, whatever the cohort's size.
_BLOCK = 25
_ELSEWHERE = (
    "seed another database, or set JOURNEY_HOME to another folder and run `journey up` "
    "and `journey migrate`"
)


@dataclass(frozen=True)
class SeedResult:
    """Rows of the cohort by table, its day of reference, and whether it was there before."""

    counts: dict[str, int]
    as_of: date
    already: bool


def seed(
    connection: Connection,
    *,
    sessions: int = 400,
    days: int = 180,
    seed: int = 1,
    progress: Progress | None = None,
) -> SeedResult:
    """Write the cohort of `seed`: `sessions` dosing sessions, up to `days` days each.

    The same arguments give the same rows anywhere, on any day; a second call does nothing.
    All or nothing. `connection` must be outside a transaction.

    Raises:
        UsageError: an argument is out of range, or the database holds other rows.
        BusyError: another load or seed is writing.
        JourneyError: tables are missing, or the database failed.
    """
    for flag, value, least, most in (
        ("--sessions", sessions, 1, 10_000_000),
        ("--days", days, 1, 3650),
        ("--seed", seed, -(2**63), 2**63 - 1),
    ):
        if not least <= value <= most:
            raise UsageError(f"{flag} is {value}: expected {least} to {most}")
    try:
        with connection.transaction():
            if _is_there(connection, (seed, sessions, days, SEED_AS_OF)):
                return SeedResult(_count(connection, sessions), SEED_AS_OF, already=True)
            _write(connection, seed, sessions, days, progress)
            connection.execute(
                "insert into quality.synthetic_cohort (seed, sessions, days, as_of) "
                "values (%s, %s, %s, %s)",
                (seed, sessions, days, SEED_AS_OF),
            )
            return SeedResult(_count(connection, sessions), SEED_AS_OF, already=False)
    except psycopg.Error as error:
        raise JourneyError(f"nothing was seeded: {trouble(error)}") from None


def _is_there(connection: Connection, wanted: tuple[int, int, int, date]) -> bool:
    """Whether the database holds exactly this cohort already; it must be empty otherwise."""
    be_the_only_writer(connection)
    for table in (
        "auth.users",
        *(f"public.{name}" for name in diaries.COLUMNS),
        "quality.synthetic_cohort",
    ):
        if connection.execute("select to_regclass(%s)", (table,)).fetchone() == (None,):
            raise JourneyError(f"this database has no {table}: run `journey migrate`, then seed")
    there = connection.execute(
        "select seed, sessions, days, as_of from quality.synthetic_cohort"
    ).fetchall()
    if there == [wanted]:
        return True
    if there:
        held = f"--seed {there[0][0]} --sessions {there[0][1]} --days {there[0][2]}"
        raise UsageError(f"this database holds another cohort ({held}): {_ELSEWHERE}")
    filled = [
        name
        for name in diaries.COLUMNS
        if connection.execute(
            sql.SQL("select from {} limit 1").format(sql.Identifier("public", name))
        ).rowcount
    ]
    if filled:
        raise UsageError(
            f"this database holds rows in {', '.join(filled)}, and invented rows never stand "
            f"beside others: {_ELSEWHERE}"
        )
    return False


def _write(
    connection: Connection, seed: int, sessions: int, days: int, progress: Progress | None
) -> None:
    practitioners = [practitioner(seed, index) for index in range(practitioner_count(sessions))]
    # They outlive the deletion of an earlier cohort's sessions.
    connection.execute(
        "insert into auth.users (id) select unnest(%s::uuid[]) on conflict do nothing",
        (practitioners,),
    )
    estimate = Estimate(sessions)
    for start in range(0, sessions, _BLOCK):
        end = min(start + _BLOCK, sessions)
        people = [diaries.person(seed, index, days) for index in range(start, end)]
        for table, columns in diaries.COLUMNS.items():
            statement = sql.SQL("copy {} ({}) from stdin").format(
                sql.Identifier("public", table), sql.SQL(columns)
            )
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                for rows in people:
                    for row in rows[table]:
                        copy.write_row(row)
        if progress:
            progress(f"seed     {end:,} of {sessions:,} sessions, {estimate(end)}")
    # The planner must not take tables that were just filled for empty ones.
    for name in diaries.COLUMNS:
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier("public", name)))


def _count(connection: Connection, sessions: int) -> dict[str, int]:
    counts = {"auth_users": practitioner_count(sessions)}
    for name in diaries.COLUMNS:
        row = connection.execute(
            sql.SQL("select count(*) from {}").format(sql.Identifier("public", name))
        ).fetchone()
        counts[name] = row[0] if row else 0
    return counts
