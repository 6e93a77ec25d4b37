"""A run builds the sessions that changed; tables are what a full refresh makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    names,
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
DELETE = b"delete from public.log_sessions where session_id = %s"
# The sessions of the cohort by age, so that each change has its own.
OLDEST, MIDDLE, YOUNGEST = 0, 30, 59


def aged(database: Connection, place: int) -> Known:
    """The session at a place, from the oldest on."""
    ordered = "select session_id from public.log_sessions order by session_date, session_id"
    return Known(database, f"(session_id = ({ordered} limit 1 offset {place})) desc")


def test_a_run_writes_what_changed_and_nothing_else(target: Target, database: Connection) -> None:
    """With nothing new every row stays where it is, and nothing is kept of what is taken in. With a
    row of one session the rows of all others stay. What is built whole is not written again while
    nothing changed; after a row, a deletion or a day every row of it is."""
    before, written, tables = dump(database), versions(database), made(database)
    of_whole = versions_of_whole(database)
    assert {"intermediate.int_pulse_days", "marts.fct_pulse_days"} <= written.keys()
    assert {"published.rpt_pulse_trends_by_week", "published.rpt_review_flags"} <= of_whole.keys()
    whole(target, TODAY)
    assert versions(database) == written
    assert versions_of_whole(database) == of_whole
    assert dump(database) == before
    assert one(database, "select count(*) from intake.touched_sessions") == 0

    session = aged(database, YOUNGEST)
    of_others = (
        b"select count(*), md5(string_agg(ctid::text, ',' order by ctid)) "
        b"from marts.fct_pulse_days where session_id <> %s"
    )
    stood = database.execute(of_others, (session.session_id,)).fetchone()
    for change, as_of in (
        (lambda: session.check(database, 0), TODAY),
        (lambda: database.execute(DELETE, (aged(database, MIDDLE).session_id,)), TODAY),
        (lambda: None, TOMORROW),
    ):
        change()
        whole(target, as_of)
        if stood:
            assert session.answers(database, 0) == ALL_FIVE
            assert database.execute(of_others, (session.session_id,)).fetchone() == stood
            stood = None
        after = versions_of_whole(database)
        assert after.keys() == of_whole.keys()
        for table, rows in after.items():
            assert not set(rows) & set(of_whole[table]), table
        of_whole = after
    assert made(database) == tables
    equals_full_refresh(target, database, TOMORROW)


Change = Callable[[Target, Connection], Iterator[None]]


def a_late_commit(target: Target, database: Connection) -> Iterator[None]:
    """A transaction that began before a run and committed after it, with an old created_at, is
    in the next, whatever others came meanwhile."""
    session = aged(database, YOUNGEST)
    with settings.connect(target) as late:
        session.check(late, -1, created_at="2025-01-01")
        yield
        assert session.answers(database, -1) is None
        late.commit()
    yield
    assert session.answers(database, -1) == ALL_FIVE


def a_backfill(target: Target, database: Connection) -> Iterator[None]:
    """Rows of last year with their own dates: of a session that is over, and of a new one."""
    yield
    old = aged(database, OLDEST)
    long_ago = {"created_at": str(old.day_0)}
    old.check(database, 100, **long_ago)
    new = Session(1).create(database, old.day_0 - timedelta(days=400))
    for offset in range(-395, -380):
        new.pulse_check(database, check_date=old.day_0 + timedelta(days=offset), **long_ago)
    yield
    assert old.answers(database, 100) == ALL_FIVE
    assert one(database, COUNT, new.session_id) == 15


def a_completed_assessment(target: Target, database: Connection) -> Iterator[None]:
    """An update alone, of a row that was there long before."""
    session = aged(database, 10)
    session.integration_session(
        database,
        "PHQ9_ASSESSMENT",
        session_number=99,
        session_date=session.day_0 + timedelta(days=28),
    )
    yield
    found = "select count(*) from marts.fct_assessments where session_id = %s and score = 27"
    assert one(database, found, session.session_id) == 0
    database.execute(
        "update public.log_integration_sessions set phq9_score = 27, completed = true "
        "where session_number = 99"
    )
    yield
    assert one(database, found, session.session_id) == 1


def a_changed_session(target: Target, database: Connection) -> Iterator[None]:
    """Who may change a session's day, patient or practitioner changes what its rows are."""
    yield
    other = aged(database, MIDDLE)
    values = {
        "session_date": TODAY - timedelta(days=30),
        "patient_id": other.patient_id,
        "practitioner_id": other.practitioner_id,
    }
    sessions = [aged(database, 20 + number).session_id for number in range(len(values))]
    row = "select t::text from marts.dim_sessions as t where session_id = %s"
    before = [one(database, row, session) for session in sessions]
    with acting_as(database, "service_role"):
        for session, (column, value) in zip(sessions, values.items(), strict=True):
            database.execute(
                f"update public.log_sessions set {column} = %s where session_id = %s".encode(),
                (value, session),
            )
    yield
    for session, text in zip(sessions, before, strict=True):
        assert one(database, row, session) != text


def a_deleted_session(target: Target, database: Connection) -> Iterator[None]:
    """Deleted with its rows, or deleted and written anew with fewer."""
    yield
    gone, again = aged(database, 40), aged(database, 50)
    for session in (gone, again):
        database.execute(DELETE, (session.session_id,))
    again.create(database, again.day_0)
    again.check(database, 5)
    yield
    assert one(database, COUNT, gone.session_id) == 0
    assert one(database, COUNT, again.session_id) == 1


KINDS: tuple[Change, ...] = (
    a_late_commit,
    a_backfill,
    a_completed_assessment,
    a_changed_session,
    a_deleted_session,
)


@pytest.mark.parametrize(
    ("kinds", "runs"), [(KINDS, 1), *(nightly((kind,), 2) for kind in KINDS)], ids=names
)
def test_each_kind_of_change_is_picked_up(
    target: Target, database: Connection, kinds: tuple[Change, ...], runs: int
) -> None:
    """Of different sessions at once, and in `make nightly` each alone: with the next run, by which
    no table becomes another one, and which leaves what a full refresh makes."""
    tables, other = made(database), aged(database, OLDEST)
    changes = [kind(target, database) for kind in kinds]
    for change in changes:
        next(change)
    for offset in range(runs):
        other.check(database, offset)
        whole(target, TODAY)
    for change in changes:
        next(change)
    whole(target, TODAY)
    for change in changes:
        assert next(change, "no more") == "no more"
    assert made(database) == tables
    equals_full_refresh(target, database, TODAY)


@pytest.mark.parametrize("days", [*map(nightly, (1, -1, -200, 400))])
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
