"""The list of faults is whole, a fixed dozen is caught, the runner sees what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import fault_checks
import faults
from builds import build
from checkout import ROOT
from database import copied
from fault_checks import Found, Queries
from fault_list import RULES, Fault, StaleError, load
from faultless import TEMPLATE, make_clean
from faults import Verdict, compare
from wellness_journey import checks
from wellness_journey.checks import earlier_runs, posture
from wellness_journey.cohort import seed
from wellness_journey.database.settings import Target, connect
from wellness_journey.errors import UsageError

FAULTS = {fault.id: fault for fault in load()}
# Sources, marts and what is published; rows, columns, comments and text; cross-checks.
FEW = (
    "pulse-check-without-answer",
    "change-other-than-the-function",
    "added-log_pulse_checks",
    "empty-fct_review_flags",
    "orphan-fct_assessments",
    "baseline-judged",
    "day-of-few-patients",
    "email-in-a-mart",
    "text-with-email",
)


@pytest.fixture(scope="module")
def clean(embedded: Target) -> Target:
    """The clean cohort that faults are planted in."""
    with connect(embedded, autocommit=True) as connection:
        connection.execute(f"create database {TEMPLATE} template template0".encode())
    target = replace(embedded, database=TEMPLATE)
    make_clean(target)
    return target


@pytest.fixture(scope="module")
def queries(clean: Target) -> Queries:
    """The query of every data test."""
    return fault_checks.compiled(clean)


def test_every_rule_has_its_fault() -> None:
    """There are enough of them, and none of a rule that is none; `make faults` plants all."""
    assert len(FAULTS) >= 60
    assert {rule_id for fault in FAULTS.values() for rule_id in fault.fires} == RULES.keys()


@pytest.mark.parametrize("name", sorted(name for name in FAULTS if FAULTS[name].file))
def test_what_a_fault_changes_is_in_its_file(name: str) -> None:
    """A model that was written anew takes its faults along."""
    with faults.sabotaged(FAULTS[name]) as root:
        assert root != ROOT


def test_a_clean_cohort_fires_nothing(clean: Target, queries: Queries) -> None:
    """Every check has rows to look at, and passes; by group there is nothing without attribute."""
    found = [
        *fault_checks.found_by_tests(clean, queries),
        *fault_checks.found_by_checks(clean, fault_checks.SUITES),
    ]
    assert [one for one in found if not fault_checks.is_clean(one)] == []
    # Unit tests are run, and tables compared with what was built, where something is built; runs
    # are compared where there are two.
    elsewhere = {"LG-001", "BT-001", *posture.RULE_IDS, *earlier_runs.RULE_IDS}
    assert {one.rule for one in found} == RULES.keys() - elsewhere


@pytest.mark.parametrize("name", FEW)
def test_a_fault_is_caught_by_exactly_its_rules(name: str, clean: Target, queries: Queries) -> None:
    """A fixed few; `make faults` tries all. dbt itself finds what the queries of its tests find."""
    fault = FAULTS[name]
    with faults.planted(fault, clean) as (target, found):
        found += fault_checks.found_by_tests(target, queries)
        found += fault_checks.found_by_checks(target, faults.tables_of(fault))
        # Both write what they found, so they come after what only reads.
        by_dbt = found_by_dbt(target, fault, queries)
        by_check = found_by_check(target, fault)
    assert compare(fault, found).problems == ()
    assert by_dbt == {one.check: (one.status, one.failing) for one in found if one.check in by_dbt}
    assert by_check == {one.rule for one in found if one.engine != "dbt" and one.status != "pass"}


def found_by_dbt(
    target: Target, fault: Fault, queries: Queries
) -> dict[str, tuple[str, int | None]]:
    """What `dbt build` records of the data tests of the fault's tables, by name."""
    tables = faults.tables_of(fault)
    tests = [name for name in queries if RULES[fault_checks.rule_of(name)].table in tables]
    if not tests:
        return {}
    run_id = build(target, seed.SEED_AS_OF, "--resource-type", "test", "--select", *tests).run_id
    with connect(target) as connection:
        found = connection.execute(
            "select check_name, rule_id, status, failing from quality.check_results"
            " where run_id = %s",
            (run_id,),
        ).fetchall()
    assert {name for name, *_ in found} == set(tests)
    # The query of a test passes on an empty table, where dbt records that nothing was checked.
    return {
        name: (
            "pass" if fault_checks.is_clean(Found("dbt", name, rule, status, 0)) else status,
            failing,
        )
        for name, rule, status, failing in found
    }


def found_by_check(target: Target, fault: Fault) -> set[str]:
    """The rules that `journey check` finds broken, asked for those of the fault."""
    wanted = []
    for rule_id in sorted(fault.rules):
        try:
            checks._selected(list(fault_checks.SUITES.values()), RULES, [rule_id])
        except UsageError:  # dbt checks it
            continue
        wanted.append(rule_id)
    results = checks.check(target, ROOT, seed.SEED_AS_OF, only=wanted).results if wanted else ()
    return {result.rule_id for result in results if result.status != "pass"}


def test_nothing_stays_of_a_fault_of_the_database(embedded: Target, migrated: str) -> None:
    """The next one is planted in the same database: a login would else be there already."""
    target = copied(embedded, migrated, faults.GUARDED)
    for _ in range(2):
        assert faults.judge(FAULTS["login-in-a-group"], target, {}).problems == ()


# The runner --------------------------------------------------------------------------------------

FAULT = Fault("one", "somebody did something", fires=("PC-002",), also=("PC-004",))
CAUGHT = (
    Found("dbt", "pc_002", "PC-002", "fail", 2),
    Found("great_expectations", "PC-002 be_unique", "PC-002", "fail", 2),
    Found("great_expectations", "PC-002 not_be_null", "PC-002", "pass", 0),
    Found("dbt", "pc_004", "PC-004", "error", None),
    Found("dbt", "pc_005", "PC-005", "pass", 0),
)


def test_a_caught_fault_has_no_problem() -> None:
    """Each engine that checks the rule has one check red; what may fire too could be an error."""
    assert compare(FAULT, CAUGHT) == Verdict(FAULT, (*CAUGHT[:2], CAUGHT[3]))


@pytest.mark.parametrize(
    ("place", "changed", "problem"),
    [
        (0, {"status": "pass"}, "PC-002 not caught by dbt"),
        (0, {"status": "error"}, "PC-002 not caught by dbt"),
        (1, {"status": "pass"}, "PC-002 not caught by great_expectations"),
        (3, {"status": "pass"}, "PC-004 did not fire"),
        (4, {"status": "warn"}, "PC-005 fired too"),
        (4, {"status": "error"}, "PC-005 fired too"),
    ],
)
def test_a_fault_that_is_not_caught_as_it_says_is_seen(
    place: int, changed: dict[str, str], problem: str
) -> None:
    """By too few rules, by too many, by a check that could not run, in one engine only."""
    found = list(CAUGHT)
    found[place] = replace(found[place], **changed)
    assert compare(FAULT, found).problems == (problem,)


def test_a_rule_without_a_check_catches_nothing() -> None:
    """As when a suite and the data test went missing together."""
    assert compare(FAULT, CAUGHT[3:]).problems == ("PC-002 was not checked",)


def test_checks_that_no_fault_turns_red_are_named() -> None:
    """Of a whole run: rules, data tests and expectations, but those of types."""
    red = [
        Found("dbt", name, fault_checks.rule_of(name), "fail", 1)
        for name in ("pc_002_a", "pc_004_b")
    ]
    missing = faults.untried(
        [Verdict(FAULT, tuple(red))], {"pc_002_a": ("", ""), "pc_007_c": ("", "")}
    )
    assert "rule PC-002" not in missing
    assert {
        "rule PC-007",
        "test pc_007_c",
        "expectation log_sessions: SE-002 be_unique session_id",
    } < {*missing}


STALE: dict[str, str] = {
    "twice in the list: a": "[{id: a, what: b, fires: PC-001}, {id: a, what: b, fires: PC-001}]",
    "no rule PC-999": "[{id: a, what: b, fires: PC-001 PC-999}]",
    "fires nothing": "[{id: a, what: b, also: PC-001}]",
}


@pytest.mark.parametrize("said", STALE)
def test_a_list_that_does_not_fit_is_an_error(tmp_path: Path, said: str) -> None:
    """Names and rules are looked at before anything runs."""
    (tmp_path / "some.yml").write_text(STALE[said])
    with pytest.raises(StaleError, match=said):
        load(tmp_path)


def test_a_fault_that_changes_no_row_is_out_of_date(
    migrated: str, copy_of: Callable[[str], Target]
) -> None:
    """Any of its statements."""
    statements = "create table public.one (a integer); delete from public.one; select 1"
    with pytest.raises(StaleError, match="changes no row"):
        faults.plant(copy_of(migrated), statements)
