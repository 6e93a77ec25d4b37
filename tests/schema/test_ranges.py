"""Ranges, lengths, codes: the values that the tables take (S11)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors

from database import Connection
from rows import Session, acting_as, day, insert
from tables import TABLES, each_table, refused, value, write

RANGES = [
    *[
        ("log_pulse_checks", f"{name}", 1, 5)
        for name in ("connection_level", "sleep_quality", "mood_level", "energy_level")
    ],
    ("log_integration_sessions", "phq9_score", 0, 27),
    ("log_integration_sessions", "gad7_score", 0, 21),
    ("log_integration_sessions", "whoqol_bref_score", 0, 100),
    ("log_integration_sessions", "psqi_score", 0, 21),
]


@pytest.mark.parametrize(("table", "column", "lowest", "highest"), RANGES)
def test_scores_keep_their_range(
    connection: Connection, table: str, column: str, lowest: int, highest: int
) -> None:
    """S11: both bounds are accepted, one beyond each is refused by the column's own check."""
    session = Session().create(connection)
    for score in (lowest, highest):
        write(connection, table, session, **{column: score})
    for score in (lowest - 1, highest + 1):
        error = refused(connection, table, session, **{column: score})
        assert (error.sqlstate, error.diag.constraint_name) == ("23514", f"{table}_{column}_range")


@pytest.mark.parametrize(
    ("table", "values", "constraint"),
    [
        ("log_pulse_checks", {"mood_level": None}, "log_pulse_checks_has_an_answer"),
        ("log_pulse_checks", {"offset": -2}, "log_pulse_checks_not_before_session"),
        ("log_pulse_checks", {"notes": "x" * 2001}, "log_pulse_checks_notes_length"),
        (
            "log_integration_sessions",
            {"session_notes": "x" * 4001},
            "log_integration_sessions_session_notes_length",
        ),
        (
            "log_behavioral_changes",
            {"change_description": "x" * 1001},
            "log_behavioral_changes_change_description_length",
        ),
        (
            "log_behavioral_changes",
            {"change_description": " "},
            "log_behavioral_changes_change_description_length",
        ),
        (
            "log_behavioral_changes",
            {"change_type": "MOOD"},
            "log_behavioral_changes_change_type_known",
        ),
        (
            "log_behavioral_changes",
            {"change_sentiment": "MIXED"},
            "log_behavioral_changes_change_sentiment_known",
        ),
        (
            "log_integration_sessions",
            {"session_type": "PHONE"},
            "log_integration_sessions_session_type_known",
        ),
        (
            "log_integration_sessions",
            {"session_number": 0},
            "log_integration_sessions_session_number_positive",
        ),
    ],
)
def test_checks_refuse(
    connection: Connection, table: str, values: dict[str, Any], constraint: str
) -> None:
    """S11: each check refuses what it is for."""
    session = Session().create(connection)
    if "change_type" in values or "session_type" in values:
        with pytest.raises(errors.CheckViolation) as caught, connection.transaction():
            entry = session.change if "change_type" in values else session.integration_session
            entry(connection, *values.values())
        error: psycopg.Error = caught.value
    else:
        error = refused(connection, table, session, **values)
    assert error.diag.constraint_name == constraint


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("log_pulse_checks", {"offset": -1}),
        ("log_pulse_checks", {"mood_level": None, "energy_level": 1}),
        ("log_pulse_checks", {"notes": "x" * 2000}),
        ("log_integration_sessions", {"offset": -400}),
        ("log_behavioral_changes", {"offset": -3}),
        ("log_behavioral_changes", {"change_description": "x" * 1000}),
    ],
)
def test_checks_accept_their_bounds(
    connection: Connection, table: str, values: dict[str, Any]
) -> None:
    """S11: the evening before the session, one answer, full length and baselines are fine."""
    write(connection, table, Session().create(connection), **values)


@each_table
def test_dates_are_finite_and_at_most_tomorrow(connection: Connection, table: str) -> None:
    """S11: tomorrow in UTC is accepted; the day after, year 1 and infinity are refused."""
    session = Session().create(connection)
    column = {"log_pulse_checks": "check_date", "log_behavioral_changes": "change_date"}.get(
        table, "session_date"
    )
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    write(connection, table, session, **{column: tomorrow})
    for bad in (tomorrow + timedelta(days=1), date(1899, 12, 31), "infinity", "-infinity"):
        error = refused(connection, table, session, **{column: bad})
        assert error.sqlstate == "23514"


@pytest.mark.parametrize(
    ("table", "column"),
    [
        *[(table, name) for table in TABLES for name in ("created_at",)],
        ("log_pulse_checks", "check_date"),
        ("log_behavioral_changes", "change_date"),
        ("log_behavioral_changes", "change_description"),
        ("log_behavioral_changes", "change_sentiment"),
        ("log_integration_sessions", "session_date"),
        ("log_integration_sessions", "session_number"),
        ("log_integration_sessions", "completed"),
    ],
)
def test_critical_fields_are_not_null(connection: Connection, table: str, column: str) -> None:
    """S11: a critical field is never NULL; created_at is filled in."""
    session = Session().create(connection)
    if column == "created_at":
        write(connection, table, session, created_at=None)
        assert value(connection, f"select count(created_at) from public.{table}") == 1
    else:
        assert refused(connection, table, session, **{column: None}).sqlstate == "23502"


def test_baselines_are_earlier_than_the_session(connection: Connection) -> None:
    """S11: an assessment may lie before the session and has negative days then."""
    session = Session().create(connection)
    session.integration_session(connection, "PHQ9_ASSESSMENT", -10, completed=True, phq9_score=15)
    with acting_as(connection, "service_role"):
        row = connection.execute(
            "select days_post_session, milestone_date from public.get_integration_milestones(%s)",
            (session.session_id,),
        ).fetchone()
    assert row == (-10, day(-10))


def test_insert_helper_can_fail(connection: Connection) -> None:
    """The rows that these tests build meet the real constraints: a wrong one is refused."""
    with pytest.raises(errors.ForeignKeyViolation), connection.transaction():
        insert(
            connection,
            "public.log_sessions",
            **Session().owner,
            session_date=day(0),
        )
