"""What the last runs found, rule by rule, read back from quality.*."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from database import Connection
from runs import at, know, record
from wellness_journey.report import findings, history, prune
from wellness_journey.report.history import RUNS, History, RuleHistory


def of(connection: Connection, *days: str | None, runs: int = 30) -> RuleHistory:
    """History of SE-001, which had these statuses in one run a day."""
    know(connection, SE_001="critical")
    ids = [
        record(connection, day, {"SE-001": days[day], "SE-002": "pass"}) for day in range(len(days))
    ]
    return history(connection, ids[-1], runs).rules["SE-001"]


@pytest.mark.parametrize(
    ("days", "change", "since", "runs_since"),
    [
        (["pass", "fail"], "new", 1, 1),
        (["fail", "fail", "fail"], "persisting", 0, 3),
        (["pass", "warn", "fail", "error"], "persisting", 1, 3),
        (["fail", "pass"], "fixed", 1, 1),
        (["fail", "pass", "pass"], None, 1, 2),
        (["pass", "pass"], None, 0, 2),
        (["fail", "not_applicable"], "fixed", 1, 1),
        (["fail", "skipped", "fail"], "persisting", 0, 2),
        (["fail", "skipped", "pass"], "fixed", 2, 1),
        (["pass", "skipped", "fail"], "new", 2, 1),
        (["pass", "fail", "skipped", "skipped"], None, 2, 2),
        (["fail"], "new", 0, 1),
    ],
)
def test_new_persisting_and_fixed_problems_are_told_apart(
    connection: Connection, days: list[str], change: str | None, since: int, runs_since: int
) -> None:
    """A run that did not check a rule neither ends its state nor begins one."""
    rule = of(connection, *days)
    assert rule.statuses == tuple(days)
    assert (rule.change, rule.since, rule.runs_since) == (change, at(since), runs_since)


def test_a_rule_has_its_worst_status_of_a_run(connection: Connection) -> None:
    """One that passes elsewhere, or could not be checked, hides nothing."""
    know(connection, SE_001="critical")
    run_id = record(connection, 0, {"SE-001": "pass"})
    for name, status in (("a", "skipped"), ("b", "warn"), ("c", "not_applicable")):
        connection.execute(
            "insert into quality.check_results values"
            " (%s, 'dbt', 'SE-001', 'log_sessions', %s, 1, 1, %s)",
            (run_id, status, name),
        )
    assert history(connection, run_id).rules["SE-001"].statuses == ("warn",)


def test_only_the_last_runs_are_read_and_a_state_may_be_older(connection: Connection) -> None:
    """`since` is not an invention: what came before the runs that were read is not known."""
    rule = of(connection, "pass", "fail", "fail", "fail", runs=3)
    assert (rule.statuses, rule.is_older) == (("fail",) * 3, True)
    assert rule.since == at(1)


@pytest.mark.parametrize(
    ("days", "runs", "is_older"),
    [
        (["pass", "fail", "fail"], 3, False),
        (["pass", "fail", "fail"], 2, True),
        (["pass", "pass", "fail"], 2, False),
    ],
)
def test_a_state_is_not_older_when_its_beginning_was_read(
    connection: Connection, days: list[str], runs: int, is_older: bool
) -> None:
    assert of(connection, *days, runs=runs).is_older is is_older


def test_a_rule_that_a_whole_run_left_out_was_skipped(connection: Connection) -> None:
    """Selecting a few tests must not make a run look good; a younger rule was not left out."""
    know(connection, SE_001="critical", SE_002="critical")
    record(connection, 0, {"SE-001": "pass"})
    record(connection, 1, {"ZZ-998": "not_applicable"})
    last = record(connection, 2, {"SE-001": "pass", "SE-002": "pass"})
    found = history(connection, last)
    assert found.rules["SE-001"].statuses == ("pass", "skipped", "pass")
    assert found.rules["SE-002"].statuses == (None, None, "pass")
    assert [run.score for run in found.runs] == [100, 0, 100]


def test_a_run_without_one_of_the_engines_has_no_score(connection: Connection) -> None:
    """A score of half the rules beside whole ones would be a fall that never was."""
    know(connection, SE_001="major")
    record(connection, 0, {"SE-001": "pass"})
    record(connection, 1, {"SE-001": "pass"}, engines=("dbt",))
    last = record(connection, 2, {"SE-001": "pass"}, nodes_failed=1)
    found = history(connection, last)
    assert [run.score for run in found.runs] == [100, None, 100]
    assert [run.nodes_failed for run in found.runs] == [0, 0, 1]


def test_runs_before_the_youngest_engine_keep_their_score(connection: Connection) -> None:
    """An upgrade takes no score out of the history; from its first run on the engine is missed."""
    know(connection, SE_001="major")
    older = ("dbt", "great_expectations", "column_policy", "text_scan")
    record(connection, 0, {"SE-001": "pass"}, engines=older)
    record(connection, 1, {"SE-001": "pass"})
    last = record(connection, 2, {"SE-001": "pass"}, engines=older)
    assert [run.score for run in history(connection, last).runs] == [100, 100, None]


def test_the_last_score_is_that_of_the_findings(connection: Connection) -> None:
    """Weights 3, 2, 1; floored; a rule that no check names is skipped and counts."""
    know(connection, SE_001="critical", SE_002="major", SE_003="minor", SE_004="critical")
    statuses = {"SE-001": "pass", "SE-002": "warn", "SE-003": "pass", "XX-001": "fail"}
    last = record(connection, 0, statuses)
    found = history(connection, last)
    # 4 of 3 + 2 + 1 + 3 for SE-004, which was not checked, + 3 for XX-001, unknown: critical.
    assert found.runs[-1].score == findings(connection, last).score == Decimal("33.3")


def test_runs_that_checked_nothing_and_later_ones_are_left_out(connection: Connection) -> None:
    """`dbt seed` is a run, too, but no verdict; a report of an old run knows no newer one."""
    know(connection, SE_001="critical")
    first = record(connection, 0, {"SE-001": "fail"})
    connection.execute(
        "insert into quality.runs values (%s, 'seed', %s, %s, %s, 0)",
        (uuid4(), date(2026, 3, 1), at(1), at(1)),
    )
    unbuilt = record(connection, 2, {}, engines=(), nodes_failed=1)
    second = record(connection, 3, {"SE-001": "pass"})
    record(connection, 4, {"SE-001": "fail"})
    found = history(connection, second)
    assert [run.run_id for run in found.runs] == [first, unbuilt, second]
    assert (found.changed("fixed"), found.changed("new")) == (("SE-001",), ())


def test_old_runs_are_pruned(connection: Connection) -> None:
    """With their results; those that the report looks back on stay, and those that tables show."""
    know(connection, PC_001="critical")
    old = [record(connection, day, {"PC-001": "pass"}) for day in range(1, RUNS + 6)]
    record(connection, RUNS + 6, {}, engines=())
    connection.execute(
        "insert into quality.built_tables (relation, run_id, definition)"
        " values ('marts.dim_sessions', %s, md5('')::uuid)",
        (old[1],),
    )
    assert prune(connection, 99_999) == (0, RUNS + 6)
    assert prune(connection, 1) == (4, RUNS + 2)
    left = connection.execute("select run_id from quality.runs").fetchall()
    assert {run_id for (run_id,) in left} == {old[1], *old[4:]}
    results = connection.execute("select count(distinct run_id) from quality.check_results")
    assert results.fetchone() == (RUNS + 2,)


def test_without_a_run_there_is_no_history(connection: Connection) -> None:
    know(connection, SE_001="critical")
    assert history(connection, None) == History((), {})
    only = history(connection, record(connection, 0, {"SE-001": "pass"}))
    assert only.is_first
