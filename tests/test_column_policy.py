"""The column policy against real catalogues, each fault in a rolled-back transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from conftest import ROOT, Connection
from wellness_journey.checks.column_policy import FILE, compare
from wellness_journey.checks.results import CheckResult
from wellness_journey.settings import Target, connect


@pytest.fixture(scope="module")
def whole(built: str, copy_of: Callable[[str], Target]) -> Target:
    """One built database for all tests that roll back what they do."""
    return copy_of(built)


@pytest.fixture
def connection(whole: Target) -> Iterator[Connection]:
    """As its owner, inside a transaction that is rolled back."""
    with connect(whole) as connection:
        yield connection
        connection.rollback()


def red(results: list[CheckResult]) -> dict[str, tuple[str, ...]]:
    return {result.rule_id: result.places for result in results if result.status != "pass"}


def by_id(results: list[CheckResult]) -> dict[str, CheckResult]:
    return {result.rule_id: result for result in results}


def test_a_full_build_is_wholly_classified(connection: Connection) -> None:
    """Every column there is classified, and every name in the policy is there."""
    results = by_id(compare(connection, ROOT / FILE))
    assert red(list(results.values())) == {}
    assert results.keys() == {
        "columns_classified",
        "no_identifier_like_names",
        "no_free_text_types",
        "published_holds_no_key_or_date",
        "policy_has_no_stale_entry",
    }
    tables = yaml.safe_load((ROOT / FILE).read_text())["tables"].values()
    named = sum(len(columns) for by_class in tables for columns in by_class.values())
    assert results["policy_has_no_stale_entry"].checked == named
    assert results["columns_classified"].checked == named


FAULTS = {
    "an e-mail address next to the operational columns": (
        "alter table public.log_sessions add column patient_email text",
        {"columns_classified", "no_identifier_like_names"},
        "public.log_sessions.patient_email",
    ),
    "an e-mail address in a mart": (
        "alter table marts.dim_sessions add column patient_email text",
        {"columns_classified", "no_identifier_like_names", "no_free_text_types"},
        "marts.dim_sessions.patient_email",
    ),
    "a harmless column that nobody classified": (
        "alter table marts.dim_sessions add column visits integer",
        {"columns_classified"},
        "marts.dim_sessions.visits",
    ),
    "a table that nobody knows": (
        "create table intermediate.scratch (visits integer)",
        {"columns_classified"},
        "intermediate.scratch.visits",
    ),
    "a view": (
        "create view published.peek as select 1 as visits",
        {"columns_classified"},
        "published.peek.visits",
    ),
    "a materialized view": (
        "create materialized view marts.peek as select 1 as visits",
        {"columns_classified"},
        "marts.peek.visits",
    ),
    "a partitioned table": (
        "create table quality.parts (visits integer) partition by range (visits)",
        {"columns_classified"},
        "quality.parts.visits",
    ),
    "what a killed dbt left behind": (
        "create table marts.dim_sessions__dbt_tmp (visits integer)",
        {"columns_classified"},
        "marts.dim_sessions__dbt_tmp.visits",
    ),
    "a measure that became text": (
        "alter table marts.fct_pulse_days alter column answers_given type text",
        {"no_free_text_types"},
        "marts.fct_pulse_days.answers_given",
    ),
    "a code that became a document": (
        "alter table marts.dim_sessions alter column state type jsonb using to_jsonb(state)",
        {"no_free_text_types"},
        "marts.dim_sessions.state",
    ),
    "a key in what is published": (
        "alter table published.rpt_pulse_trends_by_day add column session_id uuid",
        {"columns_classified", "published_holds_no_key_or_date"},
        "published.rpt_pulse_trends_by_day.session_id",
    ),
    "a published measure that became a date": (
        "alter table published.rpt_pulse_trends_by_day alter column patients type date"
        " using date '2026-01-01'",
        {"published_holds_no_key_or_date"},
        "published.rpt_pulse_trends_by_day.patients",
    ),
    "a column that is gone": (
        "alter table published.rpt_pulse_trends_by_day drop column mean",
        {"policy_has_no_stale_entry"},
        "published.rpt_pulse_trends_by_day.mean",
    ),
}


@pytest.mark.parametrize(("ddl", "rules", "place"), FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_turns_its_rules_red(
    connection: Connection, ddl: str, rules: set[str], place: str
) -> None:
    """Exactly the intended rules, each naming exactly that column."""
    connection.execute(ddl.encode())
    results = compare(connection, ROOT / FILE)
    assert red(results) == dict.fromkeys(rules, (place,))
    for result in results:
        stale = result.rule_id == "policy_has_no_stale_entry"
        expected = ("warn" if stale else "fail", 1) if result.rule_id in rules else ("pass", 0)
        assert (result.status, result.failing) == expected


# Strings split at run time, because lists take one line for each name.
IDENTIFIERS = """
    patient_name first_name lastname surname initials email e_mail contact_email2 phone home_phone
    mobile telephone fax address address1 ip_address street city zip zipcode postcode postal_code
    ssn mrn record_number medical_record_no birth_date birthdate date_of_birth dob device_id
    device_serial photo profile_photo url portal_url licence license_number insurance_policy
    account_number vin username age latitude note session_notes comment change_description
    free_text message PatientName
""".split()  # noqa: SIM905
HARMLESS = """
    session_id patient_id practitioner_id metric rule_id run_id state mean rows outcome tested
    milestone_type session_number phq9_score connection_7d_mean days_post_session instrument
    average_score percentage stage
""".split()  # noqa: SIM905


def test_names_alarm_on_whole_words_only(connection: Connection) -> None:
    """HIPAA's identifiers and free text alarm by name, keys and measures do not."""
    columns = ", ".join(f'"{name}" integer' for name in IDENTIFIERS + HARMLESS)
    connection.execute(f"create table marts.names ({columns})".encode())
    results = by_id(compare(connection, ROOT / FILE))
    found = results["no_identifier_like_names"]
    assert set(found.places) == {f"marts.names.{name}" for name in IDENTIFIERS}
    assert found.status == "fail"
    assert found.failing == len(IDENTIFIERS)


def test_before_the_first_build(connection: Connection) -> None:
    """Without models their entries are not stale, and nothing published is nothing checked."""
    for schema in ("staging", "intermediate", "marts", "published"):
        connection.execute(f"drop schema {schema} cascade".encode())
        connection.execute(f"create schema {schema}".encode())
    results = by_id(compare(connection, ROOT / FILE))
    assert {rule: result.status for rule, result in results.items()} == {
        "columns_classified": "pass",
        "no_identifier_like_names": "pass",
        "no_free_text_types": "pass",
        "published_holds_no_key_or_date": "not_applicable",
        "policy_has_no_stale_entry": "pass",
    }


EDITS = {
    "unknown class": ("    code: [metric]", "    kode: [metric]", "kode"),
    "two classes": ("    code: [state]", "    code: [state, session_id]", "session_id has two"),
    "unknown schema": ("  marts.dim_sessions:", "  martz.dim_sessions:", "martz.dim_sessions"),
    "not YAML": ("tables:", "tables: [", "line "),
    "another key": ("harmless_names:", "harmless:", "harmless_names"),
    "a reason that is none": (
        "milestone_description: >\n    The kind of milestone in words, one of a few that the "
        "function's own text fixes.",
        "milestone_description:",
        "has no reason",
    ),
    "a name that is not there": (
        "  marts.fct_integration_milestones.milestone_description: >",
        "  marts.dim_sessions.patient_email: >",
        "patient_email is not in tables",
    ),
}


def edited(folder: Path, before: str, after: str) -> Path:
    text = (ROOT / FILE).read_text()
    assert before in text
    path = folder / FILE
    path.parent.mkdir(parents=True)
    path.write_text(text.replace(before, after, 1))
    return path


@pytest.mark.parametrize(("before", "after", "said"), EDITS.values(), ids=EDITS)
def test_a_policy_that_cannot_be_used_is_never_green(
    connection: Connection, tmp_path: Path, before: str, after: str, said: str
) -> None:
    """Every rule is in error and says which file and what in it."""
    results = compare(connection, edited(tmp_path, before, after))
    assert {result.status for result in results} == {"error"}
    assert len(results) == 5
    for result in results:
        assert result.problem is not None
        assert result.problem.startswith(f"{FILE}: ")
        assert said in result.problem
        assert result.checked is result.failing is None


def test_a_missing_policy_is_never_green(connection: Connection, tmp_path: Path) -> None:
    """Without the file there is no allow-list, not an empty one that passes."""
    results = compare(connection, tmp_path / FILE)
    assert {result.status for result in results} == {"error"}


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        ("    code: [state]", "    free_text: [state]", {"no_free_text_types"}),
        ("    code: [source_table]", "    quasi: [source_table]", {"no_free_text_types"}),
        (
            "    code: [metric]\n    measure: [\n      days_post_session",
            "    key: [metric]\n    measure: [\n      days_post_session",
            {"no_free_text_types", "published_holds_no_key_or_date"},
        ),
        ("    free_text: [notes]", "    code: [notes]", {"no_identifier_like_names"}),
        ("    free_text: [notes]\n", "", {"columns_classified", "no_identifier_like_names"}),
    ],
)
def test_a_class_in_the_wrong_place_is_red(
    connection: Connection, tmp_path: Path, before: str, after: str, rules: set[str]
) -> None:
    """Free text only in public, text only as a code, keys not in published, notes only as text."""
    assert red(compare(connection, edited(tmp_path, before, after))).keys() == rules
