"""The command as a user meets it: a process, its output, its exit code, its files."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from checkout import HOSTILE, RUN, Checkout, Demo
from database import as_owner, copied
from nightly import in_nightly
from rows import Session, day, fill
from wellness_journey.database.settings import Target

CANARY = "Zebedee Quillfeather"

FILES = ("index.html", "summary.md", "summary.json", "junit.xml", "dbt-docs.html")


@dataclass(frozen=True)
class Ran:
    """What a run over two sessions without a flaw said and left; its database, to be copied."""

    checkout: Checkout
    target: Target
    database: str
    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def ran(embedded: Target, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The run that tests begin with, made once."""
    checkout = Checkout(tmp_path_factory.mktemp("ran"))
    target = copied(embedded, migrated, "test_own")  # see `own_copy_of`
    fill(target)
    with as_owner(target) as connection:
        # Or it would be said that no pulse check has come in since.
        for number in (1, 2):
            Session(number).end(connection, 10, end_type="DISCHARGE")
    code, out, err = checkout.journey(target, *RUN)
    kept = copied(embedded, target.database, "test_ran")
    return Ran(checkout, target, kept.database, code, out, err)


def test_a_clean_run_passes(ran: Ran) -> None:
    """Exit 0, the server named first, the verdict and the paths last, all rules counted."""
    assert (ran.code, ran.err.splitlines()[0]) == (0, str(replace(ran.target, embedded=False)))
    assert ran.out.splitlines()[-6].startswith("PASS  All ")
    assert ran.out.splitlines()[-5:] == [f"reports/{name}" for name in FILES]
    summary = ran.checkout.summary()
    assert summary["verdict"] == "pass"
    assert summary["score"] == 100.0
    assert summary["run"]["as_of"] == "2025-12-31"
    assert summary["rules"]["applicable"] == summary["rules"]["pass"] > 100
    assert summary["attention"] == []
    assert summary["cross_checks"] == {
        "fct_session_compliance": {"match": "1 to 100"},
        "fct_integration_milestones": {"match": "1 to 100"},
        "fct_behavioral_changes": {"match": "1 to 100"},
    }
    assert summary["source_rows"]["log_pulse_checks"] == {
        **dict.fromkeys(("raw", "used"), "1 to 100"),
        "quarantined": {},
        "is_balanced": True,
    }


def test_warnings_count_when_asked(demo: Demo) -> None:
    """A warning is exit 0, and 1 with --fail-on warn; --json says the same to machines."""
    assert (demo.code, demo.summary["verdict"]) == (0, "warn")
    code, out, _ = demo.checkout.journey(demo.target, "report", "--fail-on", "warn", "--json")
    told = json.loads(out)
    assert (code, told["exit_code"], told["verdict"]) == (1, 1, "warn")
    (rule,) = told["attention"]
    assert rule.pop("action").startswith("Nothing is lost: ")
    assert rule.pop("since") == told["run"]["started_at"]
    assert rule == {
        "status": "warn",
        "rule_id": "PC-004",
        "sentence": "A session has one pulse check a day",
        "severity": "minor",
        "tested": "log_pulse_checks",
        "checked": "10,001 to 100,000",
        "failing": "101 to 1,000",
        "engines": ["dbt", "great_expectations"],
        "acts": "clinic",
        "change": "new",
        "since_is_older": False,
        "runs": 1,
    }


@in_nightly
def test_a_check_of_one_rule_says_that_rule_alone(demo: Demo) -> None:
    """Passing or not, with its own exit code; for what is not checked here it says who does."""
    checkout, target = demo.checkout, demo.target
    code, out, _ = checkout.journey(target, "check", "--select", "PC-004", "--fail-on", "warn")
    assert code == 1
    told = "warn   PC-004  A session has one pulse check a day: 101 to 1,000 of 10,001 to 100,000 "
    assert out.startswith(told)
    assert {line.split()[0] for line in out.splitlines()[1:]} == {"PC-004"}
    code, out, _ = checkout.journey(target, "check", "--select", "PH-011")
    assert (code, out.count("\n")) == (0, 1)
    assert out.startswith("pass   PH-011  ")
    for rule, told in (("PC-012", "dbt test --select pc_012_"), ("XX-999", "no rule XX-999")):
        code, out, err = checkout.journey(target, "check", "--select", rule)
        assert (code, out) == (2, "")
        assert told in err


def test_a_failed_check_is_exit_1(
    checkout: Checkout, ran: Ran, own_copy_of: Callable[[str], Target]
) -> None:
    """A function that says another thing than its mart fails the run, named with its counts."""
    target = own_copy_of(ran.database)
    with as_owner(target) as connection:
        row = connection.execute(
            "select pg_get_functiondef('public.get_integration_milestones(uuid)'::regprocedure)"
        ).fetchone()
        assert row
        connection.execute(row[0].replace("v_session_day\n", "v_session_day + 1\n").encode())
    code, out, _ = checkout.journey(target, *RUN, "--", "--select", "cross_checks")
    assert code == 1
    told = (
        "fail   XC-002  Milestones are what the database's own function lists: "
        "1 to 10 of 1 to 100 rows "
        "in cross_check_integration_milestones"
    )
    # Posture names the function beside it.
    assert [line for line in out.splitlines() if line.startswith(told)]


def test_a_model_that_does_not_build_is_exit_2(
    checkout: Checkout, ran: Ran, own_copy_of: Callable[[str], Target]
) -> None:
    """The broken model and what it held up are named, checks still run, the report says so."""
    target = own_copy_of(ran.database)
    model = checkout.root / "dbt_project" / "models" / "marts" / "fct_pulse_days.sql"
    model.write_text(model.read_text().replace("rolling.check_date\n    from", "no_such\n    from"))
    code, out, _ = checkout.journey(target, *RUN, "--", "--select", "fct_pulse_days")
    assert code == 2
    first = out.splitlines()[0]
    assert first.startswith("NOT BUILT  model fct_pulse_days: Database Error UndefinedColumn (SQL")
    assert first.endswith(": no_such")
    summary = checkout.summary()
    assert (summary["verdict"], summary["run"]["nodes_failed"]) == ("error", 1)
    assert "could not be built" in summary["sentence"]


@in_nightly
def test_a_project_that_dbt_cannot_read_is_exit_2(
    checkout: Checkout, ran: Ran, own_copy_of: Callable[[str], Target]
) -> None:
    """dbt stops before it starts: said, reported, never taken for the run before."""
    target = own_copy_of(ran.database)
    shutil.copytree(ran.checkout.root / "reports", checkout.root / "reports")
    (checkout.root / "dbt_project" / "models" / "marts" / "dim_sessions.sql").write_text(
        "{{ ref('x') }}"
    )
    code, out, _ = checkout.journey(target, *RUN)
    assert code == 2
    assert out.startswith("NOT BUILT  dbt could not start building: Compilation Error")
    assert re.search(r"(?m)^NOT MADE  dbt-docs\.html could not be made \(\w+\): `dbt docs", out)
    assert "dbt-docs.html" not in checkout.files()
    assert checkout.summary()["verdict"] == "error"


@in_nightly
def test_an_empty_database_is_never_green(checkout: Checkout, target: Target) -> None:
    """Nothing to check is exit 2, in words."""
    code, out, _ = checkout.journey(target, *RUN)
    assert code == 2
    assert "The source tables are empty: nothing was checked." in out


@in_nightly
def test_a_run_without_suites_says_so(
    checkout: Checkout, built: str, own_copy_of: Callable[[str], Target]
) -> None:
    """After a plain dbt build the report says what did not check; journey check completes it."""
    target = own_copy_of(built)
    code, out, _ = checkout.journey(target, "report")
    assert code == 2
    assert "Not checked by great_expectations, column_policy, text_scan" in out
    code, out, _ = checkout.journey(target, "check")
    assert code == 0, out
    assert checkout.summary()["not_checked_by"] == []


def test_a_table_that_is_missing_is_said_once(checkout: Checkout, target: Target) -> None:
    """However many checks it holds up; the rules are counted."""
    fill(target)
    code, out, _ = checkout.journey(target, "check")
    assert code == 2
    told = re.findall(r"^       ..-... and \d+ more  (.*) does not exist: has", out, re.M)
    assert len(told) == len(set(told)) > 10
    assert "marts.dim_sessions" in told


@in_nightly
def test_plain_dbt_commands_work_at_the_root(checkout: Checkout, target: Target) -> None:
    """dbt run, test and docs generate need nothing but the PG* variables."""
    fill(target)
    environ = checkout.environment(target)
    dbt = str(Path(sys.executable).with_name("dbt"))
    # Each of our tests runs in the builds of other tests.
    for command in (["seed"], ["run"], ["test", "--select", "staging"], ["docs", "generate"]):
        subprocess.run([dbt, "--quiet", *command], cwd=checkout.root, env=environ, check=True)
    with as_owner(target) as connection:
        commands = connection.execute(
            "select command from quality.runs order by started_at"
        ).fetchall()
    assert commands == [("seed",), ("run",), ("test",)]


def test_load_shows_what_became_of_every_row(
    checkout: Checkout, target: Target, tmp_path: Path
) -> None:
    """Counts and reasons on stdout, rejected rows in the private folder, no value elsewhere."""
    with as_owner(target) as connection:
        Session().create(connection)
    folder = tmp_path / "rows"
    folder.mkdir()
    owner = Session().owner
    lines = ["session_id,patient_id,practitioner_id,pulse_check_id,check_date,mood_level,notes"]
    keys = f"{owner['session_id']},{owner['patient_id']},{owner['practitioner_id']}"
    for number, mood in ((1, "3"), (2, "9")):
        lines.append(f"{keys},{Session(number).patient_id},{day(number)},{mood},{CANARY}")
    (folder / "log_pulse_checks.csv").write_text("\n".join(lines) + "\n")
    code, out, err = checkout.journey(target, "load", str(folder))
    assert code == 1
    assert "2 read = 1 loaded + 0 already present + 1 rejected" in out
    assert CANARY not in out + err
    rejects = checkout.home / "journey" / "rejects" / "log_pulse_checks.csv"
    assert CANARY in rejects.read_text()
    assert rejects.stat().st_mode & 0o777 == 0o600


def test_demo_ends_with_a_verdict(demo: Demo) -> None:
    """On the embedded server, whatever PG* says."""
    assert demo.code == 0, demo.out + demo.err
    assert "embedded PostgreSQL at" in demo.err
    assert "clinic" not in demo.err
    assert demo.out.splitlines()[-4] == "reports/summary.md"
    assert demo.summary["is_synthetic"]
    assert demo.summary["source_rows"]["log_sessions"]["raw"] == "about 400"


@in_nightly
def test_demo_repeats_itself(demo: Demo) -> None:
    """The second time the same numbers; the four rules that compare runs have one now, and PC-004
    is judged by it. Marts are compared with the functions where something changed and in one
    bucket of 32."""
    first, run = demo.summary, demo.summary["run"]
    assert demo.checkout.journey(HOSTILE, "demo")[0] == 0
    second = demo.checkout.summary()
    assert second.pop("run") != first.pop("run") == run
    assert [(rule["rule_id"], rule["change"]) for rule in first.pop("attention")] == [
        ("PC-004", "new")
    ]
    assert second.pop("attention") == []
    assert (first.pop("fixed"), second.pop("fixed")) == ([], ["PC-004"])
    assert (first.pop("verdict"), second.pop("verdict")) == ("warn", "pass")
    assert first.pop("score") < second.pop("score") == 100
    for name, more in (("applicable", 4), ("pass", 5), ("warn", -1), ("not_applicable", -4)):
        assert second["rules"].pop(name) == first["rules"].pop(name) + more
    assert first.pop("cross_checks").keys() == second.pop("cross_checks").keys()
    assert first.pop("sentence") != second.pop("sentence")
    assert first == second
