"""Kills, runs at once, readers: tables by another key are left as one run leaves them."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from database import Connection
from example_models import (
    STEPS,
    TODAY,
    equals_full_refresh,
    rows,
    run,
    started,
    whole,
)
from nightly import NIGHTLY, in_nightly, nightly
from readers import reading, shown
from rows import Session, day
from waiting import waited_for
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from wellness_journey.errors import TransformError

WAITING = (
    "select count(*) from pg_stat_activity where datname = current_database() "
    "and wait_event_type = 'Lock' and application_name = 'journey dbt'"
)
HERE = "select count(*) from pg_stat_activity where datname = current_database()"


@pytest.fixture
def target(clinic: str, own_copy_of: Callable[[str], Target]) -> Target:
    """The small clinic, its examples built."""
    return own_copy_of(clinic)


def one(connection: Connection, query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    assert row
    return row[0]


def written(database: Connection, sessions: Sequence[Session]) -> None:
    """What the next run must take: an answer, a deletion, a move."""
    sessions[1].pulse_check(database, 100, mood_level=5)
    database.execute(
        "delete from public.log_sessions where session_id = %s", (sessions[0].session_id,)
    )
    database.execute(
        "update public.log_sessions set session_date = %s where session_id = %s",
        (day(1), sessions[5].session_id),
    )


@pytest.mark.parametrize(
    ("table", "later"),
    [
        ("ex_sessions", 1),
        nightly("ex_sessions", 0),
        nightly("ex_patients", 0),
        nightly("ex_patients", 1),
        nightly("ex_cohorts", 0),
        nightly("ex_cohorts", 1),
    ],
)
def test_a_killed_run_is_made_up_for(
    project: Path,
    target: Target,
    database: Connection,
    sessions: list[Session],
    table: str,
    later: int,
) -> None:
    """dbt killed while it writes the table, its keys announced before: they go with it, and the
    next run, of whatever day, needs no hand."""
    written(database, sessions)
    before = rows(database)
    with settings.connect(target) as barrier:
        # What writes waits; what reads does not.
        barrier.execute(f"lock table marts.{table} in share mode".encode())
        child = started(project, target, TODAY, "+ex_cohorts")
        waited_for(lambda: one(database, WAITING) or child.poll() is not None)
        assert child.poll() is None
        child.send_signal(signal.SIGKILL)
        child.wait()
    waited_for(lambda: one(database, HERE) == 1)
    assert rows(database, table) == {table: before[table]}
    whole(project, target, day(150 + later))
    equals_full_refresh(project, target, database, day(150 + later))


@in_nightly
def test_runs_at_once_leave_what_one_leaves(
    project: Path, target: Target, database: Connection, sessions: list[Session]
) -> None:
    """Two dbt beside each other wait for each other table by table, while rows come in; the next
    run leaves what a full refresh makes. Views are not of it: dbt swaps them, whoever looks on."""
    for round_ in range(10 if NIGHTLY else 2):
        if round_ == 0:
            written(database, sessions)
        both = [started(project, target, TODAY, *STEPS) for _ in range(2)]
        for offset in range(5):
            sessions[2].pulse_check(database, 60 + 5 * round_ + offset)
        for child in both:
            child.wait()
        assert {child.returncode for child in both} == {0}
    whole(project, target, TODAY)
    equals_full_refresh(project, target, database, TODAY)


def test_readers_see_whole_tables(
    project: Path, target: Target, database: Connection, sessions: list[Session]
) -> None:
    """In each isolation they see what a run left, while rows of single keys and of all are
    replaced."""
    states = [shown(database)]
    with reading(target, [*states[0]], "read committed", "repeatable read") as readers:
        for number in range(5 if NIGHTLY else 2):
            sessions[1].pulse_check(database, 60 + number)
            whole(project, target, day(151 + number))
            states.append(shown(database))
    assert states[0]["marts.ex_cohorts"] != states[-1]["marts.ex_cohorts"]
    for reader in readers:
        assert reader.rounds > 1
        assert reader.wrong(states) == []


def test_cut_connections_lose_nothing(
    project: Path, target: Target, database: Connection, sessions: list[Session]
) -> None:
    """At any moment of a run; each next run goes on from what was committed."""
    cut = (
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and application_name = 'journey dbt'"
    )
    for number in range(20 if NIGHTLY else 3):
        sessions[number % 5 + 1].pulse_check(database, 70 + number)
        timer = threading.Timer(0.4 + 0.3 * number, database.execute, [cut])
        timer.start()
        with suppress(TransformError, psycopg.Error):
            run(
                project,
                target,
                day(150 + number % 2),
                "--select",
                "stg_sessions",
                "stg_pulse_checks",
                *STEPS,
            )
        timer.cancel()
        timer.join()
    whole(project, target, TODAY)
    equals_full_refresh(project, target, database, TODAY)
