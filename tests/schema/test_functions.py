"""The three operational functions: known-defects F01 to F10, D01, D02."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from database import Connection
from rows import ALICE, BOB, DAY_0, Session, acting_as, day

UNKNOWN = UUID(int=0xDEAD)
FUNCTIONS = (
    "select * from public.calculate_compliance_score(%s)",
    "select * from public.get_integration_milestones(%s)",
    "select * from public.get_behavioral_changes_summary(%s)",
)


def score(connection: Connection, session: Session, days: int | None = 7) -> tuple[object, ...]:
    with acting_as(connection, "authenticated", session.practitioner_id):
        row = connection.execute(
            "select * from public.calculate_compliance_score(%s, %s)", (session.session_id, days)
        ).fetchone()
    assert row is not None
    return row


def milestones(connection: Connection, session: Session) -> list[tuple[object, ...]]:
    with acting_as(connection, "authenticated", session.practitioner_id):
        return connection.execute(FUNCTIONS[1], (session.session_id,)).fetchall()


def test_milestones_work_and_are_named(connection: Connection) -> None:
    """F01: get_integration_milestones returns the timeline, each type in words."""
    session = Session().create(connection)
    session.integration_session(connection, "PHQ9_ASSESSMENT", 7, completed=True, phq9_score=9)
    session.integration_session(connection, "FOLLOW_UP_CALL", 3)
    assert milestones(connection, session) == [
        (day(3), "FOLLOW_UP_CALL", "Follow-up Call", False, 3),
        (day(7), "PHQ9_ASSESSMENT", "PHQ-9 Assessment", True, 7),
    ]


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Auckland"])
@pytest.mark.parametrize("session_date_type", ["date", "timestamptz"])
def test_days_are_a_date_difference_in_utc(
    connection: Connection, zone: str, session_date_type: str
) -> None:
    """F02: seven days are seven in every time zone, whatever type session_date has."""
    if session_date_type == "timestamptz":
        connection.execute(
            "alter table public.log_sessions alter session_date type timestamptz "
            "using session_date::timestamp at time zone 'UTC'"
        )
    connection.execute("select set_config('timezone', %s, false)", (zone,))
    # 23:30 in UTC is already the next day in Auckland and still the same in Los Angeles.
    at = datetime(2025, 3, 1, 23, 30, tzinfo=UTC) if session_date_type != "date" else DAY_0
    session = Session().create(connection, at)
    session.integration_session(connection, "INTEGRATION_THERAPY", 7)
    session.pulse_check(connection, 7)
    assert milestones(connection, session)[0][-1] == 7
    assert score(connection, session)[0] == 1
    assert score(connection, session, 6)[0] == 0
    stored = connection.execute("select days_post_session from public.log_pulse_checks").fetchone()
    assert stored == (7,)


@pytest.mark.parametrize("days", [None, 0, -1, 3651])
def test_a_window_of_no_days_or_too_many_is_refused(
    connection: Connection, days: int | None
) -> None:
    """F03: the window is 1 to 3650 days; anything else is SQLSTATE 22023 with a clear message."""
    session = Session().create(connection)
    with pytest.raises(errors.InvalidParameterValue, match="between 1 and 3650 days"):
        score(connection, session, days)


@pytest.mark.parametrize("days", [1, 3650])
def test_the_shortest_and_the_longest_window_are_accepted(
    connection: Connection, days: int
) -> None:
    """F03: 1 and 3650 days are the bounds and are accepted."""
    assert score(connection, Session().create(connection), days)[-1] == 0


def test_only_days_0_to_the_window_count(connection: Connection) -> None:
    """F04: day 0 and the last day count, the day before and the day after do not."""
    session = Session().create(connection)
    for offset in (-1, 0, 7, 8):
        session.pulse_check(connection, offset)
        session.integration_session(
            connection, "PHQ9_ASSESSMENT", offset, completed=True, phq9_score=5
        )
        session.integration_session(connection, "INTEGRATION_THERAPY", offset, completed=True)
    assert [score(connection, session)[column] for column in (0, 2, 4)] == [2, 2, 2]


def test_only_what_was_done_counts(connection: Connection) -> None:
    """F05: an assessment counts when completed or with its own score, therapy when completed."""
    session = Session().create(connection)
    session.integration_session(connection, "PHQ9_ASSESSMENT")
    session.integration_session(connection, "PHQ9_ASSESSMENT", gad7_score=4)
    session.integration_session(connection, "INTEGRATION_THERAPY")
    session.integration_session(connection, "INTEGRATION_THERAPY", phq9_score=4)
    assert [score(connection, session)[column] for column in (2, 4)] == [0, 0]
    session.integration_session(connection, "PHQ9_ASSESSMENT", completed=True)
    session.integration_session(connection, "GAD7_ASSESSMENT", gad7_score=0)
    session.integration_session(connection, "WHOQOL_BREF", whoqol_bref_score=50)
    session.integration_session(connection, "PSQI_ASSESSMENT", psqi_score=3)
    session.integration_session(connection, "FOLLOW_UP_CALL", completed=True)
    session.integration_session(connection, "INTEGRATION_THERAPY", completed=True)
    assert [score(connection, session)[column] for column in (2, 4)] == [4, 1]


def test_a_day_counts_once(connection: Connection) -> None:
    """F06: ten pulse checks on one day are one."""
    session = Session().create(connection)
    for _ in range(10):
        session.pulse_check(connection, 2)
    assert score(connection, session)[:2] == (1, Decimal("14.29"))


def test_shares_and_score_end_at_100(connection: Connection) -> None:
    """F07: more than expected is 100, and the score is 40/40/20 of the capped shares."""
    session = Session().create(connection)
    for offset in range(8):
        session.pulse_check(connection, offset)
        session.integration_session(connection, "PHQ9_ASSESSMENT", offset, completed=True)
    assert score(connection, session) == (8, 100, 8, 100, 0, 0, 80)
    session.integration_session(connection, "INTEGRATION_THERAPY", completed=True)
    session.integration_session(connection, "INTEGRATION_THERAPY", completed=True)
    assert score(connection, session)[-3:] == (2, 100, 100)


def test_shares_have_two_decimals(connection: Connection) -> None:
    """F08: percentages are rounded to two decimals, once."""
    session = Session().create(connection)
    for offset in range(1, 4):
        session.pulse_check(connection, offset)
    share = score(connection, session)[1]
    assert str(share) == "42.86"


def test_the_score_is_rounded_once_and_exactly(connection: Connection) -> None:
    """F07: shares of a sixth and a third that add up to a half are rounded up, not down."""
    session = Session().create(connection, date_long_ago := day(-1100))
    assert date_long_ago.year == 2022
    # 40 * 21/1008 + 40 * 6/144 = 0.8333... + 1.6666... = 2.5
    for offset in range(1, 22):
        session.pulse_check(connection, offset - 1100)
    for offset in range(1, 7):
        session.integration_session(connection, "PHQ9_ASSESSMENT", offset - 1100, completed=True)
    assert score(connection, session, 1008)[-1] == 3


@pytest.mark.parametrize("call", FUNCTIONS)
def test_unknown_and_foreign_sessions_are_one_answer(connection: Connection, call: str) -> None:
    """F09, S03: somebody else's session and no session give the same words and SQLSTATE."""
    session = Session(practitioner=BOB).create(connection)
    Session(2).create(connection)
    told = []
    # The first call of a connection is told with one line of context more, whatever it asks.
    for session_id in (UNKNOWN, session.session_id, UNKNOWN, None):
        with (
            pytest.raises(errors.InsufficientPrivilege) as caught,
            acting_as(connection, "authenticated", ALICE),
        ):
            connection.execute(call, (session_id,))
        told.append((caught.value.diag.message_primary, caught.value.diag.context))
    assert told[1:] == [told[1]] * 3
    assert told[0][0] == "session not found or access denied"


@pytest.mark.parametrize("call", FUNCTIONS)
def test_functions_are_stable_and_pinned(connection: Connection, call: str) -> None:
    """F10, S01: STABLE, SECURITY DEFINER, with a pinned search_path that ends in pg_temp."""
    name = call.split("public.")[1].split("(")[0]
    row = connection.execute(
        "select provolatile, prosecdef, proconfig from pg_proc where proname = %s", (name,)
    ).fetchone()
    assert row is not None
    assert row[:2] == ("s", True)
    assert "search_path=pg_catalog, pg_temp" in row[2]


def test_ties_have_one_order(connection: Connection) -> None:
    """F10: rows of one day come by type, number, time, id, not by accident of storage."""
    session = Session().create(connection)
    rows = [("PULSE_CHECK", 2), ("PHQ9_ASSESSMENT", 3), ("PHQ9_ASSESSMENT", 1)]
    for index, (session_type, number) in enumerate(rows):
        session.integration_session(
            connection, session_type, 5, session_number=number, completed=index == 1
        )
    assert [(row[1], row[3]) for row in milestones(connection, session)] == [
        ("PHQ9_ASSESSMENT", False),
        ("PHQ9_ASSESSMENT", True),
        ("PULSE_CHECK", False),
    ]


def test_summary_counts_positive_changes_newest_first(connection: Connection) -> None:
    """D01, D02: only positive changes, by type, most frequent first, newest text first."""
    session = Session().create(connection)
    session.change(connection, "SOCIAL", 4, change_description="Met a friend")
    session.change(connection, "HABIT", 2, change_description="Cooks at home")
    session.change(connection, "HABIT", 9, change_description="Reads at night")
    session.change(connection, "HEALTH", 3, change_sentiment="NEGATIVE")
    session.change(connection, "HEALTH", 3, change_sentiment="NEUTRAL")
    with acting_as(connection, "authenticated", ALICE):
        found = connection.execute(FUNCTIONS[2], (session.session_id,)).fetchall()
    assert found == [
        ("HABIT", 2, ["Reads at night", "Cooks at home"]),
        ("SOCIAL", 1, ["Met a friend"]),
    ]


@pytest.mark.parametrize("written", [(3, 1, 2), (2, 3, 1), (1, 2, 3)])
def test_what_was_written_at_one_moment_comes_in_the_order_of_keys(
    connection: Connection, written: tuple[int, ...]
) -> None:
    """F10: the last tie of all is settled by the key, whatever the order of writing."""
    session = Session().create(connection)
    moment = "2025-03-06 12:00+00"
    for number in written:
        session.change(
            connection,
            change_id=UUID(int=number),
            created_at=moment,
            change_description=f"Change {number}",
        )
        session.integration_session(
            connection,
            "FOLLOW_UP_CALL",
            integration_session_id=UUID(int=number),
            created_at=moment,
            completed=number == 2,
        )
    with acting_as(connection, "authenticated", ALICE):
        ((_, _, texts),) = connection.execute(FUNCTIONS[2], (session.session_id,)).fetchall()
    assert texts == ["Change 1", "Change 2", "Change 3"]
    assert [row[3] for row in milestones(connection, session)] == [False, True, False]


@pytest.mark.parametrize("call", FUNCTIONS)
@pytest.mark.parametrize(
    ("role", "claims", "may"),
    [
        ("service_role", None, True),
        ("journey_pipeline", None, True),
        ("authenticated", ALICE, True),
        ("authenticated", BOB, False),
        ("authenticated", None, False),
        ("anon", ALICE, False),
        ("journey_analyst", ALICE, False),
        ("journey_restricted", ALICE, False),
    ],
)
def test_who_may_call(
    connection: Connection, call: str, role: str, claims: UUID | None, may: bool
) -> None:
    """S02, S03: the owner of the session, service_role and the pipeline; by role, not by claim."""
    session = Session().create(connection)
    with acting_as(connection, role, claims):
        if may:
            connection.execute(call, (session.session_id,))
        else:
            with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                connection.execute(call, (session.session_id,))


def test_a_login_of_the_api_without_a_role_sees_nothing(
    database: Connection, log_in: Callable[[str], psycopg.Connection[object]]
) -> None:
    """S03: membership of service_role is not enough; PostgREST's login has it too."""
    session = Session().create(database)
    with log_in("anon, authenticated, service_role") as login:
        for call in FUNCTIONS:
            with pytest.raises(errors.InsufficientPrivilege):
                login.execute(call, (session.session_id,))
