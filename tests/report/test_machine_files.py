"""The files of every kind of run for machines, as their readers take them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from checkout import ROOT, Demo
from database import Connection
from runs import everything_there_is, know, record
from wellness_journey import report
from wellness_journey.report import words
from wellness_journey.rules.score import ENGINES

SCHEMA = json.loads((ROOT / "docs" / "summary.schema.json").read_text(encoding="utf-8"))
OUTCOMES = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def written(connection: Connection, folder: Path, fail_on: str = "fail") -> dict[str, str]:
    """The files of the newest run, by name."""
    read = report.read(connection)
    paths = report.write_summary(read, folder, fail_on)
    report.append_to_step(read)
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def nothing_ran(connection: Connection) -> None:
    pass


def dbt_could_not_start(connection: Connection) -> None:
    know(connection, PC_001="critical")
    record(connection, 1, {}, engines=(), nodes_failed=1)


def only_dbt(connection: Connection) -> None:
    know(connection, PC_001="critical", PC_002="minor")
    record(connection, 1, {"PC-001": "pass"}, engines=())


def many_problems(connection: Connection) -> None:
    rules = {f"PC_{number:03}": "major" for number in range(1, 200)}
    know(connection, **rules)
    record(connection, 1, {rule.replace("_", "-"): "warn" for rule in rules})


KINDS = [nothing_ran, dbt_could_not_start, only_dbt, everything_there_is, many_problems]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def closed(schema: Any) -> Any:
    """The schema, refusing what it does not name: readers ignore it, we have to publish it."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if "properties" in found and isinstance(found.get("required"), list):
        found["additionalProperties"] = False
    return found


def assert_summary(text: str) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(text)
    jsonschema.Draft202012Validator(closed(SCHEMA)).validate(summary)
    assert summary["rules"]["applicable"] == sum(
        count
        for status, count in summary["rules"].items()
        if status not in ("applicable", "not_applicable")
    )
    for flow in summary["source_rows"].values():
        assert flow["is_balanced"]
    return summary


def assert_junit(text: str) -> dict[str, ElementTree.Element]:
    """What the readers of GitHub, GitLab and Jenkins build on; the cases by class and name."""
    root = ElementTree.fromstring(text)  # noqa: S314 - our own
    assert root.tag == "testsuites"
    assert {suite.tag for suite in root} == {"testsuite"}
    cases: dict[str, ElementTree.Element] = {}
    for suite in root:
        assert len({suite.get("name") for suite in root}) == len(root)
        for case in suite:
            assert case.tag == "testcase"
            assert case.get("name", "").strip() == case.get("name") != ""
            assert case.get("classname", "").startswith(suite.get("name", "-"))
            outcomes = [child.tag for child in case]
            assert len(outcomes) <= 1
            assert set(outcomes) <= {*OUTCOMES, "system-out"}
            for child in case:
                assert child.tag == "system-out" or child.get("message")
                assert child.tag not in ("failure", "error") or child.get("type")
            key = f"{case.get('classname')}::{case.get('name')}"
            assert key not in cases
            cases[key] = case
    for element in (root, *root):
        assert int(element.get("tests", "")) == len(list(element.iter("testcase"))) > 0
        for tag, attribute in OUTCOMES.items():
            assert int(element.get(attribute, "")) == len(list(element.iter(tag)))
    return cases


def test_the_schema_is_a_schema_and_says_what_each_field_is() -> None:
    """Of the draft it names, with the version that the files carry, every field described."""
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    version = SCHEMA["properties"]["version"]["const"]
    assert SCHEMA["$id"].endswith(f":{version}")
    assert version == report.summary.VERSION

    def fields(schema: Any) -> None:
        for name, field in schema.get("properties", {}).items():
            assert field.get("description"), name
            fields(field)
            fields(field.get("items", {}))

    fields(SCHEMA)


@every_kind
def test_files_of_every_kind_of_run_are_sound(
    connection: Connection, tmp_path: Path, kind: Any
) -> None:
    """The published schema, the common shape of JUnit's, a page that is read to its end."""
    kind(connection)
    files = written(connection, tmp_path / "reports")
    assert_summary(files["summary.json"])
    assert_junit(files["junit.xml"])
    assert len(files["summary.md"].splitlines()) < 60
    assert list(files) == [path.name for path in report_files(tmp_path)]


def report_files(folder: Path) -> list[Path]:
    order = ("summary.md", "summary.json", "junit.xml")
    return sorted((folder / "reports").iterdir(), key=lambda path: order.index(path.name))


def test_what_is_not_in_the_schema_is_noticed(connection: Connection, tmp_path: Path) -> None:
    """The comparison itself can fail: a field too many, one too few, one of another kind."""
    everything_there_is(connection)
    good = json.loads(written(connection, tmp_path)["summary.json"])
    for path, value in (
        (("more",), 1),
        (("attention", 0, "value"), "x"),
        (("score",), 100.5),
        (("rules", "pass"), None),
        (("attention", 0, "change"), "old"),
        (("cross_checks", "fct_session_compliance", "other"), "none"),
        (("cross_checks", "fct_session_compliance", "match"), 4),
    ):
        bad = copy.deepcopy(good)
        place = bad
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(closed(SCHEMA)).validate(bad)
    del good["fixed"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(closed(SCHEMA)).validate(good)


def test_a_summary_tells_new_fixed_and_persisting_apart(
    connection: Connection, tmp_path: Path
) -> None:
    """With who acts and what to do; a rule unknown to the catalogue has neither."""
    everything_there_is(connection)
    files = written(connection, tmp_path)
    summary = json.loads(files["summary.json"])
    assert summary["fixed"] == ["PC-000"]
    of = {rule["rule_id"]: rule for rule in summary["attention"]}
    own = of.pop('my | own <check> & "more"')
    assert (own["change"], own["acts"], own["runs"]) == ("new", None, 1)
    assert {rule_id: (rule["status"], rule["change"]) for rule_id, rule in of.items()} == {
        "PC-001": ("warn", "persisting"),
        "PC-002": ("fail", "persisting"),
        "PC-003": ("error", "persisting"),
        **dict.fromkeys(("PC-004", "PC-006", "PC-007"), ("skipped", None)),
    }
    assert (of["PC-001"]["acts"], of["PC-001"]["action"]) == ("clinic", "Correct it.")
    assert of["PC-001"]["since"] == "2026-03-02T06:00:00+00:00"
    page = files["summary.md"]
    assert (
        "| fail | PC-002 | It holds | log_sessions | 1 to 10 of 1 to 100 rows "
        "| 2026-03-02 (2 runs) | clinic |" in page
    )
    assert r"my \| own <check>" in page
    assert "Fixed since the run before: PC-000." in page
    assert "| log_sessions | 1 to 100 | 1 to 100 | 1 to 10 after_as_of | holds |" in page


def test_a_case_fails_when_the_run_does(connection: Connection, tmp_path: Path) -> None:
    """Failures with counts and who acts; a warning fails when the run was to fail on it."""
    everything_there_is(connection)
    cases = assert_junit(written(connection, tmp_path)["junit.xml"])
    of = {
        case.get("name", "").partition(" ")[0]: case
        for key, case in cases.items()
        if key.startswith(("dbt.", "not_checked."))
    }
    outcome = {name: [child.tag for child in case] for name, case in of.items()}
    assert outcome == {
        "PC-000": [],
        "PC-001": ["system-out"],
        "PC-002": ["failure"],
        "PC-003": ["error"],
        "PC-004": ["skipped"],
        "PC-005": ["skipped"],
        "PC-006": ["skipped"],
        "PC-007": ["skipped"],
        "my": ["failure"],
    }
    failure = of["PC-002"][0]
    assert (failure.get("message"), failure.text) == (
        "1 to 10 of 1 to 100 rows in log_sessions",
        "clinic: Correct it.",
    )
    assert of["PC-005"][0].get("message") == "there was nothing to check"
    assert list(cases["run::Everything was built and checked"]) == []
    warned = assert_junit(written(connection, tmp_path, "warn")["junit.xml"])
    assert warned["dbt.log_sessions::PC-001 It holds"][0].tag == "failure"


@pytest.mark.parametrize("kind", [nothing_ran, dbt_could_not_start, only_dbt])
def test_a_run_that_is_not_whole_is_an_error(
    connection: Connection, tmp_path: Path, kind: Any
) -> None:
    """A reader that only counts failures must not find a green file."""
    kind(connection)
    cases = assert_junit(written(connection, tmp_path)["junit.xml"])
    case = cases["run::Everything was built and checked"]
    found = report.findings(connection)
    assert [(child.tag, child.get("message")) for child in case] == [("error", found.sentence)]


def test_githubs_page_of_a_step_gets_the_summary(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Appended to what an earlier command of the step has written there."""
    step = tmp_path / "step.md"
    step.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    everything_there_is(connection)
    page = written(connection, tmp_path)["summary.md"]
    assert step.read_text() == f"before\n{page}\n"
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    written(connection, tmp_path)
    assert step.read_text() == f"before\n{page}\n"


def test_the_first_run_has_no_before(connection: Connection) -> None:
    """Nothing is new where there was no earlier run to compare with."""
    know(connection, PC_001="minor")
    for number, told in ((1, "first run"), (2, "2026-03-02 (2 runs)")):
        run_id = record(connection, number, {"PC-001": "warn"})
        assert words.since(report.history(connection, run_id), "PC-001") == told


def test_files_of_the_demo_are_sound(demo: Demo) -> None:
    """Every check of every engine is a case, named by its rule's sentence."""
    assert_summary(demo.files["summary.json"])
    cases = assert_junit(demo.files["junit.xml"])
    names = {key.split("::")[1] for key in cases}
    for name in (
        "PC-004 A session has one pulse check a day",
        "PC-004 A session has one pulse check a day"
        " (compound_columns_to_be_unique session_id check_date)",
        "PH-001 Every column is classified in the column policy",
    ):
        assert name in names
    engines = {key.partition(".")[0].partition("::")[0] for key in cases}
    assert engines == {"run", "unit_tests", "cross_checks", *ENGINES}
    assert len(demo.files["summary.md"].splitlines()) < 60
