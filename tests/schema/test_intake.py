"""Which sessions changed: every write leaves its sessions, once a transaction, for the pipeline."""

from __future__ import annotations

import pytest
from psycopg import errors

from database import Connection
from rows import ALICE, BOB, Session, acting_as, day
from tables import TABLES, value

A, B = Session(1), Session(2, BOB)


@pytest.fixture
def clinic(connection: Connection) -> Connection:
    """Two sessions with a row in each table, taken in before."""
    for session in (A, B):
        session.create(connection)
        session.pulse_check(connection)
        session.integration_session(connection, "FOLLOW_UP_CALL")
        session.change(connection)
        session.end(connection)
    connection.execute("delete from intake.touched_sessions")
    return connection


def touched(connection: Connection) -> list[object]:
    """The sessions that were noted, all of this transaction."""
    found = connection.execute(
        "select session_id, transaction_id = pg_current_xact_id()::text::bigint "
        "from intake.touched_sessions order by session_id"
    ).fetchall()
    assert all(row[1] for row in found)
    return [row[0] for row in found]


def test_what_a_practitioner_writes_is_noted(clinic: Connection) -> None:
    """Whoever writes, though they may not write the record, and once however often they do."""
    with acting_as(clinic, "authenticated", ALICE):
        A.pulse_check(clinic, 2)
        A.pulse_check(clinic, 3)
    assert touched(clinic) == [A.session_id]


def test_each_insert_is_noted(clinic: Connection) -> None:
    """A row of each table, and a session itself."""
    for write in (
        lambda: B.pulse_check(clinic, 2),
        lambda: B.change(clinic, offset=2),
        lambda: B.integration_session(clinic, "PHQ9_ASSESSMENT"),
        lambda: B.end(clinic, offset=2),
    ):
        write()
        assert touched(clinic) == [B.session_id]
        clinic.execute("delete from intake.touched_sessions")
    new = Session(3).create(clinic)
    assert touched(clinic) == [new.session_id]


@pytest.mark.parametrize(
    "update",
    [
        "update public.log_integration_sessions set completed = true where session_id = %s",
        "update public.log_sessions set session_date = session_date - 1 where session_id = %s",
    ],
)
def test_each_update_is_noted(clinic: Connection, update: str) -> None:
    """Of whom the row is, and nobody else."""
    with acting_as(clinic, "service_role"):
        clinic.execute(update.encode(), (A.session_id,))
    assert touched(clinic) == [A.session_id]


def test_a_row_that_moves_touches_both(clinic: Connection) -> None:
    """Where a row was and where it is, should the guards ever let it."""
    clinic.execute("alter table public.log_integration_sessions disable trigger user")
    for operation in ("insert", "update", "delete"):
        clinic.execute(
            "alter table public.log_integration_sessions "
            f"enable always trigger note_{operation}".encode()
        )
    clinic.execute(
        "update public.log_integration_sessions set session_id = %s where session_id = %s",
        (B.session_id, A.session_id),
    )
    assert touched(clinic) == [A.session_id, B.session_id]


@pytest.mark.parametrize("table", ["log_sessions", *TABLES])
def test_each_delete_is_noted(clinic: Connection, table: str) -> None:
    """By the table itself, whether its rows go alone or with their session."""
    for other in {"log_sessions", *TABLES} - {table}:
        clinic.execute(f"alter table public.{other} disable trigger note_delete".encode())
    clinic.execute("delete from public.log_sessions where session_id = %s", (A.session_id,))
    assert touched(clinic) == [A.session_id]


def test_a_replica_notes_too(clinic: Connection) -> None:
    """A session that says that it only replays what was done elsewhere is no way around."""
    clinic.execute("set local session_replication_role = replica")
    A.pulse_check(clinic, 2)
    assert touched(clinic) == [A.session_id]


def test_what_was_undone_is_not_noted(clinic: Connection) -> None:
    """A refused or rolled back write leaves nothing."""
    with pytest.raises(errors.CheckViolation), clinic.transaction():
        A.pulse_check(clinic, 2)
        A.pulse_check(clinic, 2, mood_level=9)
    assert touched(clinic) == []


def test_a_statement_notes_each_session_once(clinic: Connection) -> None:
    """Many rows of few sessions are few rows."""
    clinic.execute(
        "insert into public.log_pulse_checks "
        "(session_id, patient_id, practitioner_id, check_date, mood_level) "
        "select session_id, patient_id, practitioner_id, %s, 3 "
        "from public.log_sessions cross join generate_series(1, 100)",
        (day(4),),
    )
    assert touched(clinic) == [A.session_id, B.session_id]


@pytest.mark.parametrize(
    "role", ["anon", "authenticated", "service_role", "journey_restricted", "journey_analyst"]
)
@pytest.mark.parametrize(
    "statement",
    [
        "select * from intake.touched_sessions",
        "insert into intake.touched_sessions values (gen_random_uuid(), 1)",
        "delete from intake.touched_sessions",
        "select intake.note_sessions()",
        "select intake.count_rows('log_sessions')",
    ],
)
def test_nobody_else_reads_or_writes_the_record(
    clinic: Connection, role: str, statement: str
) -> None:
    """It says which sessions exist, also of other practitioners; who writes it could hide one."""
    with pytest.raises(errors.InsufficientPrivilege), clinic.transaction():
        clinic.execute(f"set local role {role}".encode())
        clinic.execute(statement.encode())


def test_the_pipeline_reads_and_clears_the_record(clinic: Connection) -> None:
    """It adds nothing: what is in it was written by a trigger."""
    found = clinic.execute(
        "select privilege_type from pg_class, aclexplode(relacl) "
        "where oid = 'intake.touched_sessions'::regclass and grantee = 'journey_pipeline'::regrole "
        "order by 1"
    ).fetchall()
    assert found == [("DELETE",), ("SELECT",)]


def test_the_pipeline_cannot_stop_writes(clinic: Connection) -> None:
    """The record's schema is not the pipeline's: dropping its own ones leaves it."""
    owners = clinic.execute(
        "select nspowner::regrole::text = current_user from pg_namespace where nspname = 'intake'"
    ).fetchone()
    assert owners == (True,)


def test_results_belong_to_the_pipeline(connection: Connection) -> None:
    """Each table of quality is written by who builds."""
    found = connection.execute(
        "select distinct relowner::regrole::text from pg_class "
        "where relnamespace = 'quality'::regnamespace and relkind = 'r'"
    ).fetchall()
    assert found == [("journey_pipeline",)]


def test_rows_are_counted_that_the_pipeline_does_not_see(clinic: Connection) -> None:
    """A policy that hides a practitioner, or is gone, changes no count of any table."""
    sees = "select count(*) from public.{}"
    counts = "select intake.count_rows(%s)"
    for table in ("log_sessions", *(name.removeprefix("public.") for name in TABLES)):
        pipeline = value(
            clinic,
            "select polname from pg_policy where polrelid = %s::regclass"
            " and 'journey_pipeline'::regrole = any(polroles)",
            f"public.{table}",
        )
        for condition, seen in ((f"practitioner_id <> '{BOB}'", 1), (None, 0)):
            clinic.execute(f'drop policy if exists "{pipeline}" on public.{table}'.encode())
            if condition:
                clinic.execute(
                    f'create policy "{pipeline}" on public.{table} for select'
                    f" to journey_pipeline using ({condition})".encode()
                )
            with acting_as(clinic, "journey_pipeline"):
                assert value(clinic, sees.format(table)) == seen
                assert value(clinic, counts, table) == 2
    with pytest.raises(errors.CaseNotFound), acting_as(clinic, "journey_pipeline"):
        clinic.execute(counts, ("users",))
