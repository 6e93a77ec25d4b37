"""Posture in a database of an application: Supabase's own is left out, the clinic's is told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from checkout import ROOT
from database import Connection, throwaway
from postures import found
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target

# As on Supabase: its roles, schemas, default privileges; an application with tables of its own.
# Nobody who migrates is a superuser there.
SUPABASE = """
create role supabase_admin superuser;
create role supabase_storage_admin noinherit;
create role dashboard_user createdb createrole replication;
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit in role anon, authenticated, service_role;
create role clinic login createrole createdb bypassrls;
grant anon, authenticated, service_role to clinic with admin option;
create schema auth authorization supabase_admin;
create schema storage authorization supabase_storage_admin;
create schema extensions authorization supabase_admin;
create schema realtime authorization supabase_admin;
set role supabase_admin;
create table auth.users (id uuid primary key, email text);
create function auth.uid() returns uuid language sql stable as $$
    select (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid
$$;
create function extensions.crypt(text) returns text language sql as 'select $1';
create table realtime.messages (payload jsonb);
reset role;
set role supabase_storage_admin;
create table storage.objects (name text);
grant all on storage.objects to anon, authenticated;
reset role;
grant usage on schema auth, storage, extensions, realtime, public
to anon, authenticated, service_role, clinic;
grant references, select on auth.users to clinic;
grant create on schema public to clinic;
alter default privileges for role supabase_admin in schema public
grant all on tables to anon, authenticated, service_role;
create publication supabase_realtime;
set role clinic;
create table public.log_sessions (
    session_id uuid primary key default gen_random_uuid(),
    practitioner_id uuid not null references auth.users (id),
    patient_id uuid not null,
    session_date timestamptz not null,
    substance text,
    created_at timestamptz not null default now()
);
alter table public.log_sessions enable row level security;
create policy "Practitioners" on public.log_sessions to authenticated
using (auth.uid() = practitioner_id);
create index sessions_of_a_day on public.log_sessions (session_date);
grant all on public.log_sessions to authenticated, service_role;
create table public.appointments (id integer);
alter table public.appointments enable row level security;
grant all on public.appointments to anon, authenticated, service_role;
reset role
"""
OF_THE_CLINIC = {
    'policy "Practitioners" on public.log_sessions',
    "table public.appointments",
}


@pytest.fixture(scope="module")
def clinic() -> Iterator[Target]:
    """The owner of the tables, in a database of its own on a server of its own."""
    with throwaway() as server:
        target = replace(server, database="clinic")
        with settings.connect(server, autocommit=True) as connection:
            connection.execute("create database clinic template template0")
        with settings.connect(target, autocommit=True) as connection:
            connection.execute(SUPABASE)
            connection.execute("grant create on database clinic to clinic")
        owner = replace(target, user="clinic")
        with settings.connect(owner, autocommit=True) as connection:
            migrate.migrate(connection, ROOT / "migrations", with_prerequisites=False)
        yield target


@pytest.fixture
def connection(clinic: Target) -> Iterator[Connection]:
    with settings.connect(clinic) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout whose allow-list has what the application brought."""
    shutil.copytree(ROOT / "expectations", tmp_path / "expectations")
    lines = "".join(f"'{name}': The application's own.\n" for name in OF_THE_CLINIC)
    (tmp_path / "expectations" / "posture" / "allowed.yml").write_text(lines)
    return tmp_path


def named(connection: Connection, root: Path) -> dict[str, set[str]]:
    """The names of what is found, by rule."""
    return {
        rule_id: {place.partition(": ")[0] for place in places}
        for rule_id, places in found(connection, root).items()
    }


def test_only_what_the_application_brought_is_told(connection: Connection) -> None:
    """Its policy and its table; not what log_sessions is made of, and nothing of Supabase's."""
    told = named(connection, ROOT)
    assert {name for names in told.values() for name in names} == OF_THE_CLINIC
    assert told.keys() == {"PO-701", "PO-713"}


def test_with_an_allow_list_there_is_no_finding(connection: Connection, root: Path) -> None:
    """The owner has another name here, and is no superuser."""
    assert found(connection, root) == {}


@pytest.mark.parametrize(
    ("statement", "rule_id"),
    [
        ("alter table public.log_sessions disable row level security", "PO-700"),
        ("create policy x on public.log_sessions to authenticated using (true)", "PO-701"),
        ("alter table public.log_sessions enable trigger note_insert", "PO-702"),
        ('drop policy "Pipeline can view all sessions" on public.log_sessions', "PO-701"),
        ("grant select on public.log_sessions to anon", "PO-708"),
        ("grant select on public.log_sessions to journey_analyst", "PO-708"),
        (
            "create table storage.notes as select notes from public.log_pulse_checks; "
            "grant select on storage.notes to anon",
            "PO-713",
        ),
        (
            "create function extensions.notes() returns setof text language sql security definer "
            "as 'select notes from public.log_pulse_checks'",
            "PO-714",
        ),
        (
            "create table public.copy as select * from public.log_sessions; "
            "grant select on public.copy to anon",
            "PO-713",
        ),
        ("alter publication supabase_realtime add table public.log_pulse_checks", "PO-712"),
        (
            "alter default privileges for role clinic in schema public "
            "grant select on tables to anon",
            "PO-711",
        ),
        ("create role jane login in role journey_restricted", "PO-715"),
        ("alter table public.log_pulse_checks owner to supabase_admin", "PO-707"),
    ],
)
def test_what_is_changed_there_is_told(
    connection: Connection, root: Path, statement: str, rule_id: str
) -> None:
    """As in any other database."""
    connection.execute(statement.encode())
    assert found(connection, root).keys() >= {rule_id}
