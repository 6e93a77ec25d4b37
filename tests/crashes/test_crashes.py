"""A crash leaves each table as one run left it; a judge sees where it did not."""

# `make crashes` kills runs, dbt, the server and the rest at random moments.

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

import crashes
from builds import dbt_environment
from checkout import ROOT
from crash_runs import DAY, NEW_ROWS, NEXT_DAY
from crash_states import (
    WATCHER,
    Marks,
    State,
    backends,
    committed,
    judge,
    judge_repaired,
    state,
    watching,
)
from crashes import Blow, moments, summary
from database import Connection
from increments import whole
from waiting import waited_for
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from wellness_journey.pipeline import runs

MART, TABLE = "marts.fct_pulse_days", "published.rpt_pulse_trends_by_day"
# As `journey run` builds.
BUILD = """
import sys
from datetime import date
from pathlib import Path
from wellness_journey.pipeline import build
arguments = ("--exclude-resource-type", "test", "unit_test")
build.build(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), arguments=arguments)
"""
SOME_MARTS = """
    select count(*) filter (where relation ~ '^marts') > 2
    from quality.built_tables
    where run_id <> (select run_id from quality.runs)
"""
OF_MART = f"where relation = '{MART}'"


@contextmanager
def watcher(target: Target) -> Iterator[Connection]:
    with settings.connect(target, autocommit=True, name=WATCHER) as connection:
        yield connection


def state_of(target: Target) -> State:
    with watcher(target) as connection:
        return state(connection)


@pytest.fixture(scope="module")
def before(built: str, copy_of: Callable[[str], Target]) -> str:
    """Name of a database whose tables show a day, with rows for the next, to be copied."""
    target = copy_of(built)
    with watcher(target) as connection:
        connection.execute(NEW_ROWS.encode())
    return target.database


@pytest.fixture(scope="module")
def after(before: str, copy_of: Callable[[str], Target]) -> str:
    """Name of a database whose tables show the next day, to be copied."""
    target = copy_of(before)
    whole(target, NEXT_DAY)
    return target.database


@pytest.fixture(scope="module")
def marks(before: str, after: str, copy_of: Callable[[str], Target]) -> Marks:
    """What the tables are before and after."""
    states = [state_of(copy_of(name)) for name in (before, after)]
    found = Marks(states[0], states[1], DAY, NEXT_DAY)
    moved = [name for name, rows in states[0].tables.items() if states[1].tables[name] != rows]
    assert len(moved) > len(states[0].tables) / 2
    return found


def test_a_build_killed_half_way(
    before: str, marks: Marks, copy_of: Callable[[str], Target]
) -> None:
    """Killed when it has built some tables: each is as before or as after, as it says; nothing is
    committed afterwards, no run is on record, and the next run repairs it."""
    target = copy_of(before)
    with watcher(target) as connection:
        with dbt_environment(target):
            child = subprocess.Popen([sys.executable, "-c", BUILD, str(ROOT), str(NEXT_DAY)])
        try:
            waited_for(lambda: has(connection, SOME_MARTS) or child.poll() is not None)
            assert child.poll() is None
        finally:
            child.kill()
            child.wait()
        dead = backends(connection)
        waited_for(lambda: not backends(connection))
        assert committed(connection, dead) == []
    found = state_of(target)
    counts, problems = judge(found, marks)
    assert problems == []
    assert counts["before"]
    assert counts["after"]
    assert found.runs == marks.before.runs
    assert judge_repaired(found, marks) != []
    whole(target, NEXT_DAY)
    assert judge_repaired(state_of(target), marks) == []


def has(connection: Connection, query: str) -> bool:
    row = connection.execute(query.encode()).fetchone()
    assert row
    return bool(row[0])


def test_an_undisturbed_run_is_judged_well(marks: Marks) -> None:
    """Before everything is as before, afterwards as after."""
    number = len(marks.before.tables)
    assert judge(marks.before, marks) == ({"before": number}, [])
    assert judge(marks.after, marks) == ({"after": number}, [])
    assert judge_repaired(marks.after, marks) == []


@pytest.mark.parametrize(
    ("plant", "problem"),
    [
        (f"delete from {MART}", f"{MART}: says before, and holds other rows"),
        (
            f"delete from {MART} where ctid = (select min(ctid) from {MART})",
            f"{MART}: says before, and holds other rows",
        ),
        (
            f"update quality.built_tables set as_of = as_of + 2 {OF_MART}",
            f"{MART}: says before, and another day",
        ),
        (
            "update quality.built_tables set as_of = as_of + 1, run_id = gen_random_uuid() "
            + OF_MART,
            f"{MART}: says after, and holds other rows",
        ),
        (
            f"create table marts.other as table {MART}; drop table {MART}; "
            "alter table marts.other rename to fct_pulse_days",
            f"{MART}: nothing says which run it shows",
        ),
        (f"delete from quality.built_tables {OF_MART}", f"{MART}: nothing says which run it shows"),
        (f"drop table {TABLE}", f"{TABLE}: gone"),
        ("create table marts.half ()", "marts.half: unknown"),
    ],
)
def test_a_table_that_is_not_its_runs_is_seen(
    before: str, marks: Marks, copy_of: Callable[[str], Target], plant: str, problem: str
) -> None:
    """Emptied, in part, of a day or run that it does not show, swapped, gone: that, and no more."""
    target = copy_of(before)
    with watcher(target) as connection:
        connection.execute(plant.encode())
    assert judge(state_of(target), marks)[1] == [problem]


def test_a_run_that_pretends_to_have_ended_is_seen(
    before: str, marks: Marks, copy_of: Callable[[str], Target]
) -> None:
    """On record with nothing failed, and tables are not of it; one that failed says so itself."""
    target = copy_of(before)
    record = "insert into quality.runs values (gen_random_uuid(), 'build', %s, now(), now(), %s)"
    with watcher(target) as connection:
        connection.execute(record.encode(), (NEXT_DAY, 3))
        assert judge(state(connection), marks)[1] == []
        connection.execute(record.encode(), (NEXT_DAY, 0))
    number = len(marks.before.tables)
    assert judge(state_of(target), marks)[1] == [
        f"a run is on record as whole, and {number} tables are not of it"
    ]


@pytest.mark.parametrize(
    ("plant", "problem"),
    [
        ("create table marts.dim_sessions__dbt_backup ()", "dim_sessions__dbt_backup: left over"),
        (f"delete from {TABLE}", f"{TABLE}: not as a full refresh makes it"),
        (
            f"update quality.built_tables set run_id = gen_random_uuid() {OF_MART}",
            "the tables name 2 runs",
        ),
        (
            "update quality.runs set nodes_failed = 1",
            "the run that the tables name is not on record as whole",
        ),
    ],
)
def test_what_the_next_run_did_not_repair_is_seen(
    after: str, marks: Marks, copy_of: Callable[[str], Target], plant: str, problem: str
) -> None:
    """A leftover, other rows, another run or none: that, and no more."""
    target = copy_of(after)
    with watcher(target) as connection:
        connection.execute(plant.encode())
    (found,) = judge_repaired(state_of(target), marks)
    assert found.endswith(problem)


def test_what_outlives_its_client_is_seen(migrated: str, copy_of: Callable[[str], Target]) -> None:
    """A backend that commits although its client is dead, or works beside the next run's."""
    target = copy_of(migrated)
    with (
        watcher(target) as connection,
        settings.connect(target, name=runs.DBT) as dead,
        settings.connect(target, name="journey") as quiet,
    ):
        for one in (dead, quiet):
            one.execute("create temporary table half ()")
        left = backends(connection)
        assert {(one.pid, one.is_dbt) for one in left} == {
            (dead.info.backend_pid, True),
            (quiet.info.backend_pid, False),
        }
        quiet.rollback()
        assert committed(connection, [one for one in left if not one.is_dbt]) == []
        with watching(target, left) as seen, settings.connect(target, name=runs.DBT):
            waited_for(lambda: seen)
        with watching(target, []) as unseen, settings.connect(target, name=runs.DBT):
            pass
        assert len(seen) == 1
        assert unseen == []
        dead.commit()
        assert committed(connection, left) == [
            "a backend whose client was dead committed (committed)"
        ]


def test_moments_are_of_all_parts_and_can_be_drawn_again() -> None:
    """One in each part of a run; the same seed draws the same."""
    drawn = moments("7 run", 10)
    assert [int(moment * 10) for moment in drawn] == [*range(10)]
    assert drawn == moments("7 run", 10) != moments("8 run", 10)


def test_a_problem_makes_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is well that has a problem, and who asks for what there is not is told so."""
    well = Blow("marts", "3 before, 2 after", repaired=True)
    assert summary({"run": [well]}) == 0
    assert summary({"run": [well], "dbt": [Blow("marts", "0 before, 5 after", 0, ["torn"])]}) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "2 crashes: 1 problems"
    assert crashes.main(["lightning"]) == 2
