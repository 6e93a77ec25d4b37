"""The tables of the operational schema, and an ordinary row of each."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from database import Connection
from rows import Session

# The tables that follow a dosing session, and the day of a row.
DAY_OF = {
    "log_integration_sessions": "session_date",
    "log_behavioral_changes": "change_date",
    "log_pulse_checks": "check_date",
    "log_journey_ends": "end_date",
}
TABLES = tuple(DAY_OF)
FREE_TEXT = {
    "log_pulse_checks": "notes",
    "log_behavioral_changes": "change_description",
    "log_integration_sessions": "session_notes",
}
SUMMARY = "select * from public.get_behavioral_changes_summary(%s)"
MILESTONES = "select * from public.get_integration_milestones(%s)"
each_table = pytest.mark.parametrize("table", TABLES)
each_with_text = pytest.mark.parametrize("table", sorted(FREE_TEXT))


def write(connection: Connection, table: str, session: Session, **values: Any) -> None:
    """One ordinary row of `table`, but for `values`."""
    if table == "log_pulse_checks":
        session.pulse_check(connection, **values)
    elif table == "log_behavioral_changes":
        session.change(connection, **values)
    elif table == "log_journey_ends":
        session.end(connection, **values)
    else:
        session_type = values.pop("session_type", "FOLLOW_UP_CALL")
        session.integration_session(connection, session_type, **values)


def refused(connection: Connection, table: str, session: Session, **values: Any) -> psycopg.Error:
    """The error of an insert that must not succeed."""
    with pytest.raises(psycopg.Error) as caught, connection.transaction():
        write(connection, table, session, **values)
    return caught.value


def value(connection: Connection, query: str, *values: Any) -> Any:
    row = connection.execute(query.encode(), values or None).fetchone()
    assert row is not None
    return row[0]


def column_of(connection: Connection, query: str, *values: Any) -> list[Any]:
    return [row[0] for row in connection.execute(query.encode(), values or None)]
