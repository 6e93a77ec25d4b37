"""Tables by patient, or by cohort, hear which of their keys changed, whatever changed them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from database import Connection
from example_models import (
    TODAY,
    all_places,
    changed,
    equals_full_refresh,
    places,
    rows,
    run,
    whole,
)
from nightly import nightly
from rows import Session, acting_as, day
from wellness_journey.database import settings
from wellness_journey.database.settings import Target


@pytest.fixture
def target(clinic: str, own_copy_of: Callable[[str], Target]) -> Target:
    """The small clinic, its examples built."""
    return own_copy_of(clinic)


def announced(connection: Connection) -> set[tuple[str, str | None]]:
    return set(connection.execute("select key_column, key from intake.touched_keys").fetchall())


def test_nothing_new_changes_nothing(project: Path, target: Target, database: Connection) -> None:
    """Not even after the first run, which built everything, and nothing is kept of it."""
    before = all_places(database)
    whole(project, target, TODAY)
    assert all_places(database) == before
    assert announced(database) == set()


def test_only_the_patient_that_changed_is_built(
    project: Path, target: Target, database: Connection, sessions: list[Session]
) -> None:
    """And their cohort; the rows of all others stay where they are."""
    before = all_places(database)
    sessions[5].pulse_check(database, 110, mood_level=5)
    whole(project, target, TODAY)
    patient = str(sessions[5].patient_id)
    after = all_places(database)
    assert {
        key
        for key in after["ex_patients"]
        if after["ex_patients"][key] != before["ex_patients"][key]
    } == {patient}
    assert {
        key for key in after["ex_cohorts"] if after["ex_cohorts"][key] != before["ex_cohorts"][key]
    } == {"2025-06-01"}
    assert announced(database) == set()
    equals_full_refresh(project, target, database, TODAY)


def test_a_session_that_moves_touches_both_patients(
    project: Path, target: Target, database: Connection, sessions: list[Session]
) -> None:
    """The one that had it and the one that has it, and the cohorts of both, before and after."""
    moved, other = sessions[5], sessions[0]
    with acting_as(database, "service_role"):
        database.execute(
            "update public.log_sessions set patient_id = %s where session_id = %s",
            (other.patient_id, moved.session_id),
        )
    whole(project, target, TODAY)
    equals_full_refresh(project, target, database, TODAY)


def test_a_deleted_patient_is_gone(
    project: Path, target: Target, database: Connection, sessions: list[Session]
) -> None:
    """From the tables and from what was announced of them, with the next run."""
    patient = sessions[0].patient_id
    database.execute("delete from public.log_sessions where patient_id = %s", (patient,))
    whole(project, target, TODAY)
    assert str(patient) not in places(database, "patient_id", "ex_patients")
    assert announced(database) == set()
    equals_full_refresh(project, target, database, TODAY)


@pytest.mark.parametrize("later", [1, 61, *map(nightly, (59, 60, 200, -100))])
def test_the_day_moves(project: Path, target: Target, database: Connection, later: int) -> None:
    """A patient moves up to the day that the model declares, and takes the cohort along; back again
    the tables are what they were."""
    before = rows(database)
    as_of = day(150 + later)
    whole(project, target, as_of)
    found, written = rows(database), all_places(database)
    assert found != before
    whole(project, target, as_of)
    assert all_places(database) == written
    whole(project, target, TODAY)
    assert rows(database) == before
    whole(project, target, as_of, "--full-refresh")
    assert rows(database) == found


def test_a_patient_who_moves_no_more_stays(
    project: Path, target: Target, database: Connection
) -> None:
    """With the day only those are built who can be another by it."""
    whole(project, target, day(239))
    before = places(database, "patient_id", "ex_patients")
    whole(project, target, day(240))
    after = places(database, "patient_id", "ex_patients")
    # Whose first session is of day 0, 20 or 40: the elapsed days stay 210 from day 270 on.
    assert {key for key in after if after[key] == before[key]} == set()
    whole(project, target, day(320))
    before = places(database, "patient_id", "ex_patients")
    whole(project, target, day(321))
    assert places(database, "patient_id", "ex_patients") == before


@pytest.mark.parametrize("alone", ["ex_sessions", "ex_patients"])
def test_a_table_that_is_built_whole_announces_all(
    project: Path, target: Target, database: Connection, sessions: list[Session], alone: str
) -> None:
    """One that is built anew alone, with rows that its readers lack: these build all keys, once."""
    sessions[1].pulse_check(database, 100)
    database.execute(
        "delete from public.log_sessions where session_id = %s", (sessions[0].session_id,)
    )
    upstream = ("stg_sessions", "stg_pulse_checks", "int_pulse_days")
    assert run(project, target, TODAY, "--select", *upstream).not_built == ()
    if alone == "ex_patients":
        assert run(project, target, TODAY, "--select", "ex_sessions").not_built == ()
    assert run(project, target, TODAY, "--select", alone, "--full-refresh").not_built == ()
    assert None in {key for _, key in announced(database)}
    before = all_places(database)
    whole(project, target, TODAY)
    after = all_places(database)
    reader = {"ex_sessions": "ex_patients", "ex_patients": "ex_cohorts"}[alone]
    for key in before[reader].keys() & after[reader].keys():
        assert not before[reader][key] & after[reader][key]
    assert announced(database) == set()
    equals_full_refresh(project, target, database, TODAY)


@pytest.mark.parametrize(
    "steps",
    [
        # A table is built before another one that it reads.
        ["ex_sessions", "ex_patients", "int_pulse_days"],
        nightly(["ex_sessions", "ex_patients", "ex_cohorts", "int_pulse_days", "ex_cohorts"]),
        nightly(["int_pulse_days", "ex_cohorts", "ex_sessions"]),
        ["int_pulse_days", "ex_patients", "ex_sessions", "ex_cohorts"],
    ],
    ids=" ".join,
)
def test_parts_are_made_up_for(
    project: Path,
    target: Target,
    database: Connection,
    sessions: list[Session],
    steps: list[str],
) -> None:
    """Whatever was built first: a table's watermark is at most that of all that it reads."""
    sessions[2].pulse_check(database, 100, mood_level=5)
    database.execute(
        "delete from public.log_sessions where session_id = %s", (sessions[3].session_id,)
    )
    for step in steps:
        assert (
            run(
                project, target, TODAY, "--select", "stg_sessions", "stg_pulse_checks", step
            ).not_built
            == ()
        )
    whole(project, target, TODAY)
    equals_full_refresh(project, target, database, TODAY)


def test_a_late_commit_is_heard(
    project: Path, target: Target, database: Connection, sessions: list[Session]
) -> None:
    """Of a transaction that was open while a run went on and read nothing of it."""
    before = rows(database)
    with settings.connect(target) as late:
        sessions[0].pulse_check(late, 90, mood_level=5)
        sessions[1].pulse_check(database, 90, mood_level=5)
        whole(project, target, TODAY)
        whole(project, target, day(151))
        late.commit()
    whole(project, target, TODAY)
    assert rows(database) != before
    equals_full_refresh(project, target, database, TODAY)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "ex_sessions",
            "'announces': ['patient_id'], ",
            "",
            "model ex_patients: marts.ex_patients is kept by patient_id, and no table that it "
            "reads announces patient_id: add it to meta.announces of one that has the column",
        ),
        (
            "ex_cohorts",
            "'key': 'cohort_month'",
            "'key': 'session_id'",
            "model ex_cohorts: marts.ex_cohorts is kept by session_id, and no table that it reads "
            "announces session_id: add it to meta.announces of one that has the column",
        ),
    ],
)
def test_a_key_that_nobody_announces_is_refused(
    project: Path, target: Target, database: Connection, file: str, old: str, new: str, message: str
) -> None:
    """By name, before anything is built: the table would be left behind without a word."""
    before = rows(database)
    with changed(project / "dbt_project" / "models" / "examples" / f"{file}.sql", old, new):
        assert run(project, target, TODAY).not_built[0] == message
    assert rows(database, file) == {file: before[file]}
    whole(project, target, TODAY)


def test_a_key_that_is_no_column_is_refused(
    project: Path, target: Target, database: Connection
) -> None:
    """By name, and before anything is kept of it."""
    model = project / "dbt_project" / "models" / "examples" / "ex_sessions.sql"
    select = ("--select", "stg_sessions", "stg_pulse_checks", "ex_sessions")
    with (
        changed(model, "    session_id,\n", "    session_id as id,\n"),
        changed(model, "{'columns': ['session_id']}", "{'columns': ['id']}"),
    ):
        assert run(project, target, TODAY, *select).not_built == (
            "model ex_sessions: marts.ex_sessions has no column session_id, by which its meta.key "
            "says it is kept",
        )


def test_days_are_text_that_every_setting_reads(
    project: Path, target: Target, database: Connection, sessions: list[Session]
) -> None:
    """A cohort is announced as ISO writes a day, whatever style the database likes."""
    database.execute(f"alter database {target.database} set datestyle = 'German, DMY'".encode())
    sessions[5].pulse_check(database, 110, mood_level=5)
    whole(project, target, date(2025, 7, 30))
    equals_full_refresh(project, target, database, date(2025, 7, 30))
