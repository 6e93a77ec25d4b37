"""`journey status`, `journey explain`: the last run or one rule on one screen."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from catalogued import RULES
from checkout import Checkout, Demo
from database import Connection
from runs import at, everything_there_is, know, record
from wellness_journey import report
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from wellness_journey.errors import UsageError
from wellness_journey.report import amounts
from wellness_journey.rules import catalogue


@pytest.fixture
def checkout(tmp_path: Any) -> Checkout:
    """A copy of the project with a home of its own."""
    return Checkout(tmp_path)


def status(connection: Connection) -> list[str]:
    return report.status_lines(report.read(connection), at(2) + timedelta(hours=5))


def explain(connection: Connection, rule_id: str) -> list[str]:
    return report.explain_lines(report.explain(connection, RULES[rule_id]))


def test_status_tells_what_is_new_fixed_and_lasting(connection: Connection) -> None:
    """Verdict first, then when, then what does not pass, then each step."""
    everything_there_is(connection)
    lines = status(connection)
    assert lines[0].startswith("ERROR  ")
    assert lines[1] == "as of 2026-03-01; run 2026-03-03 06:00 UTC, 5 hours ago"
    text = "\n".join(lines)
    assert "fail   PC-002  It holds: 1 to 10 of 1 to 100 rows in log_sessions (dbt)\n" in text
    assert "       since 2026-03-02 (2 runs); who acts: clinic\n" in text
    assert 'new    my | own <check> & "more"\n' in text
    assert "fixed  PC-000\n" in text
    assert "3 of 8 rules were not checked\n" in text
    assert "\ngreat_expectations  1 not_applicable\n" in text
    rows = "\nrows                log_sessions: "
    assert rows + "1 to 100, used 1 to 100, quarantined 1 to 10 after_as_of\n" in text
    assert "\ncross-check         fct_session_compliance: 1 to 100 match\n" in text


def test_status_of_a_broken_run_names_what_is_missing(connection: Connection) -> None:
    """Models that were not built, engines that did not check."""
    know(connection, PC_001="critical")
    record(connection, 1, {"PC-001": "pass"}, engines=("dbt",), nodes_failed=2)
    text = "\n".join(status(connection))
    assert "2 models could not be built" in text
    assert "\nbuild               2 not built\n" in text
    assert "\ncolumn_policy       did not check this run\n" in text


def test_status_tells_which_day_and_run_each_table_shows(connection: Connection) -> None:
    """One line while all are of one run; those of another, or of one cut short, by name."""
    first, last = (record(connection, day, {"PC-001": "pass"}) for day in (1, 2))
    cut_short = uuid4()
    connection.execute("delete from quality.built_tables")
    for table, run_id, day in (
        ("marts.dim_sessions", last, "2026-03-01"),
        ("marts.fct_pulse_days", last, "2026-03-01"),
        ("marts.fct_assessments", first, "2026-02-28"),
        ("published.rpt_review_flags", cut_short, "2026-03-02"),
        ("marts.ref_instruments", first, None),
        ("intermediate.int_pulse_days", first, "2026-02-28"),
    ):
        connection.execute(
            "insert into quality.built_tables (relation, run_id, as_of, definition)"
            " values (%s, %s, %s, md5('')::uuid)",
            (table, run_id, day),
        )
    lines = [line for line in status(connection) if line.startswith("tables ")]
    assert lines == [
        "tables              1 as of 2026-03-02, a run cut short: published.rpt_review_flags",
        "tables              2 as of 2026-03-01, run 2026-03-03 06:00 UTC",
        "tables              1 as of 2026-02-28, run 2026-03-02 06:00 UTC: marts.fct_assessments",
    ]


def test_status_of_many_problems_fits_a_screen(connection: Connection) -> None:
    """The worst are listed, the rest counted."""
    rules = {f"PC_{number:03}": "major" for number in range(1, 200)}
    know(connection, **rules)
    record(connection, 1, {rule.replace("_", "-"): "warn" for rule in rules})
    lines = status(connection)
    assert len(lines) < 50
    assert "       187 more in reports/summary.json" in lines


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(5, "just now"), (61, "1 minute ago"), (7_200, "2 hours ago"), (86_400 * 3, "3 days ago")],
)
def test_how_long_ago_is_said_in_its_unit(seconds: int, told: str) -> None:
    """One unit is enough."""
    assert amounts.ago(timedelta(seconds=seconds)) == told


def test_before_the_first_run_both_say_so(connection: Connection) -> None:
    """A rule is told by the catalogue alone."""
    assert status(connection) == [
        "ERROR  Nothing has run yet: `journey run` builds the marts and checks them."
    ]
    lines = explain(connection, "PC-007")
    assert lines[0] == "PC-007  A pulse check has at least one answer"
    assert lines[-1] == "Nothing has run yet: `journey run` builds the marts and checks them."
    text = "\n".join(lines)
    assert "checked by  constraint log_pulse_checks_has_an_answer\n" in text
    assert "            no run has checked it yet: `journey run`\n" in text


def test_a_rule_is_told_with_its_last_results(connection: Connection) -> None:
    """Everything the catalogue says of it; how it was in each run; what broke it, as SQL."""
    know(connection, BC_009="minor")
    record(connection, 1, {"BC-009": "pass"})
    run_id = record(connection, 2, {"BC-009": "warn"})
    connection.execute(
        "update quality.check_results set query = E'\\nselect *\\n\\nfrom x'"
        " where rule_id = 'BC-009' and run_id = %s",
        (run_id,),
    )
    text = "\n".join(explain(connection, "BC-009"))
    for told in (
        "table       public.log_behavioral_changes (change_sentiment)\n",
        "kind        plausibility, verification (Kahn et al. 2016)\n",
        "severity    minor: weighs 1 in the score; warns when it is broken\n",
        "tolerated   90 % of the rows\n",
        "checked by  dbt test dbt: warn, 1 to 10 of 1 to 100 rows in log_sessions\n",
        "who acts    clinic\n",
        "what to do  POSITIVE is what the table writes when the screen leaves the field out, so",
        "now         warn, new\n",
        "runs        pass warn (oldest first)\n",
        "\n    select *\n    from x",
    ):
        assert told in text
    record(connection, 3, {"BC-009": "pass"})
    connection.execute("update quality.check_results set query = 'select 1'")
    text = "\n".join(explain(connection, "BC-009"))
    assert "now         pass, since 2026-03-04 (1 run)" in text
    assert "select" not in text


def test_results_of_an_older_run_do_not_pass_for_the_last(connection: Connection) -> None:
    """A rule that the last run left out is skipped there; its old SQL is not shown."""
    know(connection, BC_009="minor", BC_010="minor")
    run_id = record(connection, 1, {"BC-009": "warn"})
    connection.execute(
        "update quality.check_results set query = 'select 1' where run_id = %s", (run_id,)
    )
    record(connection, 2, {"BC-010": "pass"})
    text = "\n".join(explain(connection, "BC-009"))
    assert "now         skipped, " in text
    assert "dbt: warn, 1 to 10 of 1 to 100 rows in log_sessions, in an earlier run" in text
    assert "select 1" not in text


@pytest.mark.parametrize(
    "asked", ["PC-004", "pc-004", "pc_004_a_session_has_one_pulse_check_a_day"]
)
def test_a_rule_is_found_as_people_write_it(asked: str) -> None:
    """Its id in any case, or the name of its dbt test."""
    assert catalogue.wanted(RULES, asked).rule_id == "PC-004"


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("PC-04", "PC-004 (A session has"),
        ("jumps from", "PC-016 (Nobody jumps"),
        ("PC-0040", "PC-"),
    ],
)
def test_an_unknown_rule_gets_near_names(asked: str, near: str) -> None:
    """By id, or by words of the sentence; never a rule that was not asked for."""
    with pytest.raises(UsageError, match=f"no rule {asked}; did you mean .*") as refusal:
        catalogue.wanted(RULES, asked)
    assert near in str(refusal.value)
    with pytest.raises(UsageError, match="no rule zzz: expectations"):
        catalogue.wanted(RULES, "zzz")


def test_the_commands_say_it(checkout: Checkout, target: Target) -> None:
    """Exit codes as the other verbs have them: 2 for no run and for an unknown rule."""
    code, out, _ = checkout.journey(target, "status")
    assert (code, out.startswith("ERROR  Nothing has run yet")) == (2, True)
    code, out, err = checkout.journey(target, "explain", "PC-04")
    assert (code, out, "did you mean" in err) == (2, "", True)
    code, out, _ = checkout.journey(target, "explain", "PC-004", "--json")
    told = json.loads(out)
    assert (code, told["status"], told["results"], told["statuses"]) == (0, None, [], [])


def test_times_are_utc_whatever_the_database_thinks(
    checkout: Checkout, target: Target, database: Connection
) -> None:
    """A server in Tokyo does not move a run by nine hours."""
    know(database, PC_001="minor")
    record(database, 1, {"PC-001": "warn"})
    database.execute(f"alter database {target.database} set timezone to 'Asia/Tokyo'".encode())
    assert "run 2026-03-02 06:00 UTC" in checkout.journey(target, "status")[1]
    _, out, _ = checkout.journey(target, "status", "--json")
    assert json.loads(out)["run"]["started_at"] == "2026-03-02T06:00:00+00:00"


def test_the_demo_is_told_on_both_screens(demo: Demo) -> None:
    """The same numbers as in the files; the SQL finds as many rows as the rule says."""
    code, out, _ = demo.checkout.journey(demo.target, "status", "--json")
    told = json.loads(out)
    assert (code, told["verdict"], told["steps"]["text_scan"]) == (0, "warn", {"pass": 13})
    assert demo.checkout.journey(demo.target, "status", "--fail-on", "warn")[0] == 1
    code, out, _ = demo.checkout.journey(demo.target, "explain", "PC-004", "--json")
    told = json.loads(out)
    assert (code, told["status"], told["constraints"]) == (0, "warn", [])
    assert {result["engine"] for result in told["results"]} == {"dbt", "great_expectations"}
    (query,) = told["queries"]
    with settings.connect(demo.target, role=settings.PIPELINE_ROLE) as connection:
        assert len(connection.execute(query.encode()).fetchall()) == 808
        connection.execute("set role journey_analyst")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(query.encode())
