"""The scan of free text: counts by column, by rule, never a word of a text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from catalogued import RULES, WAY
from checkout import ROOT
from database import Connection
from rows import Session
from texts import BY_ID, TO_FIND
from wellness_journey import checks
from wellness_journey.checks.privacy import text_scan
from wellness_journey.checks.privacy.policy_file import FILE
from wellness_journey.checks.privacy.text_rules import KINDS, Kind
from wellness_journey.checks.results import CheckResult
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import PIPELINE_ROLE, Target, connect

CANARY = "zebedee.quillfeather@example.org"


def scan(connection: Connection, path: Path) -> list[CheckResult]:
    return text_scan.scan(connection, path, RULES, WAY)


@pytest.fixture
def unguarded(connection: Connection) -> Connection:
    """The tables of a migrated database with two sessions, and the guards off."""
    for table in ("log_pulse_checks", "log_behavioral_changes", "log_integration_sessions"):
        connection.execute(f"alter table public.{table} disable trigger all".encode())
    for number in (1, 2):
        Session(number).create(connection)
    return connection


def red(results: list[CheckResult]) -> dict[str, tuple[str, int | None, tuple[str, ...]]]:
    return {r.rule_id: (r.status, r.failing, r.places) for r in results if r.status != "pass"}


@pytest.mark.parametrize("kind", KINDS, ids=BY_ID)
def test_a_planted_identifier_turns_its_rule_red(unguarded: Connection, kind: Kind) -> None:
    """Every rule, with its status, the texts that hold it and the columns that these stand in."""
    text = TO_FIND[kind.rule_id][0]
    Session().pulse_check(unguarded, days_post_session=1, notes="calm")
    assert red(scan(unguarded, ROOT / FILE)) == {}
    for offset in (1, 2):
        Session(2).pulse_check(unguarded, offset, days_post_session=offset, notes=text)
    Session().integration_session(unguarded, "FOLLOW_UP_CALL", session_notes=text)
    Session().change(unguarded, days_post_session=1)
    places = ("public.log_integration_sessions.session_notes", "public.log_pulse_checks.notes")
    results = scan(unguarded, ROOT / FILE)
    assert red(results) == {kind.rule_id: (RULES[kind.rule_id].when_broken, 3, places)}
    assert {(r.engine, r.tested, r.checked) for r in results} == {("text_scan", "free text", 5)}


def test_a_text_is_counted_by_every_rule_that_finds_something(unguarded: Connection) -> None:
    """Unlike the guard, which stops at the first."""
    Session().change(
        unguarded, days_post_session=1, change_description=f"Dr. Doe, {CANARY}, 212-555-0100"
    )
    assert red(scan(unguarded, ROOT / FILE)).keys() == {"PH-011", "PH-012", "PH-020"}


def test_no_text_is_nothing_to_scan(unguarded: Connection) -> None:
    """Neither no row nor NULL is a text: that is not applicable, not passed."""
    for _ in range(2):
        results = scan(unguarded, ROOT / FILE)
        assert {(r.status, r.checked, r.failing) for r in results} == {("not_applicable", 0, 0)}
        Session().pulse_check(unguarded, days_post_session=1)


@pytest.mark.parametrize(
    ("ddl", "said"),
    [
        (
            "alter table public.log_pulse_checks rename column notes to n",
            "public.log_pulse_checks could not be scanned: UndefinedColumn (SQLSTATE 42703)",
        ),
        (
            "alter table public.log_pulse_checks rename to gone",
            "public.log_pulse_checks could not be scanned: UndefinedTable (SQLSTATE 42P01)",
        ),
        (
            "revoke select on public.log_behavioral_changes from journey_pipeline;"
            " set local role journey_pipeline",
            "public.log_behavioral_changes could not be scanned: "
            "InsufficientPrivilege (SQLSTATE 42501): the login lacks a right",
        ),
    ],
)
def test_what_cannot_be_scanned_is_never_green(unguarded: Connection, ddl: str, said: str) -> None:
    """Every rule is in error and says which table: part of the texts is not all of them."""
    unguarded.execute(ddl.encode())
    results = scan(unguarded, ROOT / FILE)
    assert [r.rule_id for r in results] == list(BY_ID)
    assert {(r.status, r.checked, r.failing) for r in results} == {("error", None, None)}
    assert {str(r.problem).startswith(said) for r in results} == {True}


def test_without_a_policy_nothing_is_green(connection: Connection, tmp_path: Path) -> None:
    """The policy says which columns hold free text."""
    results = scan(connection, tmp_path / FILE)
    assert {r.status for r in results} == {"error"}
    assert {r.problem for r in results} == {f"{FILE}: cannot be read (FileNotFoundError)"}


def test_a_lost_connection_is_no_result(database: Connection) -> None:
    """It is raised, for the check to say that nothing was written."""
    database.execute(
        """
        create function public.hang_up() returns text language sql
        as 'select pg_terminate_backend(pg_backend_pid())::text';
        alter table public.log_pulse_checks rename to kept;
        create view public.log_pulse_checks as select public.hang_up() as notes
        """
    )
    with pytest.raises(psycopg.Error):
        scan(database, ROOT / FILE)


@pytest.fixture
def own(built: str, copy_of: Callable[[str], Target]) -> Target:
    """A built database of one's own, in which the guard was off for one note."""
    target = copy_of(built)
    with connect(target, autocommit=True) as owner:
        owner.execute("alter table public.log_pulse_checks disable trigger all")
        owner.execute(
            "update public.log_pulse_checks set notes = %s where pulse_check_id in"
            " (select pulse_check_id from public.log_pulse_checks limit 1)",
            (f"write to {CANARY}",),
        )
    return target


def test_the_check_scans_as_the_pipeline_and_tells_no_word_of_a_text(own: Target) -> None:
    """The whole check: the column is named, nothing of the text is in results or tables."""
    checked = checks.check(own, ROOT, SEED_AS_OF)
    (result,) = [r for r in checked.results if r.rule_id == "PH-011"]
    assert (result.status, result.failing, result.places) == (
        "fail",
        1,
        ("public.log_pulse_checks.notes",),
    )
    with connect(own, role=PIPELINE_ROLE) as connection:
        kept = connection.execute("select string_agg(t::text, '') from quality.check_results as t")
        said = repr(checked) + str(kept.fetchone())
    assert "text_scan" in said
    assert "zebedee" not in said.lower()
