"""What a run finds is built whole, or refused, where it is not known to be right."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from checkout import ROOT
from database import Connection
from increments import (
    ALL_FIVE,
    TODAY,
    Known,
    dump,
    equals_full_refresh,
    made,
    names,
    one,
    run,
    whole,
)
from nightly import in_nightly, nightly
from waiting import waited_for
from wellness_journey.database import settings
from wellness_journey.database.settings import Target


def test_a_table_that_shows_another_day_is_not_built_upon(
    target: Target, database: Connection
) -> None:
    """Of models at another day one alone is refused by name, with what to do; its table stays."""
    before = dump(database)
    tomorrow = TODAY + timedelta(days=1)
    built = run(target, tomorrow, "--select", "fct_pulse_days", "rpt_compliance_by_week")
    assert sorted(built.not_built) == [
        f"model {model}: {table} does not show {tomorrow}: dbt build --select +{model}"
        for model, table in (
            ("fct_pulse_days", "intermediate.int_pulse_days"),
            ("rpt_compliance_by_week", "intermediate.cell_compliance_weeks"),
        )
    ]
    assert dump(database) == before
    assert run(target, tomorrow, "--select", "+fct_pulse_days").not_built == ()


@in_nightly
@pytest.mark.parametrize(
    "some", ["+int_pulse_days", nightly("fct_pulse_days"), nightly("published")]
)
def test_a_run_of_some_models_is_made_up_for(
    target: Target, database: Connection, some: str
) -> None:
    """What a run left out the next one builds, be it what was read or what reads it."""
    session = Known(database)
    session.check(database, 0)
    assert run(target, TODAY, "--select", "staging", some).not_built == ()
    assert session.answers(database, 0) != ALL_FIVE
    assert one(database, "select count(*) from intake.touched_sessions") != 0
    whole(target, TODAY)
    assert session.answers(database, 0) == ALL_FIVE
    assert one(database, "select count(*) from intake.touched_sessions") == 0
    equals_full_refresh(target, database, TODAY)


@in_nightly
def test_a_killed_run_is_made_up_for(target: Target, database: Connection) -> None:
    """dbt killed between two models: each table is as before or as after, and the next run, of
    another day, needs no hand."""
    session = Known(database)
    session.check(database, 0)
    before = dump(database)
    environ = dict(os.environ)
    settings.export(target, environ)
    with settings.connect(target) as barrier:
        barrier.execute("lock table marts.fct_session_trends")
        child = subprocess.Popen(
            [sys.executable, "-c", DBT, str(ROOT), str(TODAY)],
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        waits = (
            "select count(*) from pg_stat_activity where datname = current_database() "
            "and wait_event_type = 'Lock' and application_name = 'journey dbt'"
        )
        shows = "select count(*) from quality.built_tables where as_of is not null and run_id <> %s"
        first = one(database, "select run_id from quality.runs order by started_at desc limit 1")
        waited_for(
            lambda: (
                (one(database, waits) == 1 and one(database, shows, first) >= 12)
                or child.poll() is not None
            )
        )
        assert child.poll() is None
        child.send_signal(signal.SIGKILL)
        child.wait()
    here = "select count(*) from pg_stat_activity where datname = current_database()"
    waited_for(lambda: one(database, here) == 1)
    after = dump(database)
    assert after["marts.fct_session_trends"] == before["marts.fct_session_trends"]
    assert after["intermediate.int_pulse_days"] != before["intermediate.int_pulse_days"]
    tables = made(database)
    whole(target, TODAY + timedelta(days=1))
    assert made(database) == tables
    equals_full_refresh(target, database, TODAY + timedelta(days=1))


DBT = """
import sys
from datetime import date
from pathlib import Path
from wellness_journey.pipeline import build
build.build(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), arguments=[
    "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test", "--threads", "1"])
"""


@in_nightly
def test_a_changed_definition_is_built_whole(target: Target, database: Connection) -> None:
    """Another window of compliance: the models that read it and what is built from them, whole,
    and no other; and back again."""
    before, tables = dump(database), made(database)
    variables = {"as_of": TODAY.isoformat(), "compliance_windows": [7, 30, 90, 180, 365]}
    changed = ("--vars", json.dumps(variables))
    whole(target, TODAY, *changed)
    assert {name for name, oid in made(database).items() if tables[name] != oid} == {
        "intermediate.int_window_counts",
        "intermediate.int_review_weeks",
        "marts.fct_session_compliance",
        "marts.fct_review_flags",
        "intermediate.cross_check_session_compliance",
    }
    found = dump(database)
    whole(target, TODAY, *changed, "--full-refresh")
    assert dump(database) == found
    whole(target, TODAY)
    assert dump(database) == before


MILESTONES = "intermediate.cross_check_integration_milestones"


def comments(database: Connection) -> Iterator[set[str]]:
    """One that is changed or gone is put right in a table that is kept; the others are left."""
    written = (
        "select objoid::regclass::text, objsubid, xmin::text, description from pg_description "
        "where objoid = any(array['marts.dim_sessions', 'marts.fct_assessments']::regclass[]) "
        "order by 1, 2"
    )
    before = database.execute(written.encode()).fetchall()
    database.execute(b"comment on table marts.fct_assessments is 'other'")
    database.execute(b"comment on column marts.fct_assessments.score is null")
    yield set()
    after = database.execute(written.encode()).fetchall()
    assert [(row[:2], row[3]) for row in after] == [(row[:2], row[3]) for row in before]
    assert {row[0] for row in {*after} - {*before}} == {"marts.fct_assessments"}


def a_function(database: Connection) -> Iterator[set[str]]:
    """A cross-check with a function that changed is built whole, though no row did."""
    body = one(database, "select pg_get_functiondef('public.get_integration_milestones'::regproc)")
    day = "i.session_date - v_session_day"
    assert body.count(day) == 1
    database.execute(body.replace(day, f"{day} + 1").encode())
    yield {MILESTONES}
    assert one(database, f"select count(*) from {MILESTONES} where outcome = 'differs'") != 0


def a_table(database: Connection) -> Iterator[set[str]]:
    """What is said of a table that is no longer the one that is there says nothing."""
    database.execute(
        b"create table marts.put_back as table marts.fct_pulse_days; "
        b"drop table marts.fct_pulse_days; "
        b"alter table marts.put_back rename to fct_pulse_days; "
        b"alter table marts.fct_pulse_days owner to journey_pipeline; "
        b"update marts.fct_pulse_days set mood_level = 1"
    )
    yield {"marts.fct_pulse_days"}


def a_server(database: Connection) -> Iterator[set[str]]:
    """Numbers of transactions of another server say nothing."""
    tables = {*made(database)}
    database.execute(b"update marts.fct_pulse_days set mood_level = 1")
    database.execute(b"update quality.built_tables set source_state = md5('another')::uuid")
    yield tables


@pytest.mark.parametrize(
    "kinds",
    [
        (comments, a_function, a_table),
        (a_server,),
        *(nightly((kind,)) for kind in (comments, a_function, a_table)),
    ],
    ids=names,
)
def test_what_was_changed_aside_is_put_right(
    target: Target,
    database: Connection,
    kinds: tuple[Callable[[Connection], Iterator[set[str]]], ...],
) -> None:
    """The next run builds these tables whole and no other, and their rows are what they were."""
    before, tables = dump(database), made(database)
    changes = [kind(database) for kind in kinds]
    rebuilt = set().union(*map(next, changes))
    whole(target, TODAY)
    for change in changes:
        assert next(change, None) is None
    assert {name for name, oid in made(database).items() if tables[name] != oid} == rebuilt
    after = dump(database)
    assert after.keys() == before.keys()
    for table in after.keys() - {MILESTONES}:
        assert after[table] == before[table], table


def test_a_function_that_is_gone_is_noticed(target: Target, database: Connection) -> None:
    """Its cross-check is built whole, and says of every comparison that there is none."""
    tables = made(database)
    database.execute(
        b"alter function public.get_integration_milestones(uuid) rename to get_milestones"
    )
    model = MILESTONES.partition(".")[2]
    assert run(target, TODAY, "--select", model).not_built == ()
    assert {name for name, oid in made(database).items() if tables[name] != oid} == {MILESTONES}
    gone = f"select count(*) from {MILESTONES} where outcome = 'oracle_error'"
    assert one(database, gone) == one(database, f"select count(*) from {MILESTONES}") != 0


@in_nightly
@pytest.mark.parametrize("is_on_again", [True, False])
def test_what_nobody_noted_is_built_whole(
    target: Target, database: Connection, is_on_again: bool
) -> None:
    """Rows that came in while a trigger was off are in the next run: it builds everything."""
    session = Known(database, "session_date asc")
    off = "alter table public.log_pulse_checks disable trigger note_insert"
    on = "alter table public.log_pulse_checks enable always trigger note_insert"
    # Days that the cohort does not answer itself.
    for offset in (100, 101):
        database.execute(off.encode())
        session.check(database, offset)
        if is_on_again:
            database.execute(on.encode())
        assert one(database, "select count(*) from intake.touched_sessions") == 0
        whole(target, TODAY)
        assert session.answers(database, offset) == ALL_FIVE
    equals_full_refresh(target, database, TODAY)
