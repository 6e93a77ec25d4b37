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
from supabase_like import APPLICATION, PLATFORM
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target

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
            connection.execute(PLATFORM + APPLICATION)
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
