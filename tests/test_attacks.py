"""Known-defect S01: shadows made by a caller before the first call never run as the owner."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from psycopg import errors

from rows import ALICE, BOB, Connection, Session, day

# The code that an attacker wants to run as the owner: it leaves a trace of who ran it.
TRAP = """
create temporary table traces (by_user text, through text);
grant all on traces to public;
create function pg_temp.trap(p_through text) returns boolean language plpgsql as $$
begin
    insert into pg_temp.traces values (current_user, p_through);
    return true;
end $$;
"""
SHADOWS = {
    "views": """
        create temporary view log_sessions as
            select s.*, pg_temp.trap('log_sessions') from public.log_sessions as s;
        create temporary view log_pulse_checks as
            select p.*, pg_temp.trap('log_pulse_checks') from public.log_pulse_checks as p;
        create temporary view log_integration_sessions as
            select i.*, pg_temp.trap('log_integration_sessions')
            from public.log_integration_sessions as i;
        create temporary view log_behavioral_changes as
            select c.*, pg_temp.trap('log_behavioral_changes')
            from public.log_behavioral_changes as c;
        create temporary view pg_class as
            select c.*, pg_temp.trap('pg_class') from pg_catalog.pg_class as c;
    """,
    "types": """
        create domain pg_temp.date as pg_catalog.date check (pg_temp.trap('date'));
        create domain pg_temp.int4 as pg_catalog.int4 check (pg_temp.trap('int4'));
        create domain pg_temp.int8 as pg_catalog.int8 check (pg_temp.trap('int8'));
        create domain pg_temp.numeric as pg_catalog.numeric check (pg_temp.trap('numeric'));
        create domain pg_temp.text as pg_catalog.text check (pg_temp.trap('text'));
        create domain pg_temp.uuid as pg_catalog.uuid check (pg_temp.trap('uuid'));
        create domain pg_temp.name as pg_catalog.name check (pg_temp.trap('name'));
        create domain pg_temp.bool as pg_catalog.bool check (pg_temp.trap('bool'));
        create domain pg_temp.varchar as pg_catalog.varchar check (pg_temp.trap('varchar'));
    """,
    "functions": """
        create function pg_temp.count(pg_catalog.date) returns int8 language sql
            as $$ select case when pg_temp.trap('count') then 0 end $$;
        create function pg_temp.round(pg_catalog.numeric, int4) returns pg_catalog.numeric
            language sql as $$ select case when pg_temp.trap('round') then 0 end $$;
        create function pg_temp.ceil(pg_catalog.numeric) returns pg_catalog.numeric
            language sql as $$ select case when pg_temp.trap('ceil') then 0 end $$;
        create function pg_temp.now() returns timestamptz language sql
            as $$ select case when pg_temp.trap('now') then pg_catalog.now() end $$;
        create function pg_temp.isfinite(pg_catalog.date) returns boolean language sql
            as $$ select pg_temp.trap('isfinite') $$;
        create function pg_temp.pg_has_role(pg_catalog.name, oid, pg_catalog.text)
            returns boolean language sql as $$ select pg_temp.trap('pg_has_role') $$;
    """,
    "operators": """
        create function pg_temp.same(pg_catalog.uuid, pg_catalog.uuid) returns boolean
            language sql as $$ select pg_temp.trap('=') $$;
        create operator pg_temp.= (leftarg = pg_catalog.uuid, rightarg = pg_catalog.uuid,
            function = pg_temp.same);
        create function pg_temp.minus(pg_catalog.date, pg_catalog.date) returns int4
            language sql as $$ select case when pg_temp.trap('-') then 0 end $$;
        create operator pg_temp.- (leftarg = pg_catalog.date, rightarg = pg_catalog.date,
            function = pg_temp.minus);
    """,
}
CALLS = (
    "select * from public.calculate_compliance_score(%(session_id)s, 7)",
    "select * from public.get_integration_milestones(%(session_id)s)",
    "select * from public.get_behavioral_changes_summary(%(session_id)s)",
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


@pytest.fixture
def attacker(
    database: Connection, log_in: Callable[[str], Connection]
) -> Iterator[tuple[Connection, Session]]:
    """A fresh connection of a practitioner who may make temporary objects, and a session."""
    session = Session().create(database)
    session.pulse_check(database)
    session.integration_session(database, "PHQ9_ASSESSMENT", completed=True, phq9_score=3)
    session.change(database)
    Session(2, BOB).create(database)
    with log_in("authenticated") as login:
        claims = json.dumps({"sub": str(ALICE)})
        login.execute("select set_config('request.jwt.claims', %s, false)", (claims,))
        login.execute(TRAP)
        yield login, session


@pytest.mark.parametrize("kind", SHADOWS)
@pytest.mark.parametrize("path", ["public", "pg_temp, public, pg_catalog"])
def test_shadows_never_run_as_the_owner(
    attacker: tuple[Connection, Session], kind: str, path: str
) -> None:
    """S01: temporary views, types, functions and operators of a caller stay the caller's."""
    login, session = attacker
    login.execute(SHADOWS[kind].encode())
    login.execute(f"set search_path = {path}".encode())
    for call in CALLS:
        # The caller may well have broken its own statement, with its own operators and types.
        with suppress(errors.AmbiguousFunction, errors.CheckViolation):
            login.execute(call.encode(), {**session.owner, "day": day(1)})
    login.execute("set search_path = public")
    traced = login.execute(
        "select distinct by_user::pg_catalog.text from pg_temp.traces "
        "where by_user operator(pg_catalog.<>) current_user"
    ).fetchall()
    assert traced == []


def test_the_trap_works(database: Connection) -> None:
    """A function that pins nothing falls into this trap: so it would be seen."""
    database.execute(TRAP)
    database.execute(SHADOWS["views"])
    database.execute(
        "create function public.careless() returns bigint language plpgsql security definer "
        "set search_path = public as $$ begin return (select count(trap) from log_sessions); end $$"
    )
    Session().create(database)
    assert database.execute("select public.careless()").fetchone() == (1,)
    assert database.execute("select through from pg_temp.traces").fetchall() == [("log_sessions",)]


def test_hostile_settings_change_nothing(attacker: tuple[Connection, Session]) -> None:
    """S01: row_security, time zone and the like of a caller do not reach into the functions."""
    login, session = attacker
    for setting in ("row_security = off", "timezone = 'Pacific/Auckland'", "datestyle = 'German'"):
        login.execute(f"set {setting}".encode())
    row = login.execute(CALLS[0].encode(), session.owner).fetchone()
    assert row is not None
    assert row[0] == 1
    with pytest.raises(errors.InsufficientPrivilege):
        login.execute(CALLS[0].encode(), Session(2, BOB).owner)


def test_forged_roles_are_refused(attacker: tuple[Connection, Session]) -> None:
    """S03: neither a claim of service_role nor a setting gives a foreign session."""
    login, _ = attacker
    login.execute(
        "select set_config('request.jwt.claims', %s, false)",
        (json.dumps({"sub": str(ALICE), "role": "service_role"}),),
    )
    with pytest.raises(errors.InsufficientPrivilege, match="session not found"):
        login.execute(CALLS[0].encode(), Session(2, BOB).owner)
    with pytest.raises(errors.InsufficientPrivilege):
        login.execute("set role service_role")
