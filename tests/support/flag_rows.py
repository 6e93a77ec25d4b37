"""Flags as the models have them and as the reference has them, of a built database."""

from __future__ import annotations

from dataclasses import astuple, fields
from typing import Any

import reference
import reference_adherence
import reference_flags
import reference_outcome_rows
import reference_outcomes
import reference_rules
from cohorts import Cohort
from reference_flags import Flag, FlagWeek
from reference_rules import FIRST_DAYS, Looked
from reference_withholding import published_trends

Rows = dict[tuple[Any, ...], tuple[Any, ...]]


def looks(cohort: Cohort, level: int = 20) -> dict[Any, dict[str, list[Looked]]]:
    """By session and rule, each time that the reference looks."""
    found = {}
    for session in cohort.sessions:
        others = cohort.integration_sessions[session.session_id]
        found[session.session_id] = reference_rules.looked_at(
            session,
            reference.pulse_days(session, cohort.pulse_checks[session.session_id], cohort.as_of),
            reference_outcomes.assessments(session, others),
            others,
            cohort.as_of,
            level,
            cohort.ends.get(session.session_id),
        )
    return found


def adherences(cohort: Cohort) -> dict[Any, reference.Adherence]:
    return {
        session.session_id: reference_adherence.adherence(
            session,
            cohort.pulse_checks[session.session_id],
            cohort.integration_sessions[session.session_id],
            cohort.as_of,
            180,
            cohort.ends.get(session.session_id),
        )
        for session in cohort.sessions
    }


def flags(cohort: Cohort) -> Rows:
    """By session and rule, the rows of fct_review_flags."""
    columns = ", ".join(field.name for field in fields(Flag))
    rows = cohort.rows(f"select {columns} from marts.fct_review_flags")
    found = {row[:2]: row for row in rows}
    assert len(found) == len(rows)
    return found


def reference_of_flags(cohort: Cohort, level: int = 20) -> Rows:
    looked, answered = looks(cohort, level), adherences(cohort)
    return {
        (flag.session_id, flag.rule): astuple(flag)
        for session in cohort.sessions
        for flag in reference_flags.flags(
            session,
            looked[session.session_id],
            answered[session.session_id],
            cohort.as_of,
            level,
            cohort.ends.get(session.session_id),
        )
    }


def weeks(cohort: Cohort, rules: int = len(FIRST_DAYS)) -> Rows:
    """By rule and week, the rows of rpt_review_flags."""
    columns = ", ".join(field.name for field in fields(FlagWeek))
    rows = cohort.rows(f"select {columns} from published.rpt_review_flags")
    assert len(rows) == rules * 26
    return {row[:2]: row for row in rows}


def reference_of_weeks(cohort: Cohort, min_cell: int = 11, level: int = 20) -> Rows:
    days = {
        session.session_id: reference.pulse_days(
            session, cohort.pulse_checks[session.session_id], cohort.as_of
        )
        for session in cohort.sessions
    }
    elsewhere = reference_flags.told_elsewhere(
        published_trends(days, cohort.sessions, cohort.as_of, "week", min_cell, cohort.ends),
        reference_outcome_rows.outcome_rows(
            cohort.sessions, cohort.integration_sessions, cohort.as_of, min_cell
        ),
    )
    rows = reference_flags.flag_weeks(
        cohort.sessions,
        looks(cohort, level),
        adherences(cohort),
        cohort.as_of,
        min_cell,
        *elsewhere,
        level,
    )
    return {(row.rule, row.week_post_session): astuple(row) for row in rows}
