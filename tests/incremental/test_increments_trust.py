"""What a run finds is built whole, or refused, where it is not known to be right."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from checkout import ROOT
from database import Connection
from increments import ALL_FIVE, TODAY, Known, dump, equals_full_refresh, made, one, run, whole
from nightly import nightly
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


def test_a_changed_definition_is_built_whole(target: Target, database: Connection) -> None:
    """Another window of compliance: the models that read it and what is built from them, whole,
    and no other; and back again."""
    tables = made(database)
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
    equals_full_refresh(target, database, TODAY)


def test_comments_are_written_where_they_differ(target: Target, database: Connection) -> None:
    """One that is changed or gone is put right in a table that is kept; the others are left."""
    written = (
        "select objoid::regclass::text, objsubid, xmin::text, description from pg_description "
        "where objoid = any(array['marts.fct_pulse_days', 'marts.fct_assessments']::regclass[]) "
        "order by 1, 2"
    )
    before, tables = database.execute(written.encode()).fetchall(), made(database)
    database.execute(b"comment on table marts.fct_pulse_days is 'other'")
    database.execute(b"comment on column marts.fct_pulse_days.mood_level is null")
    whole(target, TODAY)
    after = database.execute(written.encode()).fetchall()
    assert [(row[:2], row[3]) for row in after] == [(row[:2], row[3]) for row in before]
    assert {row[0] for row in {*after} - {*before}} == {"marts.fct_pulse_days"}
    assert made(database) == tables


@pytest.mark.parametrize("outcome", ["differs", "oracle_error"])
def test_a_changed_function_is_compared_anew(
    target: Target, database: Connection, outcome: str
) -> None:
    """A cross-check with a function that changed, or is gone, is built whole, though no row did."""
    tables = made(database)
    change = "alter function public.get_integration_milestones(uuid) rename to get_milestones"
    if outcome == "differs":
        body = one(
            database, "select pg_get_functiondef('public.get_integration_milestones'::regproc)"
        )
        day = "i.session_date - v_session_day"
        assert body.count(day) == 1
        change = body.replace(day, f"{day} + 1")
    database.execute(change.encode())
    whole(target, TODAY)
    name = "intermediate.cross_check_integration_milestones"
    assert {name for name, oid in made(database).items() if tables[name] != oid} == {name}
    assert one(database, f"select count(*) from {name} where outcome = '{outcome}'") != 0


@pytest.mark.parametrize("is_on_again", [True, nightly(False)])
def test_what_nobody_noted_is_built_whole(
    target: Target, database: Connection, is_on_again: bool
) -> None:
    """Rows that came in while a trigger was off are in the next run: it builds everything."""
    session = Known(database, "session_date asc")
    # Days that he did not answer himself.
    database.execute("delete from public.log_sessions where session_id = %s", (session.session_id,))
    session.create(database, session.day_0)
    whole(target, TODAY)
    off = "alter table public.log_pulse_checks disable trigger note_insert"
    on = "alter table public.log_pulse_checks enable always trigger note_insert"
    for offset in (0, 1):
        database.execute(off.encode())
        session.check(database, offset)
        if is_on_again:
            database.execute(on.encode())
        assert one(database, "select count(*) from intake.touched_sessions") == 0
        whole(target, TODAY)
        assert session.answers(database, offset) == ALL_FIVE
    equals_full_refresh(target, database, TODAY)


@pytest.mark.parametrize("kind", ["another server", "another table"])
def test_what_was_restored_is_built_whole(target: Target, database: Connection, kind: str) -> None:
    """Numbers of transactions of another server say nothing, nor what is said of a table that is
    no longer the one that is there."""
    tables = made(database)
    wrong = "update marts.fct_pulse_days set mood_level = 1"
    if kind == "another server":
        database.execute(wrong.encode())
        database.execute("update quality.built_tables set source_state = md5('another')::uuid")
    else:
        database.execute(
            b"create table marts.put_back as table marts.fct_pulse_days; "
            b"drop table marts.fct_pulse_days; "
            b"alter table marts.put_back rename to fct_pulse_days; "
            b"alter table marts.fct_pulse_days owner to journey_pipeline"
        )
        database.execute(wrong.encode())
    whole(target, TODAY)
    rebuilt = {name for name, oid in made(database).items() if tables[name] != oid}
    if kind == "another server":
        assert rebuilt == tables.keys()
    else:
        assert rebuilt == {"marts.fct_pulse_days"}
    equals_full_refresh(target, database, TODAY)
