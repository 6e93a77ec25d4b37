"""Runs after an end was recorded, corrected or taken back equal a full refresh."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from database import Connection
from increments import TODAY, Known, dump, equals_full_refresh, whole
from nightly import in_nightly
from wellness_journey.database.settings import Target

END = "select end_reason, ended_days_post_session from marts.dim_sessions where session_id = %s"
SO_FAR = (
    "select pulse_check_count, pulse_checks_so_far, due_pulse_checks "
    "from marts.fct_session_compliance where window_days = 180 and session_id = %s"
)
PLACES = "select session_id, min(ctid) from marts.fct_session_compliance group by session_id"


@pytest.fixture
def session(target: Target, database: Connection) -> Known:
    """A session that began 40 days before the reporting date and has no end yet."""
    session = Known(database)
    session.day_0 -= timedelta(days=40)
    database.execute(
        "update public.log_sessions set session_date = %s where session_id = %s",
        (session.day_0, session.session_id),
    )
    for offset in (1, 10, 12, 30):
        session.check(database, offset)
    whole(target, TODAY)
    assert told(database, session) == (None, None)
    return session


def told(database: Connection, session: Known) -> tuple[object, ...]:
    row = database.execute(END.encode(), (session.session_id,)).fetchone()
    assert row is not None
    return row


def so_far(database: Connection, session: Known) -> tuple[int, ...]:
    row = database.execute(SO_FAR.encode(), (session.session_id,)).fetchone()
    assert row is not None
    return row


def ended(database: Connection, session: Known, kind: str, offset: int, hour: int) -> None:
    session.end(
        database,
        end_type=kind,
        end_date=session.day_0 + timedelta(days=offset),
        created_at=f"{TODAY} {hour:02}:00+00",
    )


def places(database: Connection) -> dict[object, str]:
    """Where the rows of each session lie: what is built anew lies elsewhere."""
    return dict(database.execute(PLACES.encode()).fetchall())


@in_nightly
def test_an_end_is_recorded_corrected_and_taken_back(
    target: Target, database: Connection, session: Known
) -> None:
    """No other session is built. The score keeps its window, what is due so far ends."""
    before, (checks, _, due) = dump(database), so_far(database, session)
    stood = places(database)
    ended(database, session, "DEATH", 12, hour=1)
    whole(target, TODAY)
    assert told(database, session) == ("death", 12)
    assert so_far(database, session)[0] == checks
    assert so_far(database, session)[2] == 11 < due
    stands = places(database)
    assert {key for key in stood if stands[key] != stood[key]} == {session.session_id}

    ended(database, session, "WITHDRAWAL", 0, hour=2)
    whole(target, TODAY)
    assert told(database, session) == ("withdrawal", 0)
    assert so_far(database, session) == (checks, 0, 0)
    equals_full_refresh(target, database, TODAY)

    ended(database, session, "NOT_ENDED", 0, hour=3)
    whole(target, TODAY)
    assert told(database, session) == (None, None)
    found = dump(database)
    # Where the rows went is all that is left of it.
    changed = {table for table, rows in found.items() if rows != before[table]}
    assert changed == {"intermediate.cross_check_source_rows", "intermediate.int_recorded_ends"}


@in_nightly
def test_an_end_goes_with_its_session(target: Target, database: Connection, session: Known) -> None:
    """And an end that comes in late, for another session, is built beside it."""
    other = Known(database, "session_date asc")
    ended(database, session, "DISCHARGE", 12, hour=1)
    whole(target, TODAY)
    ended(database, other, "OTHER", 3, hour=1)
    database.execute("delete from public.log_sessions where session_id = %s", (session.session_id,))
    whole(target, TODAY)
    assert told(database, other) == ("other", 3)
    left = database.execute(
        "select count(*) from intermediate.int_recorded_ends where session_id = %s",
        (session.session_id,),
    ).fetchone()
    assert left == (0,)
    equals_full_refresh(target, database, TODAY)


@in_nightly
def test_a_session_that_moves_past_its_end_has_none(
    target: Target, database: Connection, session: Known
) -> None:
    """The end is set aside as one before its session, and comes back with the day."""
    ended(database, session, "DISCHARGE", 12, hour=1)
    move = "update public.log_sessions set session_date = %s where session_id = %s"
    for days, end in ((13, None), (12, 0), (0, 12)):
        database.execute(move, (session.day_0 + timedelta(days=days), session.session_id))
        whole(target, TODAY)
        assert told(database, session)[1] == end
    equals_full_refresh(target, database, TODAY)


@in_nightly
def test_an_end_comes_with_its_day(target: Target, database: Connection, session: Known) -> None:
    """An end of tomorrow ends nothing today; and as a correction it takes back the earlier one."""

    def at(day: date) -> tuple[object, ...]:
        whole(target, day)
        return told(database, session)

    ended(database, session, "DISCHARGE", 20, hour=1)
    tomorrow = TODAY + timedelta(days=1)
    days = (tomorrow - session.day_0).days
    ended(database, session, "WITHDRAWAL", days, hour=2)
    assert at(TODAY) == (None, None)
    before = dump(database)
    assert at(tomorrow) == ("withdrawal", days)
    equals_full_refresh(target, database, tomorrow)
    assert at(TODAY) == (None, None)
    assert dump(database) == before
