"""A clinic's own tables on Supabase, whose owner is no superuser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import other_shape
from adopted import adopted, project, take_in
from builds import NO_TESTS, build
from catalogued import LISTS, RULES
from checkout import ROOT
from database import Connection, throwaway
from nightly import in_nightly
from supabase_like import PLATFORM
from wellness_journey.adoption import contract, record
from wellness_journey.checks import posture
from wellness_journey.checks.way import Way
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

ROWS = """
insert into app.dosings values (1, 10, 'T1', '2025-12-01', '2025-12-01 10:00+00');
insert into app.checkins values
(1, 1, 10, 'T1', '2025-12-02', 3, 4, 3, 4, null, '2025-12-02 10:00+00')
"""
# What an application on Supabase does with its own schema.
OPEN_TO_THE_API = """
grant usage on schema app to anon, authenticated, service_role;
grant all on all tables in schema app to authenticated, service_role;
alter default privileges in schema app grant all on tables to authenticated, service_role
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that reads the schema wellness."""
    folder = tmp_path_factory.mktemp("supabase")
    return project(folder, {"input_schema": other_shape.SCHEMA}).root


@pytest.fixture(scope="module")
def target(root: Path) -> Iterator[Target]:
    """The owner of the tables, in an adopted database on a server of its own."""
    with throwaway() as server:
        with settings.connect(server, autocommit=True) as connection:
            connection.execute("create database clinic template template0")
        with settings.connect(replace(server, database="clinic"), autocommit=True) as connection:
            connection.execute(PLATFORM)
            connection.execute("grant create on database clinic to clinic")
        owner = replace(server, database="clinic", user="clinic")
        with settings.connect(owner, autocommit=True) as connection:
            other_shape.make(connection)
            connection.execute(OPEN_TO_THE_API)
            connection.execute(ROWS)
        adopted(owner, root, other_shape.SCHEMA)
        yield owner


@pytest.fixture
def connection(target: Target) -> Iterator[Connection]:
    with settings.connect(target, autocommit=True) as connection:
        yield connection


def test_the_intake_works_for_an_owner_without_superuser(connection: Connection) -> None:
    take_in(connection)
    rows = connection.execute("select check_date::text from intake.log_pulse_checks").fetchall()
    assert rows == [("2025-12-02",)]


def test_roles_of_the_api_reach_nothing_of_ours(connection: Connection) -> None:
    """What the clinic opened is its own affair; our schemas stay closed to its API."""
    reached = connection.execute(
        "select r.rolname::text, n.nspname::text from pg_roles as r cross join pg_namespace as n"
        " where r.rolname = any('{anon,authenticated,service_role}'::text[]) and n.nspname ="
        " any('{intake,staging,intermediate,marts,published,quality,wellness}'::text[])"
        " and has_schema_privilege(r.oid, n.oid, 'usage')"
    ).fetchall()
    assert reached == []


def test_posture_finds_nothing(connection: Connection) -> None:
    """Neither of the platform nor of what the clinic did in its own schema."""
    way = Way(contract.read(ROOT), LISTS, record.read(connection))
    found = {
        one.rule_id: one.places
        for one in posture.compare(connection, ROOT, RULES, way)
        if one.failing
    }
    assert found == {}


@in_nightly
def test_the_models_are_built_by_that_owner(target: Target, root: Path) -> None:
    """All of them."""
    assert build(target, SEED_AS_OF, *NO_TESTS, root=root).not_built == ()
