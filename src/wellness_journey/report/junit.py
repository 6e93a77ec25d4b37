"""`junit.xml`: every check of a run as a test case, for the readers of CI systems.

A case fails exactly when the run's exit code would say so: a warning passes, with its counts as
output, unless the run was to fail on warnings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import psycopg
from psycopg.rows import class_row

from wellness_journey.report import phrases
from wellness_journey.report.findings import Findings

# In the order of the file: what a reader of one knows it by.
_SUITES = ("dbt", "unit_tests", "cross_checks", "great_expectations", "column_policy", "text_scan")
_NOT_CHECKED = "not_checked"
_COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}


@dataclass(frozen=True)
class Check:
    """One row of quality.check_results with its rule; a rule that nothing checked has no engine."""

    engine: str | None
    check_name: str
    rule_id: str
    sentence: str
    severity: str
    acts: str | None
    action: str | None
    tested: str
    status: str
    checked: int | None
    failing: int | None

    @property
    def suite(self) -> str:
        """The test suite that it stands in."""
        if self.engine != "dbt":
            return self.engine or _NOT_CHECKED
        return {"LG": "unit_tests", "XC": "cross_checks"}.get(self.rule_id[:2], "dbt")

    @property
    def name(self) -> str:
        """The rule's id and sentence, and what tells this check of it from others."""
        if self.rule_id == self.check_name:
            known = self.sentence != self.rule_id
            return f"{self.rule_id} {self.sentence}" if known else self.check_name
        if self.engine != "dbt":
            rest = self.check_name.removeprefix(f"{self.rule_id} ")
        elif self.suite == "unit_tests":
            rest = self.check_name
        else:
            rest = self.check_name.partition("__")[2]
        told = rest.replace("_", " ") if self.engine == "dbt" else rest
        return f"{self.rule_id} {self.sentence}" + (f" ({told})" if told else "")


def checks(connection: psycopg.Connection[Any], run_id: UUID | None) -> list[Check]:
    """Every check of the run, and every rule of the catalogue that it has no check of."""
    with connection.cursor(row_factory=class_row(Check)) as cursor:
        cursor.execute(
            """
            select
                results.engine,
                coalesce(results.check_name, rules.rule_id) as check_name,
                coalesce(rules.rule_id, results.rule_id) as rule_id,
                coalesce(rules.sentence, results.rule_id) as sentence,
                coalesce(rules.severity, 'critical') as severity,
                rules.acts,
                rules.action,
                coalesce(results.tested, split_part(rules.tested, '.', 2)) as tested,
                coalesce(results.status, 'skipped') as status,
                results.checked,
                results.failing
            from quality.rules as rules
            full join (select * from quality.check_results where run_id = %s) as results
                on rules.rule_id = results.rule_id
            order by 3, 1, 2
            """,
            (run_id,),
        )
        return cursor.fetchall()


def as_junit(found: Findings, every: Iterable[Check], fail_on: str) -> str:
    """`found` and its checks as XML; with `fail_on` `warn` a warning is a failure."""
    by_suite: dict[str, list[Check]] = {name: [] for name in _SUITES}
    if found.run_id is not None:
        for check in every:
            by_suite.setdefault(check.suite, []).append(check)
    root = ElementTree.Element("testsuites", name="wellness-journey")
    suites = [_run(found)]
    for name, of_suite in by_suite.items():
        if of_suite:
            suite = ElementTree.Element("testsuite", name=name)
            suite.extend(_case(check, fail_on) for check in of_suite)
            suites.append(suite)
    for suite in suites:
        if found.started_at is not None:
            suite.set("timestamp", found.started_at.strftime("%Y-%m-%dT%H:%M:%S"))
        _count(suite, [suite])
        root.append(suite)
    _count(root, suites)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _run(found: Findings) -> ElementTree.Element:
    """A case of the run itself: what was not built or not checked leaves no other trace here."""
    suite = ElementTree.Element("testsuite", name="run")
    case = ElementTree.SubElement(
        suite, "testcase", classname="run", name="Everything was built and checked"
    )
    if found.nodes_failed or found.missing_engines or found.is_empty:
        ElementTree.SubElement(case, "error", type="run", message=found.sentence)
    return suite


def _case(check: Check, fail_on: str) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase", classname=f"{check.suite}.{check.tested}", name=check.name
    )
    counts = f"{phrases.of(check.failing, check.checked)} in {check.tested}"
    what_to_do = f"{check.acts}: {check.action}" if check.acts else ""
    if check.status == "fail" or (check.status == "warn" and fail_on == "warn"):
        failure = ElementTree.SubElement(case, "failure", type=check.severity, message=counts)
        failure.text = what_to_do
    elif check.status == "warn":
        ElementTree.SubElement(case, "system-out").text = f"warn: {counts}\n{what_to_do}"
    elif check.status == "error":
        ElementTree.SubElement(case, "error", type=check.severity, message="could not be checked")
    elif check.status == "not_applicable":
        ElementTree.SubElement(case, "skipped", message="there was nothing to check")
    elif check.status == "skipped":
        ElementTree.SubElement(case, "skipped", message="not checked: an earlier step failed")
    return case


def _count(element: ElementTree.Element, suites: Iterable[ElementTree.Element]) -> None:
    cases = [case for suite in suites for case in suite.iter("testcase")]
    element.set("tests", str(len(cases)))
    for outcome, attribute in _COUNTED.items():
        element.set(attribute, str(sum(case.find(outcome) is not None for case in cases)))
