"""Faults in the columns of a database, what a column policy says of them."""

from __future__ import annotations

from pathlib import Path

from catalogued import RULES, WAY
from database import Connection
from wellness_journey.checks.privacy import column_policy
from wellness_journey.checks.results import CheckResult


def compare(connection: Connection, path: Path) -> list[CheckResult]:
    return column_policy.compare(connection, path, RULES, WAY)


def red(results: list[CheckResult]) -> dict[str, tuple[str, ...]]:
    return {result.rule_id: result.places for result in results if result.status != "pass"}


def by_id(results: list[CheckResult]) -> dict[str, CheckResult]:
    return {result.rule_id: result for result in results}


FAULTS = {
    "an e-mail address next to the operational columns": (
        "alter table public.log_sessions add column patient_email text",
        {"PH-001", "PH-002"},
        "public.log_sessions.patient_email",
    ),
    "an e-mail address in a mart": (
        "alter table marts.dim_sessions add column patient_email text",
        {"PH-001", "PH-002", "PH-003"},
        "marts.dim_sessions.patient_email",
    ),
    "a harmless column that nobody classified": (
        "alter table marts.dim_sessions add column visits integer",
        {"PH-001"},
        "marts.dim_sessions.visits",
    ),
    "a table that nobody knows": (
        "create table intermediate.scratch (visits integer)",
        {"PH-001"},
        "intermediate.scratch.visits",
    ),
    "a view": (
        "create view published.peek as select 1 as visits",
        {"PH-001"},
        "published.peek.visits",
    ),
    "a materialized view": (
        "create materialized view marts.peek as select 1 as visits",
        {"PH-001"},
        "marts.peek.visits",
    ),
    "a partitioned table": (
        "create table quality.parts (visits integer) partition by range (visits)",
        {"PH-001"},
        "quality.parts.visits",
    ),
    "what a killed dbt left behind": (
        "create table marts.dim_sessions__dbt_tmp (visits integer)",
        {"PH-001"},
        "marts.dim_sessions__dbt_tmp.visits",
    ),
    "a measure that became text": (
        "alter table marts.fct_pulse_days alter column answers_given type text",
        {"PH-003"},
        "marts.fct_pulse_days.answers_given",
    ),
    "a code that became a document": (
        "alter table marts.dim_sessions alter column state type jsonb using to_jsonb(state)",
        {"PH-003"},
        "marts.dim_sessions.state",
    ),
    "a key in what is published": (
        "alter table published.rpt_pulse_trends_by_day add column session_id uuid",
        {"PH-001", "PH-004"},
        "published.rpt_pulse_trends_by_day.session_id",
    ),
    "a published measure that became a date": (
        "alter table published.rpt_pulse_trends_by_day alter column patients type date"
        " using date '2026-01-01'",
        {"PH-004"},
        "published.rpt_pulse_trends_by_day.patients",
    ),
    "a column that is gone": (
        "alter table published.rpt_pulse_trends_by_day drop column mean",
        {"PH-005"},
        "published.rpt_pulse_trends_by_day.mean",
    ),
}
