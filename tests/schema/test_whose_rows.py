"""Whose rows a practitioner reads, writes or cannot tell from none (S04)."""

from __future__ import annotations

from uuid import UUID

from database import Connection
from rows import ALICE, BOB, Session, acting_as
from tables import each_table, refused, value, write


@each_table
def test_a_practitioner_writes_and_reads_own_rows_only(connection: Connection, table: str) -> None:
    """S04: own rows go in and are seen; nobody else's practitioner sees them."""
    session = Session().create(connection)
    Session(2, BOB).create(connection)
    with acting_as(connection, "authenticated", ALICE):
        write(connection, table, session)
        assert value(connection, f"select count(*) from public.{table}") == 1
    with acting_as(connection, "authenticated", BOB):
        assert value(connection, f"select count(*) from public.{table}") == 0


@each_table
def test_foreign_unknown_and_mismatched_sessions_are_one_answer(
    connection: Connection, table: str
) -> None:
    """S04: B's session, no session, the wrong patient and B's name: same words, same SQLSTATE."""
    own = Session().create(connection)
    foreign = Session(2, BOB).create(connection)
    attempts = [
        {"session_id": UUID(int=1)},
        {"session_id": foreign.session_id},
        {"session_id": foreign.session_id, "patient_id": foreign.patient_id},
        {**foreign.owner},
        {"patient_id": foreign.patient_id},
        {"practitioner_id": BOB},
        {"session_id": None},
        {"session_id": UUID(int=1)},
    ]
    with acting_as(connection, "authenticated", ALICE):
        told = [refused(connection, table, own, **attempt) for attempt in attempts]
    assert {(error.sqlstate, error.diag.message_primary) for error in told} == {
        ("42501", "session not found or access denied")
    }
    # The first error of a connection is told with one line of context more, whatever it asks.
    assert len({error.diag.context for error in told[1:]}) == 1


@each_table
def test_without_claims_nothing_goes_in(connection: Connection, table: str) -> None:
    """S04: an authenticated role without a claimed id is nobody."""
    session = Session().create(connection)
    with acting_as(connection, "authenticated"):
        assert refused(connection, table, session).sqlstate == "42501"


@each_table
def test_patient_and_practitioner_are_the_sessions_for_service_role_too(
    connection: Connection, table: str
) -> None:
    """S04: nobody writes a row whose patient or practitioner is not the session's."""
    session = Session().create(connection)
    Session(2, BOB).create(connection)
    with acting_as(connection, "service_role"):
        write(connection, table, session)
        assert refused(connection, table, session, patient_id=UUID(int=9)).sqlstate == "42501"
        assert refused(connection, table, session, practitioner_id=BOB).sqlstate == "42501"
