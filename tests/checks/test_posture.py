"""Posture: what is on no database of ours by itself, and what is on one that is in use."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import errors

from checkout import ROOT
from database import Connection
from wellness_journey.checks import posture
from wellness_journey.checks.posture import names
from wellness_journey.checks.results import CheckResult
from wellness_journey.database import place, settings
from wellness_journey.database.settings import Target
from wellness_journey.rules import catalogue

RULES = catalogue.read(ROOT / catalogue.FILE)


def found(connection: Connection, root: Path = ROOT) -> dict[str, tuple[str, ...]]:
    """What is found, by rule; seen by the pipeline's role."""
    connection.execute("set local role journey_pipeline")
    results = posture.compare(connection, root, RULES)
    connection.execute("reset role")
    return {one.rule_id: one.places for one in results if one.status != "pass"}


def query_of(connection: Connection, rule_id: str) -> str:
    (one,) = (one for one in posture.compare(connection, ROOT, RULES) if one.rule_id == rule_id)
    assert one.query
    return one.query


@pytest.fixture
def in_use(built: str, copy_of: Callable[[str], Target]) -> Iterator[Connection]:
    """As the owner in a database that a run has built; rolled back at the end."""
    with settings.connect(copy_of(built)) as connection:
        yield connection
        connection.rollback()


# A database in use -------------------------------------------------------------------------------


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
                results = posture.compare(least, ROOT, RULES)
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


# The allow-list ----------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The expectations of the project, to be changed."""
    shutil.copytree(ROOT / "expectations", tmp_path / "expectations")
    return tmp_path


OWN = """
create schema clinic;
grant usage on schema clinic to authenticated;
create table clinic."Appointments" (id integer);
grant select on clinic."Appointments" to authenticated;
create function public.own(integer) returns integer language sql as 'select 1';
create role data_scientist in role journey_restricted;
create role "Reporting-Tool";
grant select on public.log_pulse_checks to "Reporting-Tool";
create publication replica for all tables;
create index own on public.log_pulse_checks (created_at)
"""
NAMES = (
    'table clinic."Appointments"',
    "routine public.own(integer)",
    "member data_scientist of journey_restricted",
    'rights on table public.log_pulse_checks to "Reporting-Tool"',
    "publication replica",
    "index public.own on public.log_pulse_checks",
)


def allow(root: Path, *listed: str) -> None:
    lines = "".join(f"'{name}': It is the clinic's own.\n" for name in listed)
    (root / "expectations" / "posture" / "allowed.yml").write_text(lines)


def test_what_the_clinic_has_is_allowed_by_its_name(connection: Connection, root: Path) -> None:
    """A name stands before the colon of a finding."""
    connection.execute(OWN)
    told = [place for places in found(connection, root).values() for place in places]
    assert {one.partition(": ")[0] for one in told} == {*NAMES}
    allow(root, *NAMES)
    assert found(connection, root) == {}
    allow(root, *NAMES[1:])
    assert found(connection, root).keys() == {"PO-713"}


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        (
            "grant select on public.log_pulse_checks to anon",
            "rights on table public.log_pulse_checks to anon",
        ),
        (
            "create policy x on public.log_pulse_checks using (true)",
            "policy x on public.log_pulse_checks",
        ),
        (
            "alter table public.log_pulse_checks disable row level security",
            "row-level security of public.log_pulse_checks",
        ),
        ("alter role anon bypassrls", "role anon"),
        ("grant journey_pipeline to anon", "member anon of journey_pipeline"),
        (
            "drop trigger refuse_change on public.log_pulse_checks",
            "trigger refuse_change on public.log_pulse_checks",
        ),
    ],
)
def test_what_guards_the_patients_cannot_be_allowed(
    connection: Connection, root: Path, statement: str, name: str
) -> None:
    """The entry is a finding beside the fault."""
    allow(root, name)
    assert found(connection, root).keys() == {"PO-716"}
    connection.execute(statement.encode())
    told = found(connection, root)
    assert len(told) == 2
    assert "PO-716" in told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("- a list", "expected names as `journey check` tells them"),
        ("table a.b:", "table a.b: expected a reason"),
        ("table a.b: ''", "table a.b: expected a reason"),
        ("a: b\na: c", "line 2: a is there twice"),
        ("a: [", "not YAML"),
    ],
)
def test_a_list_that_cannot_be_read_is_an_error(
    connection: Connection, root: Path, content: str, said: str
) -> None:
    """Of every rule: nobody knows what is allowed."""
    (root / "expectations" / "posture" / "allowed.yml").write_text(content)
    results = posture.compare(connection, root, RULES)
    assert {(one.rule_id, one.status) for one in results} == {
        (rule_id, "error") for rule_id in posture.RULE_IDS
    }
    (problem,) = {one.problem for one in results}
    assert problem is not None
    assert problem.startswith("expectations/posture/allowed.yml: ")
    assert said in problem


def test_a_catalogue_that_cannot_be_read_is_an_error(connection: Connection) -> None:
    """Told with its SQLSTATE; never taken for a pass."""
    with pytest.raises(errors.UndefinedTable):
        connection.execute("select from nowhere")
    results: list[CheckResult] = posture.compare(connection, ROOT, RULES)
    assert {one.status for one in results} == {"error"}
    connection.rollback()


# Names -------------------------------------------------------------------------------------------

EVIL = 'x"\n; drop table public.log_sessions; --\u202e\\\x1b[2J on y to z'


def test_a_name_cannot_break_out_of_what_is_told(connection: Connection) -> None:
    """Line breaks, quotation marks and what moves a cursor; the statement still means that name."""
    quoted = '"' + EVIL.replace('"', '""') + '"'
    connection.execute(f"create role {quoted}; grant select on public.log_sessions to {quoted}")
    (told,) = found(connection)["PO-708"]
    script = query_of(connection, "PO-708")
    assert told.isprintable()
    assert [line[:2] for line in script.splitlines()] == ["--", "re"]
    connection.execute(script.encode())
    assert found(connection) == {}
    assert connection.execute("select to_regclass('public.log_sessions')").fetchone() != (None,)


def test_names_are_taken_apart_whatever_they_hold() -> None:
    """A quoted name may hold the words between two names."""
    assert names.before_on('"a on b" on public."c on d"') == ('"a on b"', 'public."c on d"')
    assert names.before_to('table public."x to y" to "a to b"')[1] == '"a to b"'
    assert names.member('member "a of b" of c') == ('"a of b"', "c")
    assert names.before_on("nothing") == ("nothing", "")


def test_many_findings_are_all_told_and_some_kept(connection: Connection) -> None:
    """What is written into the results has an end."""
    for number in range(60):
        connection.execute(
            f"create function public.f{number}() returns int language sql as 'select 1'"
        )
    assert len(found(connection)["PO-714"]) == 60
    script = query_of(connection, "PO-714")
    assert script.count("revoke all") == 50
    assert script.endswith("-- 10 more: `journey check --select PO-714` names them")
