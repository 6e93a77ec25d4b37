"""The mutants of the migrations: the list fits, each verdict can be had."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checkout import ROOT
from mutants import Killers, Mutant, StaleError, Verdict, judge, load
from nightly import nightly

MUTANTS = {mutant.id: mutant for mutant in load()}
HARMLESS = Mutant(
    "harmless",
    "046_add_pulse_checks.sql",
    "-- Needs:   044 (the shared guards).",
    "a comment does nothing",
)


def test_the_list_fits() -> None:
    """Every sabotage finds its text exactly once, and there are enough of them."""
    assert len(MUTANTS) >= 30


@pytest.mark.parametrize("name", ["pulse-window-a-day-long", nightly("authenticated-reads-all")])
def test_a_mutant_is_killed(name: str) -> None:
    """A fixed few; `make mutants` tries all."""
    verdict = judge(MUTANTS[name], ROOT)
    assert verdict.outcome == "killed", verdict


@pytest.mark.parametrize(
    ("new", "outcome"), [("", "survived"), ("create table oops;", "no verdict")]
)
def test_a_survivor_is_seen(new: str, outcome: str) -> None:
    """What changes nothing survives; what PostgreSQL refuses is no verdict about the tests."""
    verdict = judge(replace(HARMLESS, new=new), ROOT, ["schema/test_functions"])
    assert verdict.outcome == outcome, verdict


def test_what_killed_one_meets_the_next_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the same file, and only tests that pass alone without a mutant."""
    passing = {"schema/test_bounds": 0, "schema/test_misuse": 1}
    monkeypatch.setattr("mutants.run", lambda _, tests: (passing[tests[0]], ""))
    killers = Killers(ROOT)
    for module in passing:
        killers.learn(Verdict(HARMLESS, "killed", f"FAILED tests/{module}.py::test_it[1] - no", 1))
    killers.learn(Verdict(HARMLESS, "survived", "1 passed", 1))
    assert killers.of(HARMLESS.file) == "schema/test_bounds"
    assert killers.of("047_add_wellness_journey_functions.sql") == ""


def test_what_a_later_migration_replaces_is_no_mutant() -> None:
    """No test could notice it: 057 makes anew what finds identifiers, and leaves the caller."""
    mutant = replace(HARMLESS, file="044_add_integration_sessions.sql")
    for old, file in (
        ("'\\m((https?|ftp)", "057_know_more_identifiers.sql"),
        ("-- Asked before any row is looked for", None),
        ("create table public.log_integration_sessions", None),
    ):
        assert replace(mutant, old=old).replaced_by(ROOT / "migrations") == file


@pytest.mark.parametrize("old", ["no such text", "create index", "practitioner_id"])
def test_a_stale_mutant_is_an_error(old: str) -> None:
    """Not there, or there more than once: the list is out of date."""
    with pytest.raises(StaleError, match="harmless: found"):
        replace(HARMLESS, old=old).text(ROOT / "migrations")
