"""What the allow-list of posture takes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from catalogued import WAY
from checkout import ROOT
from database import Connection
from postures import RULES, found
from wellness_journey.checks import posture


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
    results = posture.compare(connection, root, RULES, WAY)
    assert {(one.rule_id, one.status) for one in results} == {
        (rule_id, "error") for rule_id in posture.RULE_IDS
    }
    (problem,) = {one.problem for one in results}
    assert problem is not None
    assert problem.startswith("expectations/posture/allowed.yml: ")
    assert said in problem
