"""What the database fills in where nobody said it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from database import Connection
from rows import ALICE, Session, acting_as
from tables import value


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
