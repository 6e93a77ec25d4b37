"""Suites that cannot be used, databases that go away: never green."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checkout import ROOT
from nightly import nightly
from some_suites import CANARY, ROWS, RULES, SUITES, evaluated, run, stored, with_suites
from wellness_journey import checks
from wellness_journey.checks.suites import evaluation, source, suite_file
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target, connect
from wellness_journey.errors import JourneyError, NoConnectionError, UsageError

# Suites that cannot be used ----------------------------------------------------------------------

EDITS = {
    "no JSON": ('"name"', "name", r"line 2: not JSON"),
    "another name": ('"log_sessions"', '"log_session"', r'expected "log_sessions"'),
    "no schema": ('{"schema": "public"}', "{}", r"meta.schema"),
    "a key that is none": ('"expectations"', '"expectation"', r"unknown key expectation"),
    "unknown type": ("to_be_unique", "to_be_uniq", r"type .*to_be_uniq is not one"),
    "a type that shows values": (
        '"expect_column_values_to_be_unique"',
        '"expect_column_most_common_value_to_be_in_set"',
        r"type .*most_common_value.* is not one of",
    ),
    "a query": (
        '"expect_column_values_to_be_unique"',
        '"unexpected_rows_expectation"',
        r"type unexpected_rows_expectation is not one of",
    ),
    "unknown kwarg": ('"column":', '"colum":', r"expectation \d: kwargs: unknown colum;"),
    "a kwarg that hides rows": (
        '"column": "session_id"',
        '"column": "session_id", "mostly": 0.5',
        r"expectation \d: kwargs: unknown mostly;",
    ),
    "an empty kwarg": ('"column": "session_id"', '"column": ""', r"kwargs.column is empty"),
    "a kwarg of the wrong kind": ('"exact_match": false', '"exact_match": 0', r"exact_match"),
    "a column that is not there": ('"column": "session_id"', '"column": "sesion"', r"no column"),
    "a schema that is not there": ('"public"', '"publik"', r"publik.log_sessions does not exist"),
    "a key that would be ignored": (
        '"meta"',
        '"severity": "critical", "meta"',
        r"unknown key seve",
    ),
    "no rule": ('{"rule": "SE-002"}', "{}", r"expectation \d: meta.rule is missing"),
    "a rule that is none": (
        '"rule": "SE-002"',
        '"rule": "SE-999"',
        r"SE-999 is not in the catalogue",
    ),
    "a check twice": (
        'not_be_null",\n      "kwargs": {"column": "patient_id"}',
        'not_be_null",\n      "kwargs": {"column": "practitioner_id"}',
        r"SE-003 not_be_null practitioner_id is checked before",
    ),
}


def edited(folder: Path, before: str, after: str) -> Path:
    """A project root with two suites, that of log_sessions edited once."""
    with_suites(folder, "log_sessions", "log_pulse_checks")
    path = folder / "expectations" / "log_sessions.json"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))
    return folder


# One of four; `make nightly` tries each.
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [edit if number % 4 == 0 else nightly(*edit) for number, edit in enumerate(EDITS.values())],
    ids=EDITS,
)
def test_a_suite_with_a_mistake_is_never_green(
    whole: Target, tmp_path: Path, before: str, after: str, said: str
) -> None:
    """What is wrong is in error and says where; other suites are checked as ever."""
    found = checks.check(whole, edited(tmp_path, before, after), SEED_AS_OF).results
    errors = [result for result in found if result.status == "error"]
    assert errors
    for error in errors:
        assert error.tested == "log_sessions"
        assert re.search(said, str(error.problem))
        assert "log_sessions" in str(error.problem)
    others = [result for result in found if result.tested == "log_pulse_checks"]
    assert len(others) == len(SUITES["log_pulse_checks"].checks)


def test_a_range_needs_a_bound(tmp_path: Path) -> None:
    """A range without ends would pass whatever there is."""
    (tmp_path / "expectations").mkdir()
    suite = json.loads((ROOT / "expectations" / "log_pulse_checks.json").read_text())
    rule = next(e for e in suite["expectations"] if "min_value" in e["kwargs"])
    rule["kwargs"] = {"column": "mood_level"}
    (tmp_path / "expectations" / "log_pulse_checks.json").write_text(json.dumps(suite))
    (found,) = suite_file.read(tmp_path / "expectations", RULES)
    problems = [check.problem for check in found.checks if check.problem]
    assert problems == [
        f"expectations/log_pulse_checks.json, expectation {suite['expectations'].index(rule) + 1}:"
        " kwargs: max_value, min_value missing"
    ]


def test_no_suite_at_all_is_an_error(tmp_path: Path) -> None:
    """An empty folder is not a check that passed."""
    with pytest.raises(UsageError, match="holds no suites"):
        suite_file.read(tmp_path, RULES)


@pytest.mark.parametrize(
    "counts",
    [
        None,
        {},
        {"element_count": 0, "unexpected_count": None},
        {"element_count": 9, "unexpected_count": None},
        {"element_count": 9, "unexpected_count": 1},
    ],
)
def test_an_expectation_without_counts_is_an_error(
    whole: Target, monkeypatch: pytest.MonkeyPatch, counts: dict[str, Any] | None
) -> None:
    """Great Expectations drops an expectation, or calls it a success, when a count is missing."""
    suite = SUITES["fct_session_compliance"]
    in_rows = [check for check in suite.checks if check.name in ROWS]
    suite = replace(suite, checks=tuple(in_rows))
    answer = (
        None
        if counts is None
        else SimpleNamespace(
            success=True, exception_info={"raised_exception": False}, result=counts
        )
    )
    monkeypatch.setattr(
        evaluation, "_run", lambda *_: {check.name: answer for check in suite.checks}
    )
    found = evaluated(whole, suite)
    assert {result.status for result in found.values()} == {"error"}
    assert {str(result.problem)[:26] for result in found.values()} == {"Great Expectations gave no"}


# The database goes away --------------------------------------------------------------------------

# Runs as its owner, who may end any connection: here the one that calls it.
END_OF_CONNECTION = """
create function public.hang_up() returns integer language sql security definer
as 'select pg_terminate_backend(pg_backend_pid())::integer';
grant execute on function public.hang_up() to journey_pipeline;
"""


def test_a_connection_lost_by_great_expectations_writes_nothing(own: Target, few: Path) -> None:
    """Halfway is nowhere: earlier results stay, no new one is written."""
    checks.check(own, few, SEED_AS_OF)
    before = stored(own)
    run(own, END_OF_CONNECTION)
    run(
        own,
        """
        alter table published.rpt_pulse_trends_by_day rename to kept;
        create view published.rpt_pulse_trends_by_day as
        select metric, days_post_session, patients, mean * public.hang_up() as mean,
            standard_deviation, ci_lower, ci_upper, is_withheld
        from published.kept;
        grant select on published.rpt_pulse_trends_by_day to journey_pipeline;
        """,
    )
    with pytest.raises(NoConnectionError, match="lost or refused during the check"):
        checks.check(own, few, SEED_AS_OF)
    assert stored(own) == before


def test_a_connection_lost_while_writing_writes_nothing(own: Target, few: Path) -> None:
    """The results of a check are one transaction."""
    checks.check(own, few, SEED_AS_OF)
    before = stored(own)
    run(own, END_OF_CONNECTION)
    run(
        own,
        """
        create function public.hang_up_late() returns trigger language plpgsql as
        $$ begin if new.engine = 'column_policy' then perform public.hang_up(); end if;
        return new; end $$;
        create trigger hang_up before insert on quality.check_results
        for each row execute function public.hang_up_late();
        """,
    )
    with pytest.raises(NoConnectionError, match="no result of a check was kept"):
        checks.check(own, few, SEED_AS_OF)
    assert stored(own) == before


@pytest.mark.parametrize(
    ("column", "kind", "status"),
    [
        ("created_at", "timestamp", "not_applicable"),
        ("session_date", "timestamp", "not_applicable"),
        ("session_date", "timestamptz", "not_applicable"),
        ("created_at", "text", "fail"),
    ],
)
def test_types_that_migrate_takes_pass(
    migrated: str, copy_of: Callable[[str], Target], column: str, kind: str, status: str
) -> None:
    """An application may keep its days and times without a zone: they are read as UTC. Without a
    row there is nothing that could fail but the type."""
    target = copy_of(migrated)
    with connect(target, autocommit=True) as connection:
        connection.execute(
            f"drop view if exists staging.stg_sessions cascade; "
            f"alter table public.log_sessions alter column {column} type {kind}".encode()
        )
    found = evaluated(target, SUITES["log_sessions"])
    assert found[f"SE-001 be_in_type_list {column}"].status == status


def test_no_server_is_a_failed_connection(whole: Target) -> None:
    """A database that is not there is told as such."""
    with pytest.raises(NoConnectionError, match="cannot connect"):
        checks.check(replace(whole, database="nowhere"), ROOT, SEED_AS_OF)


def test_great_expectations_alone_may_not_get_in(
    whole: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as when its login has no connection left: told as such, without its URL."""
    url = f"postgresql+psycopg2://postgres:{CANARY}@localhost:1/x?host=/nowhere"
    monkeypatch.setattr(source, "url", lambda _: url)
    with pytest.raises(
        NoConnectionError, match=r"Great Expectations.*\(OperationalError\)"
    ) as told:
        checks.check(whole, ROOT, SEED_AS_OF)
    assert CANARY not in str(told.value)


def test_a_database_without_our_tables_says_what_to_do(own: Target, few: Path) -> None:
    """Refused is not lost: the message names migrate."""
    run(own, "alter table quality.check_results rename to gone")
    with pytest.raises(JourneyError, match="journey migrate"):
        checks.check(own, few, SEED_AS_OF)
