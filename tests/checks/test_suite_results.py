"""What is kept of the results of the suites."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from checkout import ROOT
from database import Connection
from some_suites import run, stored
from wellness_journey import checks
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import PIPELINE_ROLE, Target, connect
from wellness_journey.errors import UsageError


def runs(target: Target) -> list[tuple[Any, ...]]:
    with connect(target) as connection:
        return connection.execute(
            "select run_id, command, as_of, nodes_failed from quality.runs order by started_at"
        ).fetchall()


def test_results_belong_to_the_newest_build(own: Target, few: Path) -> None:
    """They stand beside dbt's own, and a second check replaces the first."""
    ((build, *_),) = runs(own)
    with connect(own) as connection:
        dbt = "select count(*) from quality.check_results where engine = 'dbt'"
        before = connection.execute(dbt.encode()).fetchone()
    for _ in range(2):
        found = checks.check(own, few, SEED_AS_OF)
        assert found.run_id == build
        assert stored(own) == sorted(
            (build, r.engine, r.check_name, r.status, r.checked, r.failing) for r in found.results
        )
    with connect(own) as connection:
        assert connection.execute(dbt.encode()).fetchone() == before
    assert [run_id for run_id, *_ in runs(own)] == [build]


def test_results_belong_to_the_run_that_is_named(own: Target, few: Path) -> None:
    """A named run is taken as it is; one that is not there is refused, and nothing written."""
    named = uuid4()
    run(
        own,
        "insert into quality.runs (run_id, command, as_of, started_at, finished_at, nodes_failed)"
        f" values ('{named}', 'run', '2020-01-01', '2020-01-01', '2020-01-01', 0)",
    )
    assert checks.check(own, few, SEED_AS_OF, named).run_id == named
    before = stored(own)
    with pytest.raises(UsageError, match=str(UUID(int=7))):
        checks.check(own, few, SEED_AS_OF, UUID(int=7))
    assert stored(own) == before


def test_without_a_build_a_check_is_a_run_of_its_own(target: Target) -> None:
    """Then it carries the day it was asked for."""
    found = checks.check(target, ROOT, SEED_AS_OF)
    assert runs(target) == [(found.run_id, "check", SEED_AS_OF, 0)]
    assert len(stored(target)) == len(found.results)
    assert checks.check(target, ROOT, SEED_AS_OF).run_id != found.run_id


def test_the_pipelines_rights_are_enough(
    target: Target, log_in: Callable[[str], Connection]
) -> None:
    """A login that is a member of journey_pipeline, and of nothing else, can check."""
    login = log_in(PIPELINE_ROLE)
    found = checks.check(replace(target, user=login.info.user), ROOT, SEED_AS_OF)
    assert {r.status for r in found.results if r.tested == "log_sessions"} == {"not_applicable"}
    assert len(stored(target)) == len(found.results)


def test_no_connection_is_left_behind(own: Target, few: Path) -> None:
    """Great Expectations' engines are disposed of, whatever happened."""
    checks.check(own, few, SEED_AS_OF)
    with connect(own) as connection:
        left = connection.execute(
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
            " and backend_type = 'client backend'"
        ).fetchone()
    assert left == (0,)
