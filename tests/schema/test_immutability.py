"""Known-defects S06, S07: what was reported stays as it was, whoever asks for a change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import errors

from actors import ACTORS, A, B, Clinic, running
from database import Connection
from rows import BOB, acting_as

KEYS = {
    "log_integration_sessions": "integration_session_id",
    "log_behavioral_changes": "change_id",
    "log_pulse_checks": "pulse_check_id",
    "log_journey_ends": "journey_end_id",
}
AUDIT_TRAIL = ("log_behavioral_changes", "log_pulse_checks", "log_journey_ends")
# Ways in which a row could change or go: each reaches rows if rights and guards let it.
CHANGES = {
    "update": "update public.{table} set {change}",
    "update through a view": "create temporary view v as select * from public.{table}; "
    "update pg_temp.v set {change}",
    "merge": "merge into public.{table} as t using public.{table} as s on t.{key} = s.{key} "
    "when matched then update set {change}",
    "upsert": "insert into public.{table} select * from public.{table} "
    "on conflict ({key}) do update set {change}",
}
REMOVALS = {
    "delete": "delete from public.{table}",
    "delete in a query": "with d as (delete from public.{table} returning *) select * from d",
    "merge delete": "merge into public.{table} as t using public.{table} as s "
    "on t.{key} = s.{key} when matched then delete",
    "truncate": "truncate public.{table}",
    "truncate the sessions": "truncate public.log_sessions cascade",
}
WAYS = {**CHANGES, **REMOVALS}
FROZEN = {
    "integration_session_id": "gen_random_uuid()",
    "session_id": f"'{B.session_id}'",
    "patient_id": "gen_random_uuid()",
    "practitioner_id": f"'{BOB}'",
    "session_number": "9",
    "session_date": "'2025-01-01'",
    "session_type": "'GAD7_ASSESSMENT'",
    "created_at": "'2001-01-01'",
}
# Who is not stopped by a missing right meets the guard itself.
POWERFUL = ("table owner", "superuser", "superuser as a replica")
EVERYBODY = (*ACTORS, *POWERFUL[1:])


@pytest.fixture(scope="module", params=["embedded", "postgres_15"])
def clinic(request: pytest.FixtureRequest) -> Iterator[Clinic]:
    """Two practitioners' rows in a database of an owner who is not a superuser, on each server."""
    with running(request.getfixturevalue(request.param)) as clinic:
        yield clinic


@contextmanager
def being(clinic: Clinic, who: str) -> Iterator[Connection]:
    """As an actor, or as a superuser, who may say that it only replays what a primary did."""
    if who in ACTORS:
        with clinic.acting(ACTORS[who]) as connection:
            yield connection
        return
    superuser = clinic.connect()
    with superuser.transaction(force_rollback=True):
        if who == "superuser as a replica":
            superuser.execute("set local session_replication_role = replica")
        yield superuser


def count(connection: Connection, table: str) -> Any:
    row = connection.execute(f"select count(*) from public.{table}".encode()).fetchone()
    assert row is not None
    return row[0]


def refusal(connection: Connection, order: str, **values: Any) -> psycopg.Error:
    with pytest.raises(errors.InsufficientPrivilege) as caught, connection.transaction():
        connection.execute(order.format(**values).encode())
    return caught.value


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("table", AUDIT_TRAIL)
def test_the_audit_trail_is_the_same_for_everybody(
    clinic: Clinic, table: str, who: str, way: str
) -> None:
    """S06: no way of changing or removing rows is open to anybody; the refusal says why."""
    with being(clinic, who) as connection:
        error = refusal(
            connection, WAYS[way], table=table, key=KEYS[table], change="created_at = now()"
        )
    message = error.diag.message_primary or ""
    if who in POWERFUL:
        assert message.endswith("refused")
        assert " is an audit trail: " in message
        assert error.diag.message_hint == "Rows go only together with their dosing session."
    else:
        assert message.startswith("permission denied for table log_")


@pytest.mark.parametrize("way", REMOVALS)
@pytest.mark.parametrize("who", EVERYBODY)
def test_integration_sessions_are_not_removed_alone(clinic: Clinic, who: str, way: str) -> None:
    """Work order: integration sessions have no delete, in whatever way and for nobody."""
    table = "log_integration_sessions"
    with being(clinic, who) as connection:
        error = refusal(connection, REMOVALS[way], table=table, key=KEYS[table])
    if who in POWERFUL:
        assert "is refused" in (error.diag.message_primary or "")


@pytest.mark.parametrize("way", CHANGES)
@pytest.mark.parametrize("column", FROZEN)
@pytest.mark.parametrize("who", ["practitioner A, own rows", "service_role", *POWERFUL])
def test_integration_sessions_keep_who_whose_what_and_when(
    clinic: Clinic, who: str, column: str, way: str
) -> None:
    """S07: those who may complete a row may change none of its keys, kind, day or time."""
    table = "log_integration_sessions"
    with being(clinic, who) as connection:
        error = refusal(
            connection,
            CHANGES[way],
            table=table,
            key=KEYS[table],
            change=f"{column} = {FROZEN[column]}",
        )
    assert "keeps who, whose, what and when" in (error.diag.message_primary or "")


@pytest.mark.parametrize("way", CHANGES)
@pytest.mark.parametrize("who", ["practitioner A, own rows", "service_role", *POWERFUL])
def test_integration_sessions_can_be_completed(clinic: Clinic, who: str, way: str) -> None:
    """S07: completion, score and notes go in by each way, and the database dates the change."""
    table = "log_integration_sessions"
    change = "completed = true, completed_at = now(), updated_at = null, "
    change += "phq9_score = 7, session_notes = 'calm'"
    with being(clinic, who) as connection:
        connection.execute(
            CHANGES[way].format(table=table, key=KEYS[table], change=change).encode()
        )
        found = connection.execute(
            "select completed, phq9_score, session_notes, updated_at = now() "
            "from public.log_integration_sessions where session_id = %s",
            (A.session_id,),
        ).fetchall()
    assert found == [(True, 7, "calm", True)]


# The one way out -----------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["service_role", "table owner", "superuser"])
def test_rows_leave_with_their_session(clinic: Clinic, who: str) -> None:
    """S06: deleting a dosing session takes its rows of all tables, and no other row."""
    with being(clinic, who) as connection:
        before = {table: count(connection, table) for table in KEYS}
        connection.execute("delete from public.log_sessions where session_id = %s", (A.session_id,))
        assert {table: count(connection, table) for table in KEYS} == {
            table: number - 1 for table, number in before.items()
        }
        assert all(number > 1 for number in before.values())


@pytest.mark.parametrize("who", sorted(ACTORS.keys() - {"service_role", "table owner"}))
def test_nobody_else_deletes_a_session(clinic: Clinic, who: str) -> None:
    """S06: a practitioner cannot delete even an own session; only server and owner can."""
    with being(clinic, who) as connection:
        try:
            with connection.transaction():
                found = connection.execute("delete from public.log_sessions").rowcount
        except errors.InsufficientPrivilege:
            found = 0
    assert found == 0


@pytest.mark.parametrize("table", KEYS)
@pytest.mark.parametrize("who", ["table owner", "superuser"])
def test_a_session_that_is_put_back_at_once_frees_nothing(
    clinic: Clinic, who: str, table: str
) -> None:
    """S06: deleting and rewriting a session in one statement is refused, its rows stay."""
    with being(clinic, who) as connection:
        before = count(connection, table)
        refusal(
            connection,
            "with gone as (delete from public.log_sessions returning *) "
            "insert into public.log_sessions select * from gone",
        )
        assert count(connection, table) == before


@pytest.mark.parametrize("table", KEYS)
def test_a_replica_keeps_rows_whose_session_is_there(clinic: Clinic, table: str) -> None:
    """S06: as a replica, where foreign keys rest, rows still go only after their session."""
    with being(clinic, "superuser as a replica") as superuser:
        before = count(superuser, table)
        refusal(superuser, "delete from public.{table}", table=table)
        superuser.execute("delete from public.log_sessions where session_id = %s", (A.session_id,))
        assert count(superuser, table) == before
        refusal(superuser, "delete from public.{table}", table=table)
        superuser.execute(
            f"delete from public.{table} where session_id = %s".encode(), (A.session_id,)
        )
        assert count(superuser, table) == before - 1


@pytest.mark.parametrize("who", ["superuser as a replica", "superuser", "table owner"])
@pytest.mark.parametrize("table", KEYS)
def test_rows_of_no_session_go_in_for_nobody(clinic: Clinic, who: str, table: str) -> None:
    """S04: not even as a replica does a row go in whose session is not there."""
    with being(clinic, who) as connection:
        error = refusal(
            connection,
            "insert into public.{table} select (jsonb_populate_record(t, jsonb_build_object("
            "'{key}', gen_random_uuid(), 'session_id', gen_random_uuid()))).* "
            "from public.{table} as t",
            table=table,
            key=KEYS[table],
        )
    assert error.diag.message_primary == "session not found or access denied"


def test_a_superuser_who_disables_triggers_can(clinic: Clinic) -> None:
    """Docs: this is outside of what is protected; the tests above could see a change."""
    with being(clinic, "superuser") as superuser:
        superuser.execute("alter table public.log_pulse_checks disable trigger refuse_change")
        done = superuser.execute("update public.log_pulse_checks set mood_level = 1")
        assert done.rowcount == 2
        with acting_as(superuser, "service_role"):
            assert count(superuser, "log_pulse_checks") == 2
