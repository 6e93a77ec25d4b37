"""Rules of the three functions: order, windows, what counts (F04, F05, F10)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from database import Connection
from rows import ALICE, Session, acting_as
from tables import MILESTONES, SUMMARY, TABLES, write


def score(connection: Connection, session: Session, *days: int) -> tuple[Any, ...]:
    """The compliance of a session, as its practitioner sees it."""
    asked = ", ".join(["%s"] * (1 + len(days)))
    with acting_as(connection, "authenticated", ALICE):
        row = connection.execute(
            f"select * from public.calculate_compliance_score({asked})".encode(),
            (session.session_id, *days),
        ).fetchone()
    assert row is not None
    return row


def test_each_milestone_has_its_words(connection: Connection) -> None:
    """Work order: seven types, each in words."""
    words = {
        "PULSE_CHECK": "Daily Pulse Check",
        "PHQ9_ASSESSMENT": "PHQ-9 Assessment",
        "GAD7_ASSESSMENT": "GAD-7 Assessment",
        "WHOQOL_BREF": "Quality of Life Assessment",
        "PSQI_ASSESSMENT": "Sleep Quality Assessment",
        "INTEGRATION_THERAPY": "Integration Therapy Session",
        "FOLLOW_UP_CALL": "Follow-up Call",
    }
    session = Session().create(connection)
    for kind in words:
        session.integration_session(connection, kind)
    with acting_as(connection, "authenticated", ALICE):
        found = connection.execute(MILESTONES, (session.session_id,)).fetchall()
    assert {row[1]: row[2] for row in found} == words


def test_ties_of_milestones_end_at_time_and_key(connection: Connection) -> None:
    """F10: of one day, type and number the row written first comes first, then the lower key."""
    session = Session().create(connection)
    early, late = datetime(2025, 3, 3, tzinfo=UTC), datetime(2025, 3, 4, tzinfo=UTC)
    for key, created_at, completed in ((2, late, True), (1, late, False), (3, early, True)):
        session.integration_session(
            connection,
            "FOLLOW_UP_CALL",
            integration_session_id=UUID(int=key),
            created_at=created_at,
            completed=completed,
        )
    with acting_as(connection, "authenticated", ALICE):
        found = connection.execute(MILESTONES, (session.session_id,)).fetchall()
    assert [row[3] for row in found] == [True, False, True]


def test_ties_of_changes_have_one_order(connection: Connection) -> None:
    """F10: equal counts by type; equal days by time, newest first, then by key."""
    session = Session().create(connection)
    early, late = datetime(2025, 3, 3, tzinfo=UTC), datetime(2025, 3, 4, tzinfo=UTC)
    for key, created_at, text in (
        (3, late, "second"),
        (2, late, "first"),
        (1, early, "third"),
    ):
        session.change(
            connection,
            "SOCIAL",
            change_id=UUID(int=key),
            created_at=created_at,
            change_description=text,
        )
    for offset in (1, 2, 3):
        session.change(connection, "HABIT", offset)
    with acting_as(connection, "authenticated", ALICE):
        found = connection.execute(SUMMARY, (session.session_id,)).fetchall()
    assert [row[0] for row in found] == ["HABIT", "SOCIAL"]
    assert found[1][2] == ["first", "second", "third"]


def test_a_function_tells_of_its_session_only(connection: Connection) -> None:
    """F04: rows of the practitioner's other sessions do not count."""
    session, other = Session().create(connection), Session(2).create(connection)
    for table in TABLES:
        write(connection, table, other)
    other.integration_session(connection, "PHQ9_ASSESSMENT", completed=True)
    other.integration_session(connection, "INTEGRATION_THERAPY", completed=True)
    assert score(connection, session) == (0, 0, 0, 0, 0, 0, 0)
    with acting_as(connection, "authenticated", ALICE):
        for call in (MILESTONES, SUMMARY):
            assert connection.execute(call.encode(), (session.session_id,)).fetchall() == []


def test_a_recorded_end_does_not_change_the_score(connection: Connection) -> None:
    """Work order: the window is fixed, whatever ended within it; milestones and changes stay."""
    session = Session().create(connection)
    for offset in (1, 2, 9):
        session.pulse_check(connection, offset)
    session.integration_session(connection, "PHQ9_ASSESSMENT", 9, completed=True)
    session.change(connection, offset=9)

    def told() -> list[Any]:
        found: list[Any] = [score(connection, session)]
        with acting_as(connection, "authenticated", ALICE):
            for call in (MILESTONES, SUMMARY):
                found += connection.execute(call.encode(), (session.session_id,)).fetchall()
        return found

    before = told()
    session.end(connection, 3, end_type="DEATH")
    assert told() == before
    assert before[0][0] == 3


@pytest.mark.parametrize(
    ("days", "assessments", "therapy"),
    [
        (1, "100.00", "100.00"),
        (7, "100.00", "100.00"),
        (8, "50.00", "100.00"),
        (30, "20.00", "100.00"),
        (31, "20.00", "50.00"),
        (60, "11.11", "50.00"),
    ],
)
def test_a_week_and_a_month_begun_are_expected(
    connection: Connection, days: int, assessments: str, therapy: str
) -> None:
    """F04: an assessment per 7 days and a therapy session per 30 days, both rounded up."""
    session = Session().create(connection)
    session.integration_session(connection, "PHQ9_ASSESSMENT", completed=True)
    session.integration_session(connection, "INTEGRATION_THERAPY", completed=True)
    row = score(connection, session, days)
    assert (str(row[3]), str(row[5])) == (assessments, therapy)


SCORES = {
    "PHQ9_ASSESSMENT": "phq9_score",
    "GAD7_ASSESSMENT": "gad7_score",
    "WHOQOL_BREF": "whoqol_bref_score",
    "PSQI_ASSESSMENT": "psqi_score",
}


@pytest.mark.parametrize("instrument", SCORES)
def test_each_instrument_counts_when_done(connection: Connection, instrument: str) -> None:
    """F05: completed, or with its own score; not when planned, not with another's score."""
    session = Session().create(connection)
    session.integration_session(connection, instrument)
    for other in SCORES.values():
        if other != SCORES[instrument]:
            session.integration_session(connection, instrument, **{other: 0})
    assert score(connection, session)[2] == 0
    session.integration_session(connection, instrument, completed=True)
    assert score(connection, session)[2] == 1
    session.integration_session(connection, instrument, **{SCORES[instrument]: 0})
    assert score(connection, session)[2] == 2


def test_the_window_is_180_days_unless_said(connection: Connection) -> None:
    """Work order: the default, 180 checks, 26 assessments, 6 therapy sessions expected."""
    session = Session().create(connection)
    session.pulse_check(connection)
    session.integration_session(connection, "PHQ9_ASSESSMENT", completed=True)
    session.integration_session(connection, "INTEGRATION_THERAPY", completed=True)
    row = score(connection, session)
    assert [str(share) for share in (row[1], row[3], row[5])] == ["0.56", "3.85", "16.67"]
