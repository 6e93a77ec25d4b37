"""The day that a row belongs to (F02, S07, S11)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from psycopg import sql

from database import Connection
from rows import ALICE, Session, acting_as, day
from tables import DAY_OF, column_of, each_table, refused, write

zones = pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Auckland"])

DAYS = [
    # A leap year, from both sides of its day.
    ("2024-02-28", "2024-02-29", 1),
    ("2024-02-28", "2024-03-01", 2),
    ("2024-02-29", "2024-02-28", -1),
    ("2024-02-29", "2024-03-01", 1),
    ("2024-02-29", "2025-02-28", 365),
    ("2024-02-29", "2025-03-01", 366),
    # None; a century that is one and one that is none.
    ("2025-02-28", "2025-03-01", 1),
    ("2000-02-28", "2000-03-01", 2),
    ("1900-02-28", "1900-03-01", 1),
    # The end of a year, of a leap year, and a whole one of each.
    ("2025-12-31", "2026-01-01", 1),
    ("2024-12-31", "2025-01-01", 1),
    ("2024-01-01", "2024-12-31", 365),
    ("2025-01-01", "2025-12-31", 364),
    ("1999-12-31", "2000-01-01", 1),
    # Clocks change: Los Angeles, Auckland.
    ("2025-03-08", "2025-03-10", 2),
    ("2025-03-09", "2025-03-10", 1),
    ("2025-11-01", "2025-11-03", 2),
    ("2025-11-02", "2025-11-03", 1),
    ("2025-04-05", "2025-04-07", 2),
    ("2025-09-27", "2025-09-29", 2),
]


@zones
@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz"])
def test_day_offsets_over_leap_days_year_ends_and_clock_changes(
    connection: Connection, kind: str, zone: str
) -> None:
    """F02, S07: the offset is the calendar's difference, in tables and functions alike."""
    session_date_is(connection, kind)
    connection.execute("select set_config('timezone', %s, true)", (zone,))
    for number, (first, then, offset) in enumerate(DAYS, start=1):
        at: Any = date.fromisoformat(first)
        if kind != "date":
            # The last moment of the day, in UTC.
            at = datetime(at.year, at.month, at.day, 23, 59, 59, 999999)
            at = at.replace(tzinfo=UTC) if kind == "timestamptz" else at
        session = Session(number).create(connection, at)
        session.pulse_check(connection, check_date=then)
        session.change(connection, change_date=then)
        session.integration_session(
            connection, "INTEGRATION_THERAPY", session_date=then, completed=True
        )
        assert offsets(connection, session) == [offset] * 3, (first, then)
        counts = [
            done(connection, session, window) for window in (max(offset, 1), max(offset - 1, 1))
        ]
        inside = int(offset >= 0)
        assert counts == [(inside, inside), (int(0 <= offset <= max(offset - 1, 1)),) * 2]


def session_date_is(connection: Connection, kind: str) -> None:
    """Another application's log_sessions: its session_date is of another type."""
    if kind != "date":
        connection.execute(
            sql.SQL("alter table public.log_sessions alter session_date type {}").format(
                sql.SQL(kind)
            )
        )


def offsets(connection: Connection, session: Session) -> list[int]:
    """Days post session as both tables store them and as the milestones tell them."""
    key = (session.session_id,)
    found = [
        connection.execute(
            f"select days_post_session from public.{table} where session_id = %s".encode(), key
        ).fetchone()
        for table in ("log_pulse_checks", "log_behavioral_changes")
    ]
    with acting_as(connection, "authenticated", ALICE):
        found.append(
            connection.execute(
                "select days_post_session from public.get_integration_milestones(%s)", key
            ).fetchone()
        )
    return [row[0] for row in found if row]


def done(connection: Connection, session: Session, window: int) -> tuple[int, int]:
    """Pulse checks and therapy sessions in the window."""
    with acting_as(connection, "authenticated", ALICE):
        row = connection.execute(
            "select pulse_check_count, integration_session_count "
            "from public.calculate_compliance_score(%s, %s)",
            (session.session_id, window),
        ).fetchone()
    assert row is not None
    return row[0], row[1]


@zones
@pytest.mark.parametrize(
    ("at", "utc_day"),
    [
        ("2025-03-01 00:00:00+00", "2025-03-01"),
        ("2025-02-28 23:59:59.999999+00", "2025-02-28"),
        # Half an hour into the new year there, the old one in UTC, and the other way round.
        ("2025-01-01 00:30:00 Pacific/Auckland", "2024-12-31"),
        ("2024-12-31 16:00:00 America/Los_Angeles", "2025-01-01"),
        ("2024-12-31 15:59:59 America/Los_Angeles", "2024-12-31"),
        # Leap day there, the day after or before it in UTC.
        ("2024-02-29 18:00:00 America/Los_Angeles", "2024-03-01"),
        ("2024-02-29 09:00:00 Pacific/Auckland", "2024-02-28"),
        ("2024-03-01 09:00:00 Pacific/Auckland", "2024-02-29"),
        # Around the hour that does not exist, and the one that comes twice.
        ("2025-03-09 01:59:59 America/Los_Angeles", "2025-03-09"),
        ("2025-03-09 17:00:00 America/Los_Angeles", "2025-03-10"),
        ("2025-03-09 16:59:59 America/Los_Angeles", "2025-03-09"),
        ("2025-11-02 01:30:00 PDT", "2025-11-02"),
        ("2025-11-02 16:00:00 America/Los_Angeles", "2025-11-03"),
        ("2025-11-02 15:59:59 America/Los_Angeles", "2025-11-02"),
        ("2025-04-06 11:59:59 Pacific/Auckland", "2025-04-05"),
        ("2025-04-06 12:00:00 Pacific/Auckland", "2025-04-06"),
        ("2025-09-28 12:59:59 Pacific/Auckland", "2025-09-27"),
        ("2025-09-28 13:00:00 Pacific/Auckland", "2025-09-28"),
    ],
)
def test_a_moment_belongs_to_its_day_in_utc(
    connection: Connection, zone: str, at: str, utc_day: str
) -> None:
    """F02: session_date as timestamptz: its day in UTC is day 0, whoever asks from wherever."""
    session_date_is(connection, "timestamptz")
    connection.execute("select set_config('timezone', %s, true)", (zone,))
    session = Session().create(connection, at)
    session.pulse_check(connection, check_date=utc_day)
    session.change(connection, change_date=utc_day)
    session.integration_session(
        connection, "INTEGRATION_THERAPY", session_date=utc_day, completed=True
    )
    assert offsets(connection, session) == [0, 0, 0]
    assert done(connection, session, 1) == (1, 1)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
@each_table
def test_tomorrow_is_utcs_wherever_the_caller_is(
    connection: Connection, table: str, zone: str
) -> None:
    """S11: the last day taken is tomorrow in UTC, fourteen hours ahead and twelve behind it too."""
    session = Session().create(connection)
    field = DAY_OF[table]
    connection.execute("select set_config('timezone', %s, true)", (zone,))
    tomorrow, later = connection.execute(
        "select (now() at time zone 'UTC')::date + 1, (now() at time zone 'UTC')::date + 2"
    ).fetchone() or (None, None)
    with acting_as(connection, "authenticated", ALICE):
        write(connection, table, session, **{field: tomorrow})
        error = refused(connection, table, session, **{field: later})
    assert (error.sqlstate, error.diag.message_primary) == (
        "23514",
        f"{field} must be between 1900-01-01 and tomorrow (UTC)",
    )


@pytest.mark.parametrize("table", ["log_behavioral_changes", "log_integration_sessions"])
def test_the_first_day_is_the_first_of_1900(connection: Connection, table: str) -> None:
    """S11: 1900-01-01 is taken and the day before it refused; a day that never was is no date."""
    session = Session().create(connection)
    field = {"log_behavioral_changes": "change_date"}.get(table, "session_date")
    write(connection, table, session, **{field: date(1900, 1, 1)})
    assert refused(connection, table, session, **{field: date(1899, 12, 31)}).sqlstate == "23514"
    assert refused(connection, table, session, **{field: "1900-02-29"}).sqlstate == "22008"


def test_a_changed_row_is_dated_by_the_database(connection: Connection) -> None:
    """S07: whatever updated_at a caller brings, an update that changes a value sets it to now."""
    session = Session().create(connection)
    session.integration_session(connection, "FOLLOW_UP_CALL", updated_at="2001-01-01 00:00+00")
    for role in ("authenticated", "service_role"):
        with acting_as(connection, role, ALICE):
            connection.execute(
                "update public.log_integration_sessions "
                "set completed = true, updated_at = '2001-01-01 00:00+00'"
            )
        assert column_of(
            connection, "select updated_at = now() from public.log_integration_sessions"
        ) == [True], role
    assert (
        day(1)
        == column_of(connection, "select session_date from public.log_integration_sessions")[0]
    )


@pytest.mark.parametrize(
    ("table", "field"),
    [("log_pulse_checks", "check_date"), ("log_integration_sessions", "session_date")],
)
def test_a_sessions_window_has_an_index(connection: Connection, table: str, field: str) -> None:
    """Speed: days of one session are found by one index: else the date's joins in, rows of all."""
    found = column_of(connection, f"select indexdef from pg_indexes where tablename = '{table}'")
    assert any(definition.endswith(f"(session_id, {field})") for definition in found)
