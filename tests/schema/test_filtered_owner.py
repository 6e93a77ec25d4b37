"""Functions of an owner whom row-level security filters say so (S06, S10)."""

from __future__ import annotations

import pytest
from psycopg import errors

from database import Connection
from rows import ALICE, Session, acting_as
from tables import MILESTONES, SUMMARY, column_of, each_table, write


@pytest.fixture
def plain_owner(connection: Connection) -> Connection:
    """Tables and functions belong to a role that row-level security filters once it is forced."""
    connection.execute("create role plain_owner nologin")
    connection.execute("grant usage on schema auth to plain_owner")
    for kind, query in {
        "function": "select oid::regprocedure::text from pg_proc "
        "where pronamespace = 'public'::regnamespace",
        "table": "select oid::regclass::text from pg_class "
        "where relnamespace = 'public'::regnamespace and relkind = 'r'",
    }.items():
        for name in column_of(connection, query):
            connection.execute(f"alter {kind} {name} owner to plain_owner".encode())
    return connection


@pytest.mark.parametrize(
    ("forced", "call"),
    [
        ("log_pulse_checks", "select * from public.calculate_compliance_score(%s)"),
        ("log_integration_sessions", MILESTONES),
        ("log_behavioral_changes", SUMMARY),
        ("log_sessions", MILESTONES),
    ],
)
def test_a_function_that_is_filtered_says_so(
    plain_owner: Connection, forced: str, call: str
) -> None:
    """S10: under FORCE ROW LEVEL SECURITY it would else count 0 in silence."""
    session = Session().create(plain_owner)
    with acting_as(plain_owner, "authenticated", ALICE):
        plain_owner.execute(call.encode(), (session.session_id,))
    plain_owner.execute(f"alter table public.{forced} force row level security".encode())
    with (
        pytest.raises(errors.InsufficientPrivilege, match="row-level security"),
        acting_as(plain_owner, "authenticated", ALICE),
    ):
        plain_owner.execute(call.encode(), (session.session_id,))


@each_table
def test_a_guard_that_is_filtered_says_so(plain_owner: Connection, table: str) -> None:
    """S06, S10: it would else hold every session for unknown, and let every row be deleted."""
    session = Session().create(plain_owner)
    write(plain_owner, table, session)
    plain_owner.execute("alter table public.log_sessions force row level security")
    filtered = pytest.raises(errors.InsufficientPrivilege, match="row-level security")
    with filtered, acting_as(plain_owner, "authenticated", ALICE):
        write(plain_owner, table, session)
    with filtered, acting_as(plain_owner, "plain_owner"):
        plain_owner.execute(f"delete from public.{table}".encode())


def test_a_count_of_rows_that_is_filtered_says_so(plain_owner: Connection) -> None:
    """S10: it would else agree with a pipeline that sees as few rows."""
    plain_owner.execute("alter function intake.count_rows(text) owner to plain_owner")
    count = "select intake.count_rows('log_pulse_checks')"
    with acting_as(plain_owner, "journey_pipeline"):
        plain_owner.execute(count)
    plain_owner.execute("alter table public.log_pulse_checks force row level security")
    with (
        pytest.raises(errors.InsufficientPrivilege, match="row-level security"),
        acting_as(plain_owner, "journey_pipeline"),
    ):
        plain_owner.execute(count)
