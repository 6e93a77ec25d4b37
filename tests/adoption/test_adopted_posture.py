"""The security of an adopted database: what is found, what is the clinic's own affair."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import other_shape
from adopted import adopted, project
from catalogued import LISTS, RULES
from checkout import ROOT
from database import Connection
from wellness_journey.adoption import contract, record
from wellness_journey.checks import posture
from wellness_journey.checks.way import Way
from wellness_journey.database import settings
from wellness_journey.database.settings import Target


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that reads the schema wellness."""
    folder = tmp_path_factory.mktemp("posture")
    return project(folder, {"input_schema": other_shape.SCHEMA}).root


@pytest.fixture(scope="module")
def template(copy_of: Callable[[str], Target], root: Path) -> str:
    """Name of an adopted database, to be copied."""
    target = copy_of("template0")
    with settings.connect(target, autocommit=True) as connection:
        other_shape.make(connection)
    adopted(target, root, other_shape.SCHEMA)
    return target.database


@pytest.fixture
def clinic(template: str, copy_of: Callable[[str], Target]) -> Iterator[Connection]:
    """An adopted database, rolled back at the end: roles belong to the server."""
    with settings.connect(copy_of(template)) as connection:
        connection.execute("select")
        yield connection
        connection.rollback()


def found(connection: Connection) -> dict[str, tuple[str, ...]]:
    """The findings, by rule."""
    way = Way(contract.read(ROOT), LISTS, record.read(connection))
    results = posture.compare(connection, ROOT, RULES, way)
    assert {one.status for one in results} <= {"pass", "warn", "fail", "not_applicable"}
    return {one.rule_id: one.places for one in results if one.failing}


def test_an_adopted_database_has_no_finding(clinic: Connection) -> None:
    """Though the clinic has tables, views, functions and rights of its own."""
    clinic.execute(
        "create role nb_reader nologin; grant usage on schema app to nb_reader;"
        " grant select on all tables in schema app to nb_reader;"
        " create function public.get_integration_milestones(text) returns bigint language sql"
        " as 'select count(*) from app.visits';"
        " create policy own on app.checkins using (true);"
        " alter table app.dosings enable row level security"
    )
    assert found(clinic) == {}


def test_what_a_view_reads_is_meant_to_be_read(clinic: Connection) -> None:
    """Where it reads as its caller, the pipeline's role needs rights on the tables below."""
    clinic.execute(
        "alter view wellness.log_pulse_checks set (security_invoker = true);"
        " grant usage on schema app to journey_pipeline;"
        " grant select on app.checkins to journey_pipeline"
    )
    assert found(clinic) == {}


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("alter table intake.log_pulse_checks disable trigger note_insert", "PO-702"),
        ("drop trigger note_update on intake.log_sessions", "PO-702"),
        (
            "create or replace function intake.note_sessions() returns trigger language plpgsql"
            " security definer set search_path = pg_catalog, pg_temp as 'begin return null; end'",
            "PO-703",
        ),
        ("alter function intake.note_sessions() reset search_path", "PO-703"),
        ("alter table quality.runs add column remark text", "PO-704"),
        ("grant select on intake.keys to journey_analyst", "PO-708"),
        ("grant select on intake.log_pulse_checks to public", "PO-708"),
        ("grant usage on schema intake to public", "PO-708"),
        ("alter role journey_analyst login", "PO-709"),
        ("grant journey_pipeline to journey_analyst", "PO-710"),
        ("create table intake.notes as select note from app.checkins", "PO-713"),
        (
            "create schema extra; create view extra.notes as select note from app.checkins;"
            " grant usage on schema extra to journey_analyst;"
            " grant select on extra.notes to journey_analyst",
            "PO-713",
        ),
        (
            "create schema open; grant usage on schema open to public;"
            " create function open.notes() returns setof text language sql security definer"
            " as 'select note from app.checkins'",
            "PO-714",
        ),
        ("create role dump login; grant pg_read_all_data to dump", "PO-715"),
    ],
)
def test_a_fault_is_found(clinic: Connection, fault: str, rule: str) -> None:
    """By the rule that names its kind, and by no other but what follows from it."""
    clinic.execute(fault.encode())
    assert rule in found(clinic)
