"""Posture in databases that are in use."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from psycopg import errors

from catalogued import WAY
from checkout import ROOT
from database import Connection
from postures import RULES, found
from wellness_journey.checks import posture
from wellness_journey.database import place, settings
from wellness_journey.database.settings import Target


@pytest.fixture
def in_use(built: str, copy_of: Callable[[str], Target]) -> Iterator[Connection]:
    """As the owner in a database that a run has built; rolled back at the end."""
    with settings.connect(copy_of(built)) as connection:
        yield connection
        connection.rollback()


def test_after_a_run_there_is_no_finding(in_use: Connection) -> None:
    """All that dbt builds is ours."""
    assert found(in_use) == {}


@pytest.mark.parametrize(
    ("statement", "rule_id"),
    [
        ("grant select on marts.dim_sessions to journey_analyst", "PO-708"),
        ("grant select on staging.stg_pulse_checks to public", "PO-708"),
        ("grant select (mean) on published.rpt_pulse_trends_by_day to anon", "PO-708"),
        ("grant delete on published.rpt_review_flags to journey_restricted", "PO-708"),
        ("revoke select on published.rpt_review_flags from journey_analyst", "PO-708"),
        ("alter table marts.dim_sessions owner to journey_restricted", "PO-707"),
        ("alter view staging.stg_sessions owner to postgres", "PO-707"),
        ("create policy x on marts.dim_sessions using (true)", "PO-701"),
        ("alter table published.rpt_review_flags enable row level security", "PO-700"),
        ("create rule x as on delete to published.rpt_review_flags do instead nothing", "PO-702"),
        ("create table marts.older () inherits (marts.dim_sessions)", "PO-704"),
        ("create view published.notes as select notes from public.log_pulse_checks", "PO-713"),
        ("create publication x for table marts.dim_sessions", "PO-712"),
        ("create publication x for tables in schema published", "PO-712"),
    ],
)
def test_what_dbt_built_is_looked_at(in_use: Connection, statement: str, rule_id: str) -> None:
    """Rights, owners and whatever hangs on a table; its columns are the contract's."""
    in_use.execute(statement.encode())
    assert rule_id in found(in_use)


def test_a_dump_that_is_restored_has_no_finding(
    built: str, copy_of: Callable[[str], Target]
) -> None:
    """pg_dump, then psql."""
    source, target = copy_of(built), copy_of("template0")
    server = (f"--host={source.host}", f"--port={source.port}", f"--username={source.user}")
    dumped = subprocess.run(
        [place.installed() / "pg_dump", *server, source.database], check=True, capture_output=True
    )
    psql = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction")
    subprocess.run(
        [place.installed() / "psql", *psql, *server, target.database],
        input=dumped.stdout,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    with settings.connect(target) as connection:
        assert found(connection) == {}


def test_the_login_that_checks_is_known(migrated: str, copy_of: Callable[[str], Target]) -> None:
    """The least that runs `journey check`: a member of the pipeline's role, and nothing else."""
    target = copy_of(migrated)
    with settings.connect(target, autocommit=True) as connection:
        connection.execute("create role nightly_of_posture login in role journey_pipeline")
        try:
            login = replace(target, user="nightly_of_posture")
            with settings.connect(login, role=settings.PIPELINE_ROLE, autocommit=True) as least:
                results = posture.compare(least, ROOT, RULES, WAY)
            assert {one.status for one in results} == {"pass"}
            connection.execute("begin")
            assert found(connection).keys() == {"PO-715"}
            connection.execute("rollback")
        finally:
            connection.execute("drop role nightly_of_posture")


def test_without_a_ledger_nothing_of_it_is_missed(connection: Connection) -> None:
    """Migrated in an SQL editor."""
    connection.execute("drop schema journey_ledger cascade")
    assert found(connection) == {}


def test_a_session_without_triggers_is_seen(connection: Connection) -> None:
    """As when the whole server is set to be a replica."""
    connection.execute("set local session_replication_role = replica")
    (told,) = found(connection)["PO-702"]
    assert told.startswith("setting session_replication_role for the server")


def test_a_catalogue_that_cannot_be_read_is_an_error(connection: Connection) -> None:
    """Told with its SQLSTATE; never taken for a pass."""
    with pytest.raises(errors.UndefinedTable):
        connection.execute("select from nowhere")
    results = posture.compare(connection, ROOT, RULES, WAY)
    assert {one.status for one in results} == {"error"}
    connection.rollback()
