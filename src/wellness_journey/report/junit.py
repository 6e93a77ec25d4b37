"""`junit.xml`: every check of a run as a test case, for the readers of CI systems.

A case fails exactly when the run's exit code would say so: a warning passes, with its sizes as
output, unless the run was to fail on warnings.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree

from wellness_journey.report.amounts import of
from wellness_journey.report.findings import Findings
from wellness_journey.report.reading import Check, Reading
from wellness_journey.rules.score import ENGINES

# In the order of the file: what a reader of one knows it by.
_SUITES = (ENGINES[0], "unit_tests", "cross_checks", *ENGINES[1:])
_NOT_CHECKED = "not_checked"
_COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def as_junit(read: Reading, fail_on: str) -> str:
    """The run and its checks as XML; with `fail_on` `warn` a warning is a failure."""
    found = read.found
    by_suite: dict[str, list[Check]] = {name: [] for name in _SUITES}
    if found.run_id is not None:
        for check in read.checks:
            by_suite.setdefault(_suite(check), []).append(check)
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
        "testcase", classname=f"{_suite(check)}.{check.tested}", name=_name(check)
    )
    counts = f"{of(check.failing, check.checked)} in {check.tested}"
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


def _suite(check: Check) -> str:
    """The test suite that it stands in."""
    if check.engine != "dbt":
        return check.engine or _NOT_CHECKED
    return {"LG": "unit_tests", "XC": "cross_checks"}.get(check.rule_id[:2], "dbt")


def _name(check: Check) -> str:
    """The rule's id and sentence, and what tells this check of it from others."""
    if check.rule_id == check.check_name:
        known = check.sentence != check.rule_id
        return f"{check.rule_id} {check.sentence}" if known else check.check_name
    if check.engine != "dbt":
        rest = check.check_name.removeprefix(f"{check.rule_id} ")
    elif _suite(check) == "unit_tests":
        rest = check.check_name
    else:
        rest = check.check_name.partition("__")[2]
    told = rest.replace("_", " ") if check.engine == "dbt" else rest
    return f"{check.rule_id} {check.sentence}" + (f" ({told})" if told else "")
