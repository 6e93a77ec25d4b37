"""Dosing sessions: the prerequisite table that every row refers to."""

from __future__ import annotations

from uuid import UUID

import pytest
from psycopg import errors

from database import Connection
from rows import ALICE, BOB, Session, acting_as, day, insert
from tables import each_table, value, write


def test_dosing_sessions_are_the_practitioners_own(connection: Connection) -> None:
    """Prerequisites: a practitioner reads and books own sessions, and deletes none."""
    Session().create(connection)
    foreign = Session(2, BOB).create(connection)
    new = {**Session(3).owner, "session_date": day(0)}
    with acting_as(connection, "authenticated", ALICE):
        assert value(connection, "select count(*) from public.log_sessions") == 1
        insert(connection, "public.log_sessions", **new)
        new["session_id"], new["practitioner_id"] = UUID(int=4), foreign.practitioner_id
        with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
            insert(connection, "public.log_sessions", **new)
        for statement in (
            "delete from public.log_sessions",
            "update public.log_sessions set patient_id = gen_random_uuid()",
        ):
            with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement.encode())


@pytest.mark.parametrize("claims", ["", "{}", None])
def test_no_claims_are_nobody(connection: Connection, claims: str | None) -> None:
    """The setting that an earlier request left empty is no claim, and no error."""
    if claims is not None:
        connection.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
    assert value(connection, "select auth.uid()") is None


@each_table
def test_a_session_without_a_day_takes_no_rows(connection: Connection, table: str) -> None:
    """S11: where the platform's session_date may be NULL, a row's day could not be computed."""
    connection.execute("alter table public.log_sessions alter session_date drop not null")
    session = Session().create(connection, None)
    with pytest.raises(errors.CheckViolation, match="no finite session_date"):
        write(connection, table, session)
