"""What no update, delete or truncate changes (S05 to S07)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import errors

from database import Connection
from rows import ALICE, BOB, Session, acting_as
from tables import TABLES, each_table, value, write


@pytest.mark.parametrize("role", [None, "service_role", "authenticated"])
@pytest.mark.parametrize("table", TABLES[1:])
@pytest.mark.parametrize("change", ["update {} set created_at = now()", "delete from {}"])
def test_the_audit_trail_cannot_be_changed(
    connection: Connection, table: str, change: str, role: str | None
) -> None:
    """S06: update and delete end in an error for everybody, also as a replica."""
    session = Session().create(connection)
    write(connection, table, session)
    statement = change.format(f"public.{table}").encode()
    with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
        if role is None:
            connection.execute("set local session_replication_role = replica")
            connection.execute(statement)
        else:
            with acting_as(connection, role, ALICE):
                connection.execute(statement)
    assert value(connection, f"select count(*) from public.{table}") == 1


@each_table
@pytest.mark.parametrize("cascade", [False, True])
def test_truncate_is_refused_even_to_the_owner(
    connection: Connection, table: str, cascade: bool
) -> None:
    """S05: neither TRUNCATE nor TRUNCATE of the sessions with CASCADE empties a table."""
    write(connection, table, Session().create(connection))
    statement = "public.log_sessions cascade" if cascade else f"public.{table}"
    with (
        pytest.raises(errors.InsufficientPrivilege, match="truncate is refused"),
        connection.transaction(),
    ):
        connection.execute(f"truncate {statement}".encode())


@each_table
def test_rows_go_with_their_dosing_session(connection: Connection, table: str) -> None:
    """S06: only deleting the dosing session removes its rows, and only its own."""
    for number in (1, 2):
        write(connection, table, Session(number).create(connection))
    with acting_as(connection, "service_role"):
        connection.execute(
            "delete from public.log_sessions where session_id = %s", (Session(1).session_id,)
        )
    kept = connection.execute(f"select session_id from public.{table}".encode()).fetchall()
    assert kept == [(Session(2).session_id,)]


def test_integration_sessions_cannot_be_deleted_alone(connection: Connection) -> None:
    """Work order: no delete; not for the owner either."""
    Session().create(connection).integration_session(connection, "FOLLOW_UP_CALL")
    with pytest.raises(errors.InsufficientPrivilege, match="delete is refused"):
        connection.execute("delete from public.log_integration_sessions")


def test_an_integration_session_can_be_completed(connection: Connection) -> None:
    """S07: its practitioner completes it and adds score and notes; updated_at moves."""
    session = Session().create(connection)
    before = datetime(2025, 3, 2, tzinfo=UTC)
    session.integration_session(connection, "PHQ9_ASSESSMENT", created_at=before)
    with acting_as(connection, "authenticated", ALICE):
        connection.execute(
            "update public.log_integration_sessions "
            "set completed = true, completed_at = now(), phq9_score = 7, session_notes = 'calm'"
        )
    row = connection.execute(
        "select phq9_score, created_at, updated_at > created_at "
        "from public.log_integration_sessions"
    ).fetchone()
    assert row == (7, before, True)


@pytest.mark.parametrize(
    "change",
    [
        "integration_session_id = gen_random_uuid()",
        "session_id = '00000000-0000-5e55-0000-000000000002'",
        "patient_id = gen_random_uuid()",
        "practitioner_id = '00000000-0000-0000-0000-00000000000b'",
        "session_number = 9",
        "session_date = session_date - 1",
        "session_type = 'GAD7_ASSESSMENT'",
        "created_at = now() - interval '1 year'",
    ],
)
@pytest.mark.parametrize("role", [None, "authenticated", "service_role"])
def test_who_whose_what_and_when_are_frozen(
    connection: Connection, change: str, role: str | None
) -> None:
    """S07: an update never moves a row to another patient, session, kind or time."""
    Session().create(connection).integration_session(connection, "PHQ9_ASSESSMENT")
    Session(2, BOB).create(connection)
    statement = f"update public.log_integration_sessions set {change}".encode()
    with pytest.raises(errors.InsufficientPrivilege, match="keeps who"), connection.transaction():
        if role is None:
            connection.execute(statement)
        else:
            with acting_as(connection, role, ALICE):
                connection.execute(statement)


@each_table
def test_the_database_dates_what_a_practitioner_writes(connection: Connection, table: str) -> None:
    """S07: created_at is now for a practitioner and kept for service_role and the owner."""
    session = Session().create(connection)
    claimed = datetime(2001, 1, 1, tzinfo=UTC)
    kept = []
    for role in ("authenticated", "service_role", None):
        if role is None:
            write(connection, table, session, created_at=claimed)
        else:
            with acting_as(connection, role, ALICE):
                write(connection, table, session, created_at=claimed)
        kept.append(
            value(
                connection,
                f"select count(*) from public.{table} where created_at = '2001-01-01 00:00+00'",
            )
        )
    assert kept == [0, 1, 2]


@each_table
def test_a_login_outside_the_api_cannot_backdate(
    target: Any, database: Connection, log_in: Callable[[str], Connection], table: str
) -> None:
    """S07: a login that inherits authenticated writes now, whatever it brings."""
    session = Session().create(database)
    with log_in("authenticated") as login:
        login.execute(
            "select set_config('request.jwt.claims', %s, false)", (f'{{"sub": "{ALICE}"}}',)
        )
        write(login, table, session, created_at=datetime(2001, 1, 1, tzinfo=UTC))
    assert value(database, f"select created_at > now() - interval '1 hour' from public.{table}")


@pytest.mark.parametrize("table", TABLES[1:])
def test_the_database_computes_the_day(connection: Connection, table: str) -> None:
    """S07: days_post_session is the date difference, whatever the client says."""
    session = Session().create(connection)
    with acting_as(connection, "authenticated", ALICE):
        write(connection, table, session, offset=5, days_post_session=99)
    assert value(connection, f"select days_post_session from public.{table}") == 5
