"""Bounds of text, codes, times, numbers: the last value taken, the first refused (S11)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from database import Connection
from rows import Session
from tables import FREE_TEXT, column_of, each_table, refused, write


@each_table
def test_length_counts_characters_up_to_the_bound(connection: Connection, table: str) -> None:
    """S11: the bound is in characters, whatever their bytes; one more is refused."""
    session = Session().create(connection)
    field = FREE_TEXT[table]
    most = {"log_pulse_checks": 2000, "log_integration_sessions": 4000}.get(table, 1000)
    for letter in ("x", "µ", "😀"):
        write(connection, table, session, **{field: letter * most})
        error = refused(connection, table, session, **{field: letter * (most + 1)})
        assert error.diag.constraint_name == f"{table}_{field}_length"


@pytest.mark.parametrize("blank", ["", " ", "\n", "\t \r\n"])
def test_a_change_is_described_in_words(connection: Connection, blank: str) -> None:
    """S11: a behavioural change of nothing but white space is refused; one letter is enough."""
    session = Session().create(connection)
    write(connection, "log_behavioral_changes", session, change_description="x")
    error = refused(connection, "log_behavioral_changes", session, change_description=blank)
    assert error.diag.constraint_name == "log_behavioral_changes_change_description_length"


def test_spaces_count_as_length(connection: Connection) -> None:
    """S11: a thousand characters are the bound with the spaces at their ends."""
    session = Session().create(connection)
    error = refused(
        connection, "log_behavioral_changes", session, change_description="x" + " " * 1000
    )
    assert error.diag.constraint_name == "log_behavioral_changes_change_description_length"


@pytest.mark.parametrize(
    ("table", "field", "known"),
    [
        (
            "log_integration_sessions",
            "session_type",
            "PULSE_CHECK PHQ9_ASSESSMENT GAD7_ASSESSMENT WHOQOL_BREF PSQI_ASSESSMENT "
            "INTEGRATION_THERAPY FOLLOW_UP_CALL",
        ),
        (
            "log_behavioral_changes",
            "change_type",
            "RELATIONSHIP HABIT EMPLOYMENT HEALTH SOCIAL CREATIVE OTHER",
        ),
        ("log_behavioral_changes", "change_sentiment", "POSITIVE NEGATIVE NEUTRAL"),
    ],
)
def test_codes_are_exactly_the_known_ones(
    connection: Connection, table: str, field: str, known: str
) -> None:
    """S11: each known code is taken; another case, a space around it or nothing is refused."""
    session = Session().create(connection)
    for code in known.split():
        write(connection, table, session, **{field: code})
        for wrong in (code.lower(), f" {code}", f"{code} ", ""):
            error = refused(connection, table, session, **{field: wrong})
            assert error.diag.constraint_name == f"{table}_{field}_known", wrong
    written = column_of(connection, f"select distinct {field} from public.{table}")
    assert set(written) >= set(known.split())


@pytest.mark.parametrize(
    ("table", "field"),
    [
        *((table, "created_at") for table in FREE_TEXT),
        ("log_integration_sessions", "updated_at"),
        ("log_integration_sessions", "completed_at"),
    ],
)
def test_times_are_finite(connection: Connection, table: str, field: str) -> None:
    """S11: a trusted writer's times are kept, but infinity is refused by the field's own check."""
    session = Session().create(connection)
    kept = datetime(2025, 3, 2, 4, 5, 6, 789012, UTC)
    write(connection, table, session, **{field: kept})
    assert column_of(connection, f"select {field} from public.{table}") == [kept]
    for endless in ("infinity", "-infinity"):
        error = refused(connection, table, session, **{field: endless})
        assert error.diag.constraint_name == f"{table}_{field}_finite"


def test_session_numbers_count_from_one_as_far_as_they_go(connection: Connection) -> None:
    """S11: 1 and the largest integer are taken, 0 and less are refused."""
    session = Session().create(connection)
    for number in (1, 2**31 - 1):
        write(connection, "log_integration_sessions", session, session_number=number)
    for number in (0, -1, -(2**31)):
        error = refused(connection, "log_integration_sessions", session, session_number=number)
        assert error.diag.constraint_name == "log_integration_sessions_session_number_positive"


@pytest.mark.parametrize("endless", ["infinity", "-infinity"])
@each_table
def test_nothing_follows_a_session_without_a_day(
    connection: Connection, table: str, endless: str
) -> None:
    """S11: a dosing session at infinity takes no rows, with a message that says why."""
    session = Session().create(connection, endless)
    error = refused(connection, table, session)
    assert (error.sqlstate, error.diag.message_primary) == (
        "23514",
        "the dosing session has no finite session_date",
    )
