"""The suites against built databases: every rule is seen to fail, and nothing leaks."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from conftest import ROOT, Connection
from faultless import unguard
from waiting import LIMIT
from wellness_journey import checks
from wellness_journey.checks import CheckResult
from wellness_journey.checks.suites import evaluation, source, suite_file
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import PIPELINE_ROLE, Target, connect
from wellness_journey.errors import JourneyError, NoConnectionError, UsageError
from wellness_journey.rules import catalogue

RULES = catalogue.read(ROOT / catalogue.FILE)
SUITES = {suite.table: suite for suite in suite_file.read(ROOT / "expectations", RULES)}
# Sources, a mart, what is published: make faults tries every rule.
SOME = (
    *("log_sessions", "log_pulse_checks", "log_integration_sessions", "log_behavioral_changes"),
    *("fct_session_compliance", "rpt_pulse_trends_by_day"),
)
CHECKS = {check.name: (SUITES[table], check) for table in SOME for check in SUITES[table].checks}
CANARY = "CANARY-4711"


def name_of(suite: suite_file.Suite) -> sql.Identifier:
    return sql.Identifier(suite.schema, suite.table)


@pytest.fixture(scope="module")
def faulty(built: str, copy_of: Callable[[str], Target]) -> Target:
    """A built database that takes every bad row."""
    target = copy_of(built)
    with connect(target, autocommit=True) as connection:
        unguard(connection, [f"{SUITES[t].schema}.{t}" for t in SOME])
    return target


@pytest.fixture(scope="module")
def whole(built: str, copy_of: Callable[[str], Target]) -> Target:
    """A built database that tests leave as it is."""
    return copy_of(built)


@pytest.fixture
def own(built: str, copy_of: Callable[[str], Target]) -> Target:
    """A built database of one's own."""
    return copy_of(built)


def with_suites(folder: Path, *tables: str) -> Path:
    """`folder` as a project root with these suites only, each as it is."""
    (folder / "expectations").mkdir()
    for path in (ROOT / "expectations").iterdir():
        if path.suffix != ".json" or path.stem in tables:
            shutil.copy(path, folder / "expectations")
    return folder


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project root with a suite of a source and one of what is published: seconds less for what
    is the same whatever the suites are."""
    return with_suites(tmp_path_factory.mktemp("few"), "log_sessions", "rpt_pulse_trends_by_day")


def evaluated(target: Target, *wanted: suite_file.Suite) -> dict[str, CheckResult]:
    with connect(target, role=PIPELINE_ROLE, autocommit=True) as connection:
        results = evaluation.evaluate(target, connection, wanted or [SUITES[t] for t in SOME])
    return {result.check_name: result for result in results}


def stored(target: Target) -> list[tuple[Any, ...]]:
    with connect(target) as connection:
        return connection.execute(
            "select run_id, engine, check_name, status, checked, failing"
            " from quality.check_results where engine <> 'dbt' order by 1, 2, 3"
        ).fetchall()


def run(target: Target, statement: str) -> None:
    with connect(target, autocommit=True) as connection:
        connection.execute(statement.encode())


# What the suites say -----------------------------------------------------------------------------


def kwargs(check: suite_file.Check) -> dict[str, Any]:
    assert check.expectation is not None
    return dict(check.expectation["kwargs"])


def test_there_is_a_sound_suite_for_each_source_mart_and_published_table(whole: Target) -> None:
    """A suite that went missing would be a check that went missing."""
    with connect(whole) as connection:
        tables = connection.execute(
            "select relnamespace::regnamespace::text, relname from pg_class where relkind = 'r' and"
            " (relnamespace::regnamespace::text in ('marts', 'published') or relname ~ '^log_')"
        ).fetchall()
    assert {(suite.schema, suite.table) for suite in SUITES.values()} == set(tables)
    assert [check.problem for _, check in CHECKS.values() if check.problem] == []


def test_every_allowed_type_is_used() -> None:
    """The list of types is no longer than what the suites need, so each is seen to fail below."""
    used = {check.expectation["type"] for _, check in CHECKS.values() if check.expectation}
    assert used == suite_file.ALLOWED.keys()


def test_the_suites_are_great_expectations_own_json() -> None:
    """Its own class reads a file and writes it again, but for its defaults."""
    with source.quiet():
        from great_expectations import ExpectationSuite

        for path in (ROOT / "expectations").glob("*.json"):
            written = json.loads(path.read_text())
            dumped = ExpectationSuite(**written).to_json_dict()["expectations"]
            assert isinstance(dumped, list)
            for before, after in zip(written["expectations"], dumped, strict=True):
                assert isinstance(after, dict)
                after["kwargs"] = before["kwargs"] | after["kwargs"]
                assert after.pop("severity") == "critical"
                assert after == before


# Every rule is seen to fail ----------------------------------------------------------------------


def bad_value(check: suite_file.Check) -> Any:
    given = kwargs(check)
    if "max_value" in given:
        return given["max_value"] + 1
    if "min_value" in given:
        return given["min_value"] - 1
    if "value_set" in given:
        return CANARY if isinstance(given["value_set"][0], str) else 4711
    return None


def plant(connection: Connection, suite: suite_file.Suite, check: suite_file.Check) -> int:
    """Break `check` in as few rows as it takes, reversibly; how many it should count."""
    table = name_of(suite)
    first, second = connection.execute(
        sql.SQL("select ctid::text from {} order by ctid limit 2").format(table)
    ).fetchall()
    if "unique" in str(check.expectation and check.expectation["type"]):
        columns = sql.SQL(", ").join(map(sql.Identifier, check.columns))
        connection.execute(
            sql.SQL(
                "update {table} set ({columns}) = "
                "(select {columns} from {table} where ctid = %s::tid) where ctid = %s::tid"
            ).format(table=table, columns=columns),
            (second[0], first[0]),
        )
        return 2
    connection.execute(
        sql.SQL("update {} set {} = %s where ctid = %s::tid").format(
            table, sql.Identifier(*check.columns)
        ),
        (bad_value(check), first[0]),
    )
    return 1


@pytest.fixture
def restored(faulty: Target) -> Iterator[Callable[[suite_file.Suite], Connection]]:
    """A connection that may spoil one table, which gets its rows back."""
    spoilt: list[sql.Identifier] = []
    with connect(faulty, autocommit=True) as connection:

        def spoil(suite: suite_file.Suite) -> Connection:
            table = name_of(suite)
            connection.execute(sql.SQL("create table public.kept as table {}").format(table))
            spoilt.append(table)
            return connection

        yield spoil
        for table in spoilt:
            connection.execute(sql.SQL("truncate {}").format(table))
            connection.execute(sql.SQL("insert into {} table public.kept").format(table))
            connection.execute("drop table public.kept")


@pytest.fixture(scope="module")
def sound(faulty: Target) -> dict[str, CheckResult]:
    return evaluated(faulty)


# The share of a sentiment takes more than a row: make faults plants it.
ROWS = {
    name: found
    for name, found in CHECKS.items()
    if not name.startswith("BC-009")
    and kwargs(found[1]).keys().isdisjoint({"column_set", "type_list"})
}


@pytest.mark.parametrize(("suite", "check"), ROWS.values(), ids=ROWS)
def test_a_bad_row_turns_exactly_its_check_red(
    faulty: Target,
    sound: dict[str, CheckResult],
    restored: Callable[[suite_file.Suite], Connection],
    suite: suite_file.Suite,
    check: suite_file.Check,
) -> None:
    """The planted rows are counted by their check, at its rule's severity, and by no other."""
    count = plant(restored(suite), suite, check)
    found = evaluated(faulty, suite)
    worse = {
        name: result
        for name, result in found.items()
        if result.status == "error" or (result.failing or 0) > (sound[name].failing or 0)
    }
    # A sentiment that is none is not the one that nobody chose either.
    assert worse.keys() - {n for n in worse if n.startswith("BC-009")} == {check.name}
    result = worse[check.name]
    before = sound[check.name]
    assert check.rule is not None
    assert result.status == check.rule.when_broken
    assert result.failing is not None
    # A copied key may meet rows that were doubled already.
    assert result.failing == (before.failing or 0) + count
    assert result.checked == before.checked
    assert result.places == tuple(f"{suite.schema}.{suite.table}.{c}" for c in check.columns)


@pytest.mark.parametrize("table", SOME)
def test_a_retyped_column_is_not_as_agreed(own: Target, table: str) -> None:
    """The type of each column is the agreed one; a change is named with its column."""
    suite = SUITES[table]
    column = next(check.columns[0] for check in suite.checks if "type_list" in kwargs(check))
    run(own, f"alter table {suite.schema}.{table} add column other jsonb")
    run(own, f"alter table {suite.schema}.{table} drop column {column} cascade")
    run(own, f"alter table {suite.schema}.{table} rename column other to {column}")
    found = evaluated(own, suite)
    (red,) = [r for r in found.values() if "type_list" in r.check_name and r.status == "fail"]
    assert (red.checked, red.failing) == (1, 1)
    assert red.places == (f"{suite.schema}.{table}.{column}",)


@pytest.mark.parametrize("table", SOME)
def test_sound_tables_pass(sound: dict[str, CheckResult], table: str) -> None:
    """Nothing fails in a cohort as it should be, and every check counts the table's rows."""
    for check in SUITES[table].checks:
        result = sound[check.name]
        assert result.status == ("warn" if result.rule_id == "PC-004" else "pass")
        assert result.checked


def match_of(table: str) -> str:
    """The name of the check of a table's set of columns."""
    return next(c.name for c in SUITES[table].checks if "column_set" in kwargs(c))


@pytest.mark.parametrize("table", sorted(SOME))
def test_an_added_column_is_not_as_agreed(own: Target, table: str) -> None:
    """One column more fails, by name; the application may widen log_sessions, which is its own."""
    suite = SUITES[table]
    run(own, f"alter table {suite.schema}.{table} add column extra integer")
    found = evaluated(own, suite)
    red = {name for name, result in found.items() if result.status in ("fail", "error")}
    if table == "log_sessions":
        assert red == set()
        return
    assert red == {match_of(table)}
    result = found[match_of(table)]
    assert (result.failing, result.places) == (1, (f"{suite.schema}.{table}.extra",))


@pytest.mark.parametrize("table", sorted(SOME))
def test_a_missing_column_is_never_green(own: Target, table: str) -> None:
    """The columns are not as agreed, and what needs the column could not be checked."""
    suite = SUITES[table]
    column = next(check.columns[0] for check in suite.checks if check.columns)
    run(own, f"alter table {suite.schema}.{table} drop column {column} cascade")
    found = evaluated(own, suite)
    agreed = found.pop(match_of(table))
    assert (agreed.status, agreed.places) == ("fail", (f"{suite.schema}.{table}.{column}",))
    for check in suite.checks:
        if check.name in found:
            result = found[check.name]
            assert (result.status == "error") == (column in check.columns)
            if result.status == "error":
                assert result.problem == f"{suite.schema}.{table} has no column {column}"
                assert result.checked is result.failing is None


def test_a_missing_table_is_never_green(own: Target) -> None:
    """Without its table a suite is in error throughout, and says which table."""
    run(own, "drop table marts.fct_session_compliance cascade")
    found = evaluated(own, SUITES["fct_session_compliance"], SUITES["log_sessions"])
    for check in SUITES["fct_session_compliance"].checks:
        assert found[check.name].status == "error"
        assert "marts.fct_session_compliance does not exist" in str(found[check.name].problem)
    assert found["SE-002 be_unique session_id"].status == "pass"


def test_a_table_that_may_not_be_read_is_never_green(own: Target) -> None:
    """It works with the pipeline's rights, not with the login's."""
    run(own, "revoke select on public.log_sessions from journey_pipeline")
    found = evaluated(own, SUITES["log_sessions"])
    assert {result.status for result in found.values()} == {"error"}
    assert {result.problem for result in found.values()} == {
        "public.log_sessions cannot be read: "
        "InsufficientPrivilege (SQLSTATE 42501): the login lacks a right: connect as the owner of "
        "the tables, or have the owner grant it (docs/security.md lists what each role needs)"
    }


def test_an_empty_table_does_not_pass(target: Target, own: Target) -> None:
    """Nothing to check is not a pass; columns that are not as agreed fail all the same."""
    found = evaluated(target, *(SUITES[table] for table in SOME[:4]))
    assert {result.status for result in found.values()} == {"not_applicable"}
    run(own, "truncate marts.fct_session_compliance, published.rpt_pulse_trends_by_day")
    run(own, "alter table published.rpt_pulse_trends_by_day add column extra integer")
    suite, other = SUITES["fct_session_compliance"], SUITES["rpt_pulse_trends_by_day"]
    red = evaluated(own, suite, other)
    agreed = red.pop(match_of("rpt_pulse_trends_by_day"))
    assert agreed.status == "fail"
    assert {result.status for result in red.values()} == {"not_applicable"}


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


@pytest.mark.parametrize(("before", "after", "said"), EDITS.values(), ids=EDITS)
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


# What is kept ------------------------------------------------------------------------------------


def runs(target: Target) -> list[tuple[Any, ...]]:
    with connect(target) as connection:
        return connection.execute(
            "select run_id, command, as_of, nodes_failed from quality.runs order by started_at"
        ).fetchall()


def test_results_belong_to_the_newest_build(own: Target, few: Path) -> None:
    """They stand beside dbt's own, and a second check replaces the first."""
    ((build, *_),) = runs(own)
    with connect(own) as connection:
        dbt = "select count(*) from quality.check_results where engine = 'dbt'"
        before = connection.execute(dbt.encode()).fetchone()
    for _ in range(2):
        found = checks.check(own, few, SEED_AS_OF)
        assert found.run_id == build
        assert stored(own) == sorted(
            (build, r.engine, r.check_name, r.status, r.checked, r.failing) for r in found.results
        )
    with connect(own) as connection:
        assert connection.execute(dbt.encode()).fetchone() == before
    assert [run_id for run_id, *_ in runs(own)] == [build]


def test_results_belong_to_the_run_that_is_named(own: Target, few: Path) -> None:
    """A named run is taken as it is; one that is not there is refused, and nothing written."""
    named = uuid4()
    run(
        own,
        "insert into quality.runs (run_id, command, as_of, started_at, finished_at, nodes_failed)"
        f" values ('{named}', 'run', '2020-01-01', '2020-01-01', '2020-01-01', 0)",
    )
    assert checks.check(own, few, SEED_AS_OF, named).run_id == named
    before = stored(own)
    with pytest.raises(UsageError, match=str(UUID(int=7))):
        checks.check(own, few, SEED_AS_OF, UUID(int=7))
    assert stored(own) == before


def test_without_a_build_a_check_is_a_run_of_its_own(target: Target) -> None:
    """Then it carries the day it was asked for."""
    found = checks.check(target, ROOT, SEED_AS_OF)
    assert runs(target) == [(found.run_id, "check", SEED_AS_OF, 0)]
    assert len(stored(target)) == len(found.results)
    assert checks.check(target, ROOT, SEED_AS_OF).run_id != found.run_id


def test_the_pipelines_rights_are_enough(
    target: Target, log_in: Callable[[str], Connection]
) -> None:
    """A login that is a member of journey_pipeline, and of nothing else, can check."""
    login = log_in(PIPELINE_ROLE)
    found = checks.check(replace(target, user=login.info.user), ROOT, SEED_AS_OF)
    assert {r.status for r in found.results if r.tested == "log_sessions"} == {"not_applicable"}
    assert len(stored(target)) == len(found.results)


def test_no_connection_is_left_behind(own: Target, few: Path) -> None:
    """Great Expectations' engines are disposed of, whatever happened."""
    checks.check(own, few, SEED_AS_OF)
    with connect(own) as connection:
        left = connection.execute(
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
            " and backend_type = 'client backend'"
        ).fetchone()
    assert left == (0,)


# Nothing leaks -----------------------------------------------------------------------------------

# Every file opened for writing, every folder made and every look-up of a host, as it happens.
WATCHED = """
import os, sys
from datetime import date
from pathlib import Path

def watch(event, arguments):
    if event == "open":
        path, _, flags = arguments
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and str(path) != "/dev/null":
            os.write(3, f"open {path}\\n".encode())
    elif event in ("os.mkdir", "os.rename", "socket.connect", "socket.getaddrinfo"):
        os.write(3, f"{event} {arguments[0]}\\n".encode())

from wellness_journey import checks
from wellness_journey.database.settings import Target
assert "great_expectations" not in sys.modules
sys.addaudithook(watch)
found = checks.check(
    Target(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]),
    Path(sys.argv[5]),
    date.fromisoformat(sys.argv[6]),
)
os.write(4, repr(found).encode())
# 54 MB that no check of ours uses.
assert "great_expectations" in sys.modules and "scipy.stats._stats_py" not in sys.modules
"""


def test_nothing_is_said_or_written_or_sent_but_counts(own: Target, tmp_path: Path) -> None:
    """No value of a row in results, output or table; no file, no network, HOME untouched.

    The canary stands in free text, in vocabularies, in scores and in the message of an
    exception that an expectation raises.
    """
    with connect(own, autocommit=True) as connection:
        unguard(connection, [f"{SUITES[t].schema}.{t}" for t in SOME])
    run(
        own,
        f"""
        update public.log_pulse_checks set notes = '{CANARY}', mood_level = 4711;
        update public.log_behavioral_changes
            set change_type = '{CANARY}', change_sentiment = '{CANARY}',
                change_description = '{CANARY}';
        update public.log_integration_sessions set session_type = '{CANARY}', phq9_score = 4711;
        alter table published.rpt_pulse_trends_by_day rename to kept;
        create view published.rpt_pulse_trends_by_day as
        select metric, days_post_session, patients, (metric || '{CANARY}')::numeric as mean,
            standard_deviation, ci_lower, ci_upper, is_withheld
        from published.kept;
        grant select on published.rpt_pulse_trends_by_day to journey_pipeline;
        """,
    )
    home = tmp_path / "home"
    home.mkdir()
    environ = {**os.environ, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    place = [own.host, str(own.port), own.user, own.database, str(ROOT), str(SEED_AS_OF)]
    script = f'exec 3> {tmp_path}/watched 4> {tmp_path}/results; exec "$@"'
    ended = subprocess.run(
        ["/bin/sh", "-c", script, "sh", sys.executable, "-c", WATCHED, *place],
        cwd=home,
        env=environ,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert (tmp_path / "watched").read_text() == ""
    assert list(home.iterdir()) == []
    results = (tmp_path / "results").read_text()
    assert "PC-006 be_between mood_level" in results
    assert "InvalidTextRepresentation" in results
    with connect(own) as connection:
        kept = connection.execute("select string_agg(t::text, '') from quality.check_results t")
        table = str(kept.fetchone())
    for leak in (CANARY, "4711"):
        assert leak not in results
        assert leak not in table


def test_a_password_stays_out_of_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes from libpq's own places; names may hold any character."""
    monkeypatch.setenv("PGPASSWORD", CANARY)
    url = source.url(Target("db.example", 6543, "a@b/$c", "d e?f"))
    assert url == (
        "postgresql+psycopg2://a%40b%2F%24c@localhost:6543/d%20e%3Ff"
        "?host=db.example&application_name=journey%20check"
    )


def test_only_the_class_of_an_exception_is_told() -> None:
    """Its message may quote a row."""
    text = "Traceback (most recent call last):\n  File x\n    y\npsycopg2.errors.Foo: CANARY\n"
    info = {"m": {"raised_exception": True, "exception_traceback": text}}
    assert evaluation._exception(info) == "Foo"
    assert evaluation._exception({"m": {"exception_traceback": CANARY}}) == "Exception"
    assert psycopg.errors.AdminShutdown.__name__ in evaluation._LOST
