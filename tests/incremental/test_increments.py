"""A run builds the sessions that changed; tables are what a full refresh makes of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from database import Connection
from increments import (
    ALL_FIVE,
    TODAY,
    Known,
    dump,
    equals_full_refresh,
    made,
    one,
    versions,
    versions_of_whole,
    whole,
)
from nightly import nightly
from rows import Session, acting_as
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

TOMORROW = TODAY + timedelta(days=1)
COUNT = "select count(*) from marts.fct_pulse_days where session_id = %s"


def test_nothing_new_changes_nothing(target: Target, database: Connection) -> None:
    """A run with nothing new leaves every row where it is; nothing is kept of what is taken in."""
    before, written = dump(database), versions(database)
    assert {"intermediate.int_pulse_days", "marts.fct_pulse_days"} <= written.keys()
    whole(target, TODAY)
    assert versions(database) == written
    assert dump(database) == before
    assert one(database, "select count(*) from intake.touched_sessions") == 0


def test_whole_tables_are_kept_while_nothing_changes(target: Target, database: Connection) -> None:
    """What is built whole is not written again by a run with nothing new; after a row, a deletion
    or a day every row of it is."""
    before = versions_of_whole(database)
    assert {"published.rpt_pulse_trends_by_week", "published.rpt_review_flags"} <= before.keys()
    whole(target, TODAY)
    assert versions_of_whole(database) == before
    session = Known(database)
    delete = "delete from public.log_sessions where session_id = %s"
    for change, as_of in (
        (lambda: session.check(database, 0), TODAY),
        (lambda: database.execute(delete.encode(), (session.session_id,)), TODAY),
        (lambda: None, TOMORROW),
    ):
        change()
        whole(target, as_of)
        after = versions_of_whole(database)
        assert after.keys() == before.keys()
        for table, rows in after.items():
            assert not set(rows) & set(before[table]), table
        before = after
    equals_full_refresh(target, database, TOMORROW)


def test_only_the_session_that_changed_is_built(target: Target, database: Connection) -> None:
    """Rows of all other sessions stay where they are, and the tables equal a full refresh."""
    session, tables = Known(database), made(database)
    of_others = (
        b"select count(*), md5(string_agg(ctid::text, ',' order by ctid)) "
        b"from marts.fct_pulse_days where session_id <> %s"
    )
    before = database.execute(of_others, (session.session_id,)).fetchone()
    session.check(database, 0)
    whole(target, TODAY)
    assert session.answers(database, 0) == ALL_FIVE
    assert database.execute(of_others, (session.session_id,)).fetchone() == before
    assert made(database) == tables
    equals_full_refresh(target, database, TODAY)


@pytest.mark.parametrize("runs", [1, nightly(2)])
def test_a_late_commit_is_picked_up(target: Target, database: Connection, runs: int) -> None:
    """A transaction that began before a run and committed after it, with an old created_at, is
    in the next, whatever others came meanwhile."""
    session, other = Known(database), Known(database, "session_date asc")
    with settings.connect(target) as late:
        session.check(late, -1, created_at="2025-01-01")
        for offset in range(runs):
            other.check(database, offset)
            whole(target, TODAY)
        assert session.answers(database, -1) is None
        late.commit()
    tables = made(database)
    whole(target, TODAY)
    assert session.answers(database, -1) == ALL_FIVE
    assert made(database) == tables
    equals_full_refresh(target, database, TODAY)


def test_a_backfill_is_picked_up(target: Target, database: Connection) -> None:
    """Rows of last year with their own dates: of a session that is over, and of a new one."""
    old, tables = Known(database, "session_date asc"), made(database)
    long_ago = {"created_at": str(old.day_0)}
    old.check(database, 100, **long_ago)
    new = Session(1).create(database, old.day_0 - timedelta(days=400))
    for offset in range(-395, -380):
        new.pulse_check(database, check_date=old.day_0 + timedelta(days=offset), **long_ago)
    whole(target, TODAY)
    assert old.answers(database, 100) == ALL_FIVE
    assert one(database, COUNT, new.session_id) == 15
    assert made(database) == tables
    equals_full_refresh(target, database, TODAY)


def test_a_completed_assessment_is_picked_up(target: Target, database: Connection) -> None:
    """An update alone, of a row that was there long before."""
    session = Known(database, "session_date asc")
    session.integration_session(
        database,
        "PHQ9_ASSESSMENT",
        session_number=99,
        session_date=session.day_0 + timedelta(days=28),
    )
    whole(target, TODAY)
    found = "select count(*) from marts.fct_assessments where session_id = %s and score = 27"
    assert one(database, found, session.session_id) == 0
    database.execute(
        "update public.log_integration_sessions set phq9_score = 27, completed = true "
        "where session_number = 99"
    )
    whole(target, TODAY)
    assert one(database, found, session.session_id) == 1
    equals_full_refresh(target, database, TODAY)


def test_a_changed_session_is_picked_up(target: Target, database: Connection) -> None:
    """Who may change a session's day, patient or practitioner changes what its rows are."""
    other = Known(database, "session_date asc")
    values = {
        "session_date": TODAY - timedelta(days=30),
        "patient_id": other.patient_id,
        "practitioner_id": other.practitioner_id,
    }
    before = dump(database)
    with acting_as(database, "service_role"):
        for number, (column, value) in enumerate(values.items(), 1):
            database.execute(
                f"update public.log_sessions set {column} = %s where session_id = ("
                "select s.session_id from public.log_sessions as s "
                "order by s.session_id offset %s limit 1)".encode(),
                (value, number),
            )
    whole(target, TODAY)
    assert dump(database)["marts.dim_sessions"] != before["marts.dim_sessions"]
    equals_full_refresh(target, database, TODAY)


def test_a_deleted_session_is_gone(target: Target, database: Connection) -> None:
    """Deleted with its rows, or deleted and written anew with fewer."""
    gone, again = Known(database), Known(database, "session_date asc")
    for session in (gone, again):
        database.execute(
            "delete from public.log_sessions where session_id = %s", (session.session_id,)
        )
    again.create(database, again.day_0)
    again.check(database, 5)
    whole(target, TODAY)
    assert one(database, COUNT, gone.session_id) == 0
    assert one(database, COUNT, again.session_id) == 1
    equals_full_refresh(target, database, TODAY)


@pytest.mark.parametrize("days", [1, *map(nightly, (-1, -200, 400))])
def test_the_day_moves(target: Target, database: Connection, days: int) -> None:
    """A day later or earlier the sessions are built whose journey runs or whose rows appear; and
    back again the tables are what they were."""
    old = Known(database, "session_date asc")
    for offset in (179, 180, 181, 182, 209, 210):
        Session(offset).create(database, TODAY - timedelta(days=offset))
    old.check(database, (TODAY - old.day_0).days + 1)
    whole(target, TODAY)
    before, tables = dump(database), made(database)
    of_old = "select min(ctid) from marts.fct_session_trends where session_id = %s"
    stays = Session(182)
    place = one(database, of_old, stays.session_id)
    other_day = TODAY + timedelta(days=days)
    whole(target, other_day)
    assert (one(database, of_old, stays.session_id) == place) == (days >= -1)
    assert made(database) == tables
    moved = dump(database)
    assert moved != before
    whole(target, TODAY)
    assert dump(database) == before
    whole(target, other_day, "--full-refresh")
    assert dump(database) == moved
