"""What finds a planted fault: data tests, unit tests, suites, column policy, text scan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from builds import build, dbt_environment
from catalogued import WAY, needs_attribute
from checkout import ROOT
from database import Connection
from fault_list import RULES
from faultless import TEMPLATE
from wellness_journey.checks import earlier_runs, posture
from wellness_journey.checks.privacy import column_policy, policy_file, text_scan
from wellness_journey.checks.suites import evaluation, suite_file
from wellness_journey.cohort import seed
from wellness_journey.database.settings import PIPELINE_ROLE, Target, connect

SUITES = {f"{s.schema}.{s.table}": s for s in suite_file.read(ROOT / "expectations", RULES)}

# The query of a data test and what it is when it returns a row, by the test's name.
Queries = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Found:
    """What one check said: of which engine and rule, its status, its count of failing rows, and
    what mends it."""

    engine: str
    check: str
    rule: str
    status: str
    failing: int | None
    query: str | None = None


def compiled(target: Target) -> Queries:
    """Every data test as dbt runs it: a query that returns what is wrong, and its severity.

    docs/decisions/2026-11-24-faults-by-compiled-sql.md says why that is all dbt does.
    """
    with dbt_environment(target):
        from dbt.cli.main import dbtRunner

        folders = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT)]
        quiet = ["--log-level", "none", "--log-level-file", "none", "--no-write-json"]
        day = f"{{as_of: {seed.SEED_AS_OF}}}"
        answer: Any = dbtRunner().invoke(
            [*quiet, "compile", *folders, "--vars", day, "--select", "test_type:data"]
        )
        assert answer.success, answer.exception
        nodes = [result.node for result in answer.result.results]
    for node in nodes:
        config = node.config
        assert (config.fail_calc, config.warn_if, config.error_if) == ("count(*)", "!= 0", "!= 0")
        assert config.limit is None
    status = {"warn": "warn", "error": "fail"}
    return {node.name: (node.compiled_code, status[node.config.severity.lower()]) for node in nodes}


def is_clean(found: Found) -> bool:
    """Whether it is what a cohort without a fault gives: rows to look at, and nothing wrong.

    No attribute is named there, so the suites of tables by group have nothing to check.
    """
    return found.status == "pass" or (
        found.status == "not_applicable" and needs_attribute(found.rule, found.check)
    )


def found_by_tests(target: Target, queries: Queries, template: str = TEMPLATE) -> list[Found]:
    """Every data test, by its query."""
    found = []
    with connect(target, role=PIPELINE_ROLE, autocommit=True) as connection:
        for name, (query, when_red) in queries.items():
            rule = rule_of(name)
            # A relation's name begins with its database's.
            here = query.replace(f'"{template}".', f'"{target.database}".')
            try:
                row = connection.execute(f"select count(*) from ({here}) as wrong".encode())
                failing = (row.fetchone() or (None,))[0]
                status = when_red if failing else "pass"
            except psycopg.Error:
                failing, status = None, "error"
            found.append(Found("dbt", name, rule, status, failing))
    return found


def rule_of(test: str) -> str:
    """The id that the name of a data test begins with."""
    return f"{test[:2]}-{test[3:6]}".upper()


def found_by_checks(target: Target, tables: Iterable[str]) -> list[Found]:
    """The suites of `tables`, the column policy and the scan of free text: `journey check`."""
    wanted = [suite for name, suite in SUITES.items() if name in set(tables)]
    policy = ROOT / policy_file.FILE
    with connect(target, role=PIPELINE_ROLE, autocommit=True) as connection:
        results = [
            *(evaluation.evaluate(target, connection, wanted) if wanted else ()),
            *column_policy.compare(connection, policy, RULES, WAY),
            *text_scan.scan(connection, policy, RULES, WAY),
        ]
    return [Found(r.engine, r.check_name, r.rule_id, r.status, r.failing) for r in results]


def found_by_build(target: Target, run_id: UUID) -> list[Found]:
    """What a build without tests found in the tables that it built."""
    with connect(target) as connection:
        return [
            Found(*row)
            for row in connection.execute(
                "select engine, check_name, rule_id, status, failing from quality.check_results"
                " where run_id = %s",
                (run_id,),
            )
        ]


def found_by_posture(connection: Connection, root: Path = ROOT) -> list[Found]:
    """The state of the database as it is in this transaction, seen by the pipeline's role."""
    connection.execute("set local role journey_pipeline")
    results = posture.compare(connection, root, RULES, WAY)
    connection.execute("reset role")
    problems = [result.problem for result in results if result.problem]
    assert not problems, problems
    return [Found(r.engine, r.check_name, r.rule_id, r.status, r.failing, r.query) for r in results]


def found_by_runs(connection: Connection, run_id: UUID) -> list[Found]:
    """What the comparison of a run with earlier ones finds in this transaction."""
    results = earlier_runs.compare(connection, run_id, RULES, "public")
    return [Found(r.engine, r.check_name, r.rule_id, r.status, r.failing, r.query) for r in results]


def found_by_unit_tests(target: Target, root: Path, model: str) -> list[Found]:
    """The unit tests of a model, by dbt, which runs them before it builds the model."""
    selection = ("--exclude-resource-type", "test", "--select", model)
    tests = build(target, seed.SEED_AS_OF, *selection, root=root, unit_tests=True).tests
    assert tests, f"{model} has no unit test"
    failing = sum(tests.values()) - tests.get("pass", 0)
    status = "error" if "error" in tests else "fail" if failing else "pass"
    return [Found("dbt", "unit tests", "LG-001", status, failing)]
