"""A few suites, what they say of a database."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from catalogued import RULES
from checkout import ROOT
from wellness_journey.checks import CheckResult
from wellness_journey.checks.suites import evaluation, suite_file
from wellness_journey.database.settings import PIPELINE_ROLE, Target, connect
from wellness_journey.rules import instruments

SUITES = {suite.table: suite for suite in suite_file.read(ROOT / "expectations", RULES)}

# Sources, a mart, what is published: make faults tries every rule.
SOME = (
    *("log_sessions", "log_pulse_checks", "log_integration_sessions", "log_behavioral_changes"),
    *("fct_session_compliance", "rpt_pulse_trends_by_day"),
)

CHECKS = {check.name: (SUITES[table], check) for table in SOME for check in SUITES[table].checks}

CANARY = "CANARY-4711"


def with_suites(folder: Path, *tables: str) -> Path:
    """`folder` as a project root with these suites only, each as it is."""
    (folder / "expectations").mkdir()
    for path in (ROOT / "expectations").iterdir():
        if path.is_dir():
            shutil.copytree(path, folder / "expectations" / path.name)
        elif path.suffix != ".json" or path.stem in tables:
            shutil.copy(path, folder / "expectations")
    shutil.copy(ROOT / "dbt_project.yml", folder)
    (folder / "dbt_project" / "seeds").mkdir(parents=True)
    for seed in (instruments.SEED, instruments.BANDS):
        shutil.copy(ROOT / seed, folder / seed)
    return folder


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


def kwargs(check: suite_file.Check) -> dict[str, Any]:
    assert check.expectation is not None
    return dict(check.expectation["kwargs"])


# The share of a sentiment takes more than a row: make faults plants it.
ROWS = {
    name: found
    for name, found in CHECKS.items()
    if not name.startswith("BC-009")
    and kwargs(found[1]).keys().isdisjoint({"column_set", "type_list"})
}
