"""What the database fills in: defaults, times, days (S07)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from database import Connection
from rows import ALICE, Session, acting_as
from tables import TABLES, each_table, value, write


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


def test_what_nobody_said(connection: Connection) -> None:
    """Work order: a planned session is not completed, a change is positive."""
    session = Session().create(connection)
    session.integration_session(connection, "FOLLOW_UP_CALL")
    session.change(connection)
    assert value(connection, "select completed from public.log_integration_sessions") is False
    found = value(connection, "select change_sentiment from public.log_behavioral_changes")
    assert found == "POSITIVE"


@pytest.mark.parametrize("role", ["authenticated", "service_role"])
def test_the_database_dates_changes_of_a_practitioner(connection: Connection, role: str) -> None:
    """S07: updated_at as well is the database's for a practitioner and kept for service_role."""
    claimed = datetime(2001, 1, 1, tzinfo=UTC)
    session = Session().create(connection)
    with acting_as(connection, role, ALICE):
        session.integration_session(connection, "FOLLOW_UP_CALL", updated_at=claimed)
    found = value(connection, "select updated_at from public.log_integration_sessions")
    assert (found == claimed) == (role == "service_role")
