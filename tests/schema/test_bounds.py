"""Bounds of text, codes, times, numbers: the last value taken, the first refused (S11)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from psycopg import errors

from database import Connection
from rows import Session, acting_as, day, insert
from tables import FREE_TEXT, TABLES, column_of, each_table, refused, value, write


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
        for wrong in (code.lower(), f" {code}", f"{code} ", "", "MIXED"):
            error = refused(connection, table, session, **{field: wrong})
            assert error.diag.constraint_name == f"{table}_{field}_known", wrong
    written = column_of(connection, f"select distinct {field} from public.{table}")
    assert set(written) >= set(known.split())
    # No code but these is listed: none could be tried that is not known here.
    (check,) = column_of(
        connection,
        "select pg_get_constraintdef(oid) from pg_constraint"
        f" where conname = '{table}_{field}_known'",
    )
    assert set(re.findall(r"'([^']+)'", check)) == set(known.split())


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
    ],
)
def test_checks_refuse(
    connection: Connection, table: str, values: dict[str, Any], constraint: str
) -> None:
    """S11: each check refuses what it is for."""
    session = Session().create(connection)
    error = refused(connection, table, session, **values)
    assert error.diag.constraint_name == constraint


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("log_pulse_checks", {"offset": -1}),
        ("log_pulse_checks", {"mood_level": None, "energy_level": 1}),
        ("log_integration_sessions", {"offset": -400}),
        ("log_behavioral_changes", {"offset": -3}),
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
