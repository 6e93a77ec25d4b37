"""The recipes of docs/scheduling.md for GitHub, GitLab, cron: read as those do, then run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from checkout import ROOT, Checkout
from cron import assert_cron
from nightly import in_nightly
from waiting import LIMIT
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

GITHUB = ROOT / ".github" / "workflows" / "quality.yml"

GITLAB = ROOT / "docs" / "ci" / "gitlab-ci.yml"

INSTALL = "make .venv/.installed"

SERVICE = {
    "POSTGRES_USER": "PGUSER",
    "POSTGRES_PASSWORD": "PGPASSWORD",
    "POSTGRES_DB": "PGDATABASE",
}


def read(path: Path) -> Any:
    # YAML 1.1 takes the key `on` for true; a reader of workflows does not.
    text = re.sub(r"(?m)^on:", '"on":', path.read_text(encoding="utf-8"))
    return yaml.safe_load(text)


@pytest.fixture(scope="module")
def workflow() -> Any:
    """GitHub's."""
    return read(GITHUB)


@pytest.fixture(scope="module")
def job(workflow: Any) -> Any:
    """Its only job."""
    (job,) = workflow["jobs"].values()
    return job


@pytest.fixture
def installed(tmp_path: Path) -> Checkout:
    """A checkout as the recipes have it, its command where `make` puts it."""
    checkout = Checkout(tmp_path)
    command = checkout.root / ".venv" / "bin" / "journey"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m wellness_journey.cli "$@"\n')
    command.chmod(0o755)
    return checkout


def shell(checkout: Checkout, environ: dict[str, str], command: str) -> tuple[int, str]:
    """As GitHub and GitLab run a step; the exit code and all that was said."""
    done = subprocess.run(
        ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
        cwd=checkout.root,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    return done.returncode, done.stdout


# GitHub and GitLab -------------------------------------------------------------------------------


def test_the_workflow_has_the_keys_of_one(workflow: Any, job: Any) -> None:
    """Named, on a schedule and for pull requests, with no right but to read."""
    assert set(workflow) == {"name", "on", "permissions", "concurrency", "jobs"}
    assert {"pull_request", "schedule"} <= set(workflow["on"])
    assert "pull_request_target" not in workflow["on"]
    (schedule,) = workflow["on"]["schedule"]
    assert_cron(schedule["cron"])
    assert workflow["permissions"] == {"contents": "read"}
    assert set(job) == {"runs-on", "timeout-minutes", "services", "env", "steps"}
    for step in job["steps"]:
        assert set(step) <= {"name", "uses", "with", "run", "if"}
        assert ("uses" in step) != ("run" in step)
    assert "secrets." not in GITHUB.read_text()


def test_actions_are_pinned() -> None:
    """To a commit, which nobody can move; the version stands beside it, for those who renew it."""
    uses = re.findall(r"uses: (.*)", GITHUB.read_text())
    assert len(uses) == 4
    for action in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


def test_the_service_is_the_database_that_is_named(job: Any) -> None:
    """What the server is made with, and what the command connects with."""
    assert set(job["services"]["postgres"]) == {"image", "env", "ports", "options"}
    service = job["services"]["postgres"]
    assert {SERVICE[name]: value for name, value in service["env"].items()} == {
        name: job["env"][name] for name in SERVICE.values()
    }
    assert service["ports"] == [f"{job['env']['PGPORT']}:5432"]
    options = shlex.split(service["options"])
    health = shlex.split(options[options.index("--health-cmd") + 1])
    assert health == [
        "pg_isready",
        f"--username={job['env']['PGUSER']}",
        f"--dbname={job['env']['PGDATABASE']}",
    ]
    assert re.fullmatch(r"postgres:\d+", service["image"])


def test_what_is_kept_is_there(job: Any) -> None:
    """Also of a run that failed: the report as an artifact, junit.xml for the annotations."""
    last = [step for step in job["steps"] if step.get("if") == "always()"]
    assert [step["uses"].partition("@")[0] for step in last] == [
        "mikepenz/action-junit-report",
        "actions/upload-artifact",
    ]
    assert last[0]["with"] == {"report_paths": "reports/junit.xml", "annotate_only": True}
    assert last[1]["with"]["path"] == "reports/"


def test_gitlab_does_the_same(job: Any) -> None:
    """The same server, variables and commands, in its own words."""
    gitlab = read(GITLAB)
    (name,) = gitlab
    recipe = gitlab[name]
    known = {"image", "services", "variables", "rules", "timeout", "cache", "script", "artifacts"}
    assert set(recipe) == known
    assert recipe["script"] == [step["run"] for step in job["steps"] if "run" in step]
    (service,) = recipe["services"]
    assert service["name"] == job["services"]["postgres"]["image"]
    variables = dict(recipe["variables"])
    assert variables.pop("PIP_CACHE_DIR").startswith("$CI_PROJECT_DIR/")
    assert variables.pop("PGHOST") == service["alias"]
    expected = {**job["env"], **job["services"]["postgres"]["env"]}
    del expected["PGHOST"]
    assert variables == expected
    assert recipe["artifacts"]["reports"] == {"junit": "reports/junit.xml"}
    assert recipe["artifacts"]["when"] == "always"
    sources = [re.findall(r'"(\w+)"', rule["if"]) for rule in recipe["rules"]]
    assert sources == [["merge_request_event"], ["schedule"]]
    for path in recipe["cache"]["key"]["files"]:
        assert (ROOT / path).is_file()


@in_nightly
def test_the_steps_run_on_a_plain_postgresql(
    job: Any, installed: Checkout, own_copy_of: Callable[[str], Target]
) -> None:
    """An empty database that knows nothing of Supabase ends with a report; every step succeeds."""
    target = own_copy_of("template0")
    steps = [step["run"] for step in job["steps"] if "run" in step]
    assert steps[0] == INSTALL
    assert "\n$(STAMP): " in (ROOT / "Makefile").read_text()
    assert steps[-1].endswith(f"--as-of {SEED_AS_OF}")
    # The variables are the job's; only the place is another.
    place = {"PGHOST": target.host, "PGPORT": str(target.port), "PGDATABASE": target.database}
    page = installed.home / "step.md"
    environ = {
        **installed.environment(None),
        **job["env"],
        **place,
        "GITHUB_STEP_SUMMARY": str(page),
    }
    for step in steps[1:]:
        code, said = shell(installed, environ, step)
        assert code == 0, said
    with settings.connect(target) as connection:
        rows = connection.execute("select name from journey_ledger.migrations").fetchall()
    assert ("prerequisites/002_auth.sql",) in rows
    assert page.read_text().startswith("# Wellness journey: warn")
    assert {"summary.json", "summary.md", "junit.xml", "dbt-docs.html"} <= installed.files().keys()


# Cron --------------------------------------------------------------------------------------------


def test_the_crontab_names_the_script() -> None:
    """Lines of a file in /etc/cron.d: five fields, a user, a command without a percent sign."""
    lines = (ROOT / "docs" / "ci" / "crontab").read_text().splitlines()
    *_, line = [line for line in lines if not line.startswith("#")]
    *schedule, user, command = line.split(maxsplit=6)
    assert_cron(" ".join(schedule))
    assert (user, "%" in command) == ("journey", False)
    script = ROOT / command.removeprefix("/srv/wellness-journey/")
    assert os.access(script, os.X_OK)


def test_the_nightly_script_is_silent_when_all_is_well(
    installed: Checkout, migrated: str, own_copy_of: Callable[[str], Target], tmp_path: Path
) -> None:
    """Otherwise it says what the command said, and leaves with its code."""
    command = installed.root / ".venv" / "bin" / "journey"
    folder = installed.root / "docs" / "ci"
    folder.mkdir(parents=True)
    script = folder / "nightly.sh"
    script.write_text((ROOT / "docs" / "ci" / "nightly.sh").read_text())
    variables = tmp_path / "variables"
    names = ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE")
    # The server has the roles, this database no tables: the command refuses it at once.
    target = own_copy_of("template0")
    environ = installed.environment(target)
    variables.write_text("".join(f"export {name}='{environ.pop(name)}'\n" for name in names))
    environ["JOURNEY_ENV"] = str(variables)
    code, said = shell(installed, environ, f"cd / && sh {script}")
    assert (code, "run `journey migrate` first" in said) == (2, True)
    assert f"database {target.database}" in said
    command.write_text('#!/bin/sh\ntest "$1 $#" = "run 1" && echo said && exit "$(cat code)"\n')
    for number in (0, 1):
        (installed.root / "code").write_text(str(number))
        told = "said\n" if number else ""
        assert shell(installed, environ, f"sh {script}") == (number, told)
