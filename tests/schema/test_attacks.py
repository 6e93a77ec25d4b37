"""Shadows, settings, claims of a caller, as it could make them (S01, S03)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress

import psycopg
import pytest
from psycopg import errors

import shadows
from actors import A, B, Clinic, running
from database import Connection
from rows import ALICE, day
from wellness_journey.database.settings import Target

ANSWERS = (
    "select * from public.calculate_compliance_score(%(session_id)s, 7)",
    "select * from public.get_integration_milestones(%(session_id)s)",
    "select * from public.get_behavioral_changes_summary(%(session_id)s)",
)
CALLS = (
    *ANSWERS,
    """
    insert into public.log_pulse_checks
        (session_id, patient_id, practitioner_id, check_date, mood_level, notes)
    values (%(session_id)s, %(patient_id)s, %(practitioner_id)s, %(day)s, 3, 'calm')
    """,
    """
    insert into public.log_behavioral_changes
        (session_id, patient_id, practitioner_id, change_date, change_type, change_description)
    values (%(session_id)s, %(patient_id)s, %(practitioner_id)s, %(day)s, 'HABIT', 'reads')
    """,
    """
    insert into public.log_integration_sessions
        (session_id, patient_id, practitioner_id, session_date, session_number, session_type)
    values (%(session_id)s, %(patient_id)s, %(practitioner_id)s, %(day)s, 1, 'FOLLOW_UP_CALL')
    """,
    "update public.log_integration_sessions set completed = true",
)
PATHS = ("public", "pg_temp, public, pg_catalog", "hostile, pg_temp, public, pg_catalog")
# Our functions, and what puts back the path that each had.
OURS = """
    select oid::regprocedure::text, coalesce(
        (
            select 'set search_path = ' || split_part(setting, '=', 2)
            from unnest(proconfig) as setting where setting like 'search_path=%'
        ),
        'reset search_path'
    )
    from pg_proc where pronamespace in ('public'::regnamespace, 'auth'::regnamespace)
"""


@pytest.fixture(scope="module")
def clinic(embedded: Target) -> Iterator[Clinic]:
    """Two practitioners' rows, and a practitioner's login that may even make a schema."""
    with running(embedded) as clinic:
        superuser = clinic.connect()
        superuser.execute(
            f"create schema hostile authorization {clinic.logins['attacker']}".encode()
        )
        superuser.execute("grant usage on schema hostile to public")
        yield clinic


@pytest.fixture
def attacker(clinic: Clinic) -> Iterator[Connection]:
    """A fresh connection of practitioner A, a member of authenticated only; rolled back."""
    with clinic.attacking() as connection:
        yield connection


def victims(connection: Connection) -> tuple[list[str], Callable[[], set[str]]]:
    """The notices of a connection, and who but its own login ran a trap."""
    notices: list[str] = []
    connection.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
    login = connection.info.user

    def trapped() -> set[str]:
        said = [notice.split() for notice in notices if notice.startswith("trapped")]
        return {words[1] for words in said} - {login}

    return notices, trapped


@pytest.mark.parametrize("kind", shadows.KINDS)
@pytest.mark.parametrize("path", PATHS)
def test_shadows_never_run_as_the_owner(
    attacker: Connection, clinic: Clinic, kind: str, path: str
) -> None:
    """S01: relations, types, functions and operators of a caller run as nobody else, nor matter."""
    with clinic.connect().transaction(force_rollback=True):
        clinic.connect().execute("set local role service_role")
        expected = [clinic.connect().execute(call.encode(), A.owner).fetchall() for call in ANSWERS]
    shadows.make(attacker, kind)
    attacker.execute(f"set local search_path = {path}".encode())
    notices, trapped = victims(attacker)
    found = [attacker.execute(call.encode(), A.owner).fetchall() for call in ANSWERS]
    for call in CALLS:
        attacker.execute(call.encode(), {**A.owner, "day": day(1)})
    assert found == expected
    assert trapped() == set(), notices


@pytest.mark.parametrize(
    ("kind", "pin"),
    [
        *[(kind, "reset search_path") for kind in shadows.KINDS],
        ("relations", "set search_path = ''"),
        ("types", "set search_path = ''"),
        ("relations", "set search_path = public"),
        ("types", "set search_path = public"),
    ],
)
def test_the_shadows_would_bite(attacker: Connection, clinic: Clinic, kind: str, pin: str) -> None:
    """S01: with no path, an empty one or only public, the owner falls into these very traps."""
    superuser = clinic.connect()
    ours = superuser.execute(OURS).fetchall()
    try:
        for function, _ in ours:
            superuser.execute(f"alter function {function} {pin}".encode())
        shadows.make(attacker, kind)
        attacker.execute(f"set local search_path = {PATHS[-1]}".encode())
        _, trapped = victims(attacker)
        for call in CALLS:
            with suppress(psycopg.Error), attacker.transaction():
                attacker.execute(call.encode(), {**A.owner, "day": day(1)})
        assert trapped() == {clinic.owner}
    finally:
        for function, path in ours:
            superuser.execute(f"alter function {function} {path}".encode())


@pytest.mark.parametrize("kind", shadows.KINDS)
def test_every_name_that_our_functions_use_is_shadowed(attacker: Connection, kind: str) -> None:
    """S01: whatever a body names (relation, type, function, operator) has its shadow."""
    used = shadows.names(attacker, kind, "pg_catalog", "public")
    # Our own are called by their schema, which no caller can write to.
    ours = shadows.names(attacker, kind, "public") if kind == "functions" else set()
    shadows.make(attacker, kind)
    at_least = {
        "relations": {"log_sessions", "log_pulse_checks", "pg_class"},
        "types": {"date", "uuid", "int4", "numeric", "text", "name", "varchar", "jsonb"},
        "functions": {"count", "round", "ceil", "now", "isfinite", "pg_has_role", "array_agg"},
        "operators": {"=", "-", "+", "*", "/", "<", ">", "~", "||", "->>"},
    }
    assert at_least[kind] <= used
    assert used - ours - shadows.names(attacker, kind, "hostile") == set()


def test_the_trap_is_a_trap(attacker: Connection) -> None:
    """A type shadow runs as whoever casts to it, so a caller's own cast is told."""
    shadows.make(attacker, "types")
    notices, _ = victims(attacker)
    attacker.execute("select '2025-03-01'::pg_temp.date")
    assert notices == [f"trapped {attacker.info.user} through date"]


# Settings and roles --------------------------------------------------------------------------

HARMLESS = (
    "row_security = off",
    "timezone = 'Pacific/Auckland'",
    "datestyle = 'German'",
    "intervalstyle = 'iso_8601'",
    "default_transaction_isolation = 'serializable'",
    "default_transaction_read_only = on",
    "transform_null_equals = on",
    "array_nulls = off",
    "bytea_output = 'escape'",
    "standard_conforming_strings = off",
    "escape_string_warning = off",
    "quote_all_identifiers = on",
    "check_function_bodies = off",
    "plpgsql.extra_errors = 'all'",
    "plan_cache_mode = 'force_generic_plan'",
    "enable_indexscan = off",
    "client_min_messages = 'debug5'",
    "request.jwt.claim.role = 'service_role'",
    "request.role = 'service_role'",
    "search_path = ''",
)


@pytest.mark.parametrize("setting", HARMLESS)
def test_hostile_settings_change_nothing(clinic: Clinic, setting: str) -> None:
    """S01: a caller's settings, made before the first call, do not reach into the functions."""
    with clinic.attacking(autocommit=True) as attacker:
        plain = [attacker.execute(call.encode(), A.owner).fetchall() for call in ANSWERS]
    with clinic.attacking(autocommit=True) as attacker:
        attacker.execute(f"set {setting}".encode())
        found = [attacker.execute(call.encode(), A.owner).fetchall() for call in ANSWERS]
        assert found == plain
        for call in ANSWERS:
            with pytest.raises(errors.InsufficientPrivilege, match="session not found"):
                attacker.execute(call.encode(), B.owner)
        with suppress(errors.InsufficientPrivilege):  # row_security = off: an error, not rows
            rows = attacker.execute("select practitioner_id from public.log_pulse_checks")
            assert set(rows.fetchall()) == {(ALICE,)}


def test_no_setting_lets_an_identifier_in(clinic: Clinic) -> None:
    """S12: where a setting changes how patterns are read, the guard refuses rather than passes."""
    with clinic.attacking(autocommit=True) as attacker:
        attacker.execute("set standard_conforming_strings = off")
        for note in ("MRN 0045821", "jd@example.org", "078-05-1120", "call 555-867-5309"):
            with pytest.raises((errors.CheckViolation, errors.InvalidRegularExpression)):
                A.pulse_check(attacker, notes=note)


@pytest.mark.parametrize(
    "order",
    [
        "set session_replication_role = replica",
        "select set_config('session_replication_role', 'replica', true)",
        "set allow_system_table_mods = on",
        "set plpgsql.variable_conflict = 'use_column'",
        "set log_statement = 'none'",
        "set role service_role",
        "set role journey_pipeline",
        "set role {owner}",
        "select set_config('role', 'service_role', true)",
        "set session authorization {owner}",
        "alter role {login} superuser",
        "alter role {login} bypassrls",
        "alter role {login} set session_replication_role = replica",
        "grant service_role to {login}",
        "create function pg_temp.f() returns int language sql "
        "set role = service_role as 'select 1'",
        "create function pg_temp.g() returns int language sql "
        "set session_replication_role = replica as 'select 1'",
    ],
)
def test_roles_and_superusers_settings_are_refused(
    attacker: Connection, clinic: Clinic, order: str
) -> None:
    """S03, S06: nobody of the API becomes another role, or turns triggers off as a replica."""
    order = order.format(owner=clinic.owner, login=clinic.logins["attacker"])
    if order == "set plpgsql.variable_conflict = 'use_column'":
        attacker.execute("do $$ begin end $$")  # the setting is known once plpgsql is loaded
    with pytest.raises(errors.InsufficientPrivilege):
        attacker.execute(order.encode())
        if "pg_temp.f" in order:
            attacker.execute("select pg_temp.f()")


def test_forged_roles_are_refused(attacker: Connection) -> None:
    """S03: a claim of service_role, in either way of telling claims, gives no foreign session."""
    for setting, claim in (
        ("request.jwt.claims", json.dumps({"sub": str(ALICE), "role": "service_role"})),
        ("request.jwt.claim.role", "service_role"),
        ("request.jwt.claim.is_superuser", "true"),
    ):
        attacker.execute("select set_config(%s, %s, true)", (setting, claim))
        for call in ANSWERS:
            with (
                pytest.raises(errors.InsufficientPrivilege, match="session not found"),
                attacker.transaction(),
            ):
                attacker.execute(call.encode(), B.owner)
