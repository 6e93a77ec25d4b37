"""What one session does to another of the patient is built with it."""

from __future__ import annotations

from datetime import date, timedelta

from database import Connection
from increments import TODAY, Known, dump, equals_full_refresh, made, one, whole
from nightly import in_nightly
from rows import Session
from wellness_journey.database.settings import Target

ENDED = "select ended_days_post_session from marts.dim_sessions where session_id = %s"
DUE = (
    "select due_pulse_checks from marts.fct_session_compliance "
    "where window_days = 180 and session_id = %s"
)
PLACES = "select session_id, min(ctid) from marts.fct_session_trends group by session_id"


def places(database: Connection) -> dict[object, str]:
    """Where the rows of each session lie: what is built anew lies elsewhere."""
    return dict(database.execute(PLACES.encode()).fetchall())


def following(database: Connection, number: int, session: Session, day: date) -> Session:
    """Another session of the patient."""
    other = Session(number)
    other.patient_id, other.practitioner_id = session.patient_id, session.practitioner_id
    return other.create(database, day)


@in_nightly
def test_a_next_session_is_added_moved_and_deleted(target: Target, database: Connection) -> None:
    """The session before it is built too, others are not, and at last all is as before."""
    session = Known(database)
    session.day_0 -= timedelta(days=40)
    database.execute(
        "update public.log_sessions set session_date = %s where session_id = %s",
        (session.day_0, session.session_id),
    )
    whole(target, TODAY)
    before, tables, elapsed = dump(database), made(database), one(database, DUE, session.session_id)

    other = following(database, 901, session, session.day_0 + timedelta(days=12))
    stood = places(database)
    whole(target, TODAY)
    assert one(database, ENDED, session.session_id) == 12
    assert one(database, DUE, session.session_id) == 11
    stands = places(database)
    own = {session.session_id, other.session_id}
    patients = database.execute(
        "select session_id from public.log_sessions where patient_id = %s", (session.patient_id,)
    ).fetchall()
    assert {key for key in stood if stands[key] != stood[key]} <= {key for (key,) in patients}
    assert stands[session.session_id] != stood[session.session_id]
    assert own <= stands.keys()

    move = "update public.log_sessions set session_date = %s where session_id = %s"
    database.execute(move, (session.day_0 + timedelta(days=9), other.session_id))
    whole(target, TODAY)
    assert one(database, ENDED, session.session_id) == 9
    found = dump(database)
    whole(target, TODAY, "--full-refresh")
    assert dump(database) == found

    delete = "delete from public.log_sessions where session_id = %s"
    database.execute(delete, (other.session_id,))
    whole(target, TODAY)
    assert one(database, ENDED, session.session_id) is None
    assert one(database, DUE, session.session_id) == elapsed
    assert dump(database) == before
    assert made(database).keys() == tables.keys()


@in_nightly
def test_a_next_session_moves_to_another_patient(target: Target, database: Connection) -> None:
    """The session that it followed runs on, and the other patient's ends."""
    session = Known(database, "abs(session_date - date '2025-10-01')")
    other = Known(database, "session_date asc")
    day = other.day_0 + timedelta(days=1)
    moved = following(database, 902, other, day)
    whole(target, TODAY)
    assert one(database, ENDED, other.session_id) == 1
    database.execute(
        "update public.log_sessions set session_date = %s, patient_id = %s where session_id = %s",
        (session.day_0 + timedelta(days=1), session.patient_id, moved.session_id),
    )
    whole(target, TODAY)
    assert one(database, ENDED, other.session_id) != 1
    assert one(database, ENDED, session.session_id) == 1
    equals_full_refresh(target, database, TODAY)


@in_nightly
def test_a_pulse_check_builds_no_other_session_of_the_patient(
    target: Target, database: Connection
) -> None:
    """It changes no end: the patient's other sessions stay where they are."""
    session = Known(database)
    following(database, 903, session, session.day_0 - timedelta(days=30))
    whole(target, TODAY)
    stood = places(database)
    session.check(database, 0)
    whole(target, TODAY)
    stands = places(database)
    assert {key for key in stood if stands[key] != stood[key]} == {session.session_id}
    equals_full_refresh(target, database, TODAY)


@in_nightly
def test_a_next_session_comes_with_the_day(target: Target, database: Connection) -> None:
    """A session of tomorrow ends nothing today; tomorrow it does; and today again it does not."""
    session = Known(database)
    tomorrow = TODAY + timedelta(days=1)
    following(database, 904, session, tomorrow)
    whole(target, TODAY)
    before = dump(database)
    assert one(database, ENDED, session.session_id) is None
    whole(target, tomorrow)
    assert one(database, ENDED, session.session_id) == (tomorrow - session.day_0).days
    equals_full_refresh(target, database, tomorrow)
    whole(target, TODAY)
    assert dump(database) == before
