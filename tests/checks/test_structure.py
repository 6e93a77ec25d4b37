"""The structure of the database: comments, labels of types, values of codes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checkout import ROOT
from database import Connection
from nightly import nightly
from policies import by_id, compare, red
from wellness_journey.checks.privacy.policy_file import FILE, read
from wellness_journey.database.settings import Target, connect


@pytest.fixture
def connection(whole: Target) -> Iterator[Connection]:
    """As its owner, inside a transaction that is rolled back."""
    with connect(whole) as connection:
        yield connection
        connection.rollback()


CHECKS, VIEW = "public.log_pulse_checks", "Users can view own pulse checks"
COMMENTED = {
    "table marts.dim_sessions": "marts.dim_sessions",
    "column marts.dim_sessions.state": "marts.dim_sessions.state",
    "column public.log_pulse_checks.notes": "public.log_pulse_checks.notes",
    "table quality.runs": "quality.runs",
    "view staging.stg_sessions": "staging.stg_sessions",
    "column staging.stg_sessions.session_id": "staging.stg_sessions.session_id",
    "materialized view marts.peek": "marts.peek",
    "column marts.peek.visits": "marts.peek.visits",
    "schema marts": "schema marts",
    "schema public": "schema public",
    "function public.journey_caller()": "function public.journey_caller",
    "function marts.peek()": "function marts.peek",
    "type marts.mood": "type marts.mood",
    "constraint runs_pkey on quality.runs": "table constraint quality.runs.runs_pkey",
    f"trigger refuse_change on {CHECKS}": f"trigger {CHECKS}.refuse_change",
    f'policy "{VIEW}" on {CHECKS}': f"policy {CHECKS}.{VIEW}",
    "index public.idx_pulse_checks_session_id": "index public.idx_pulse_checks_session_id",
    "role journey_analyst": "role journey_analyst",
}


@pytest.mark.parametrize(
    "said", ["asked for by jane.doe@example.org", nightly("as Dr. Doe wants it")]
)
@pytest.mark.parametrize(("commented", "place"), COMMENTED.items())
def test_a_comment_that_holds_an_identifier_is_red(
    connection: Connection, commented: str, place: str, said: str
) -> None:
    """Whatever it is a comment on; told is the place, never the comment."""
    connection.execute(
        """
        create materialized view marts.peek as select 1 as visits;
        create function marts.peek() returns integer language sql as 'select 1';
        create type marts.mood as enum ('low')
        """
    )
    connection.execute(f"comment on {commented} is '{said}'".encode())
    result = by_id(compare(connection, ROOT / FILE))["PH-006"]
    assert (result.status, result.tested, result.failing) == ("fail", "comments", 1)
    assert result.places == (place,)
    assert "doe" not in repr(result).lower()


def test_comments_as_the_migrations_make_them_pass(connection: Connection) -> None:
    """What the tests of identifiers turn red is green without them."""
    result = by_id(compare(connection, ROOT / FILE))["PH-006"]
    assert (result.status, result.failing) == ("pass", 0)


def test_comments_of_others_are_not_ours(connection: Connection) -> None:
    """The application may have tables and schemas of its own."""
    connection.execute(
        """
        create table public.theirs (visits integer);
        create type public.their_mood as enum ('jane.doe@example.org');
        create function public.their_own() returns integer language sql as 'select 1';
        comment on function public.their_own() is 'jane.doe@example.org';
        comment on table public.theirs is 'jane.doe@example.org';
        create schema other;
        create table other.runs (visits integer);
        comment on column other.runs.visits is 'jane.doe@example.org'
        """
    )
    assert red(compare(connection, ROOT / FILE)) == {}


@pytest.mark.parametrize(
    "ddl",
    [
        "create type quality.reach as enum ('letter', 'call 415 555 0132')",
        """
        create type public.reach as enum ('letter', 'call 415 555 0132');
        alter table marts.dim_sessions alter column state type public.reach using null
        """,
        """
        create type public.reach as enum ('letter', 'call 415 555 0132');
        alter table public.log_pulse_checks add column reach public.reach[]
        """,
    ],
)
def test_a_label_that_holds_an_identifier_is_red(connection: Connection, ddl: str) -> None:
    """Of a type of ours, or of one that a column of ours has; told is the type."""
    connection.execute(ddl.encode())
    result = by_id(compare(connection, ROOT / FILE))["PH-006"]
    assert (result.status, result.failing) == ("fail", 1)
    (place,) = result.places
    assert place.startswith("label of type ")
    assert "415" not in repr(result)


@pytest.mark.parametrize(
    "column", ["marts.fct_assessments.instrument", "published.rpt_review_flags.rule"]
)
def test_a_code_out_of_its_vocabulary_is_red(connection: Connection, column: str) -> None:
    """One row is enough; told is the column, never the value."""
    table, _, name = column.rpartition(".")
    connection.execute(
        f"update {table} set {name} = 'Quillfeather'"
        f" where ctid in (select ctid from {table} limit 1)"
    )
    results = compare(connection, ROOT / FILE)
    assert red(results) == {"PH-760": (column,)}
    assert "quillfeather" not in repr(results).lower()


@pytest.mark.parametrize(
    "column",
    ["quality.check_results.query", "quality.rules.sentence", "published.ref_review_rules.source"],
)
def test_a_text_of_ours_that_holds_an_identifier_is_red(
    connection: Connection, column: str
) -> None:
    """What has no vocabulary is looked at by the patterns of free text."""
    table, _, name = column.rpartition(".")
    run = "'00000000-0000-4000-8000-000000000001'"
    connection.execute(
        f"""
        insert into quality.rules values ('ZZ-001', 'x', 'x', '', 'plausibility', 'verification',
            'minor', 0, 'x', 'x');
        insert into quality.runs values ({run}, 'check', '2025-12-31', now(), now(), 0);
        insert into quality.check_results (run_id, engine, check_name, rule_id, tested, status)
        values ({run}, 'dbt', 'x', 'ZZ-001', 'x', 'error')
        """.encode()
    )
    assert red(compare(connection, ROOT / FILE)) == {}
    connection.execute(f"update {table} set {name} = 'ask jane.doe (at) example.org'".encode())
    assert red(compare(connection, ROOT / FILE)) == {"PH-761": (column,)}


def test_codes_that_cannot_be_read_are_never_green(connection: Connection) -> None:
    """The pipeline lacks a right to one table: both rules are in error, and say why."""
    connection.execute("revoke select on quality.rules from journey_pipeline")
    connection.execute("set local role journey_pipeline")
    results = by_id(compare(connection, ROOT / FILE))
    for rule_id in ("PH-760", "PH-761"):
        assert results[rule_id].status == "error"
        assert "codes could not be read: InsufficientPrivilege" in str(results[rule_id].problem)


def test_every_vocabulary_is_of_a_column() -> None:
    """None is left over."""
    policy = read(ROOT / FILE)
    codes = {place.rpartition(".")[2] for place, kind in policy.classes.items() if kind == "code"}
    assert set(policy.vocabularies) <= codes
