"""The marts, the SQL functions, the plain-Python reference say the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import astuple
from typing import Literal

import pytest

import reference
import reference_adherence
from builds import NO_TESTS, build
from cohorts import Cohort
from increments import dump
from reference_withholding import published_trends
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

WINDOWS = (7, 30, 90, 180)
# The day of a row, by table.
DAYS = {
    "log_pulse_checks": "check_date",
    "log_integration_sessions": "session_date",
    "log_behavioral_changes": "change_date",
}


def test_compliance(cohort: Cohort) -> None:
    """fct_session_compliance equals the reference in every session, window and column."""
    found = {
        row[:2]: row[2:]
        for row in cohort.rows(
            """
            select
                session_id, window_days, pulse_check_count, pulse_check_percentage,
                assessment_count, assessment_percentage, integration_session_count,
                integration_session_percentage, overall_compliance_score, due_pulse_checks,
                due_pulse_checks, pulse_checks_so_far, pulse_check_adherence_pct,
                due_assessments, assessments_so_far, assessment_adherence_pct,
                due_integration_sessions, integration_sessions_so_far,
                integration_session_adherence_pct, longest_gap_days,
                days_since_last_pulse_check, complete_days, pulse_check_count
            from marts.fct_session_compliance
            """
        )
    }
    expected = {}
    for session in cohort.sessions:
        pulse_checks = cohort.pulse_checks[session.session_id]
        others = cohort.integration_sessions[session.session_id]
        for window in WINDOWS:
            of_rows = session, pulse_checks, others
            end = cohort.ends.get(session.session_id)
            so_far = reference_adherence.adherence(*of_rows, cohort.as_of, window, end)
            without_end = reference_adherence.adherence(*of_rows, cohort.as_of, window)
            expected[session.session_id, window] = (
                *astuple(reference.compliance(*of_rows, window)),
                *astuple(so_far)[:-2],
                # The days of the window and those of them with all answers, as the score has them.
                *astuple(without_end)[-2:],
            )
    assert found == expected
    assert len(found) == 4 * len(cohort.sessions) > 0


def test_pulse_days(cohort: Cohort) -> None:
    """fct_pulse_days equals the reference in every day, answer, composite and rolling mean."""
    metrics = ", ".join(f"{name}_7d_days, {name}_7d_mean" for name in reference.METRICS)
    found = {
        row[:2]: row[2:]
        for row in cohort.rows(
            f"""
            select
                session_id, days_post_session, check_date, connection_level, sleep_quality,
                mood_level, energy_level, composite, {metrics}
            from marts.fct_pulse_days
            """
        )
    }
    expected = {}
    for session in cohort.sessions:
        checks = cohort.pulse_checks[session.session_id]
        for found_day in reference.pulse_days(session, checks, cohort.as_of):
            check = found_day.check
            rolling = [
                value
                for metric in reference.METRICS
                for value in (found_day.rolling[metric].n, found_day.rolling[metric].mean)
            ]
            expected[session.session_id, found_day.days_post_session] = (
                check.check_date,
                check.connection,
                check.sleep,
                check.mood,
                check.energy,
                found_day.composite,
                *rolling,
            )
    assert found == expected
    assert found


@pytest.mark.parametrize("period", ["day", "week"])
def test_trends(cohort: Cohort, period: Literal["day", "week"]) -> None:
    """The published trends equal the reference in every metric, period and statistic."""
    column = {"day": "days_post_session", "week": "week_post_session"}[period]
    found = cohort.rows(
        f"""
        select metric, {column}, patients, mean, standard_deviation, ci_lower, ci_upper, is_withheld
        from published.rpt_pulse_trends_by_{period}
        """
    )
    days = {
        session.session_id: reference.pulse_days(
            session, cohort.pulse_checks[session.session_id], cohort.as_of
        )
        for session in cohort.sessions
    }
    expected = published_trends(days, cohort.sessions, cohort.as_of, period, ends=cohort.ends)
    assert {row[:2]: row for row in found} == {
        (row.metric, row.period): astuple(row) for row in expected
    }
    assert not all(row[-1] for row in found)


def test_milestones(cohort: Cohort) -> None:
    """fct_integration_milestones equals the reference, row by row in its order."""
    found = defaultdict(list)
    for session_id, *row in cohort.rows(
        "select session_id, milestone_date, milestone_type, milestone_description, completed, "
        "days_post_session from marts.fct_integration_milestones "
        "order by session_id, milestone_number"
    ):
        found[session_id].append(tuple(row))
    expected = {
        session.session_id: reference.milestones(
            session, cohort.integration_sessions[session.session_id]
        )
        for session in cohort.sessions
        if cohort.integration_sessions[session.session_id]
    }
    assert found == expected


def test_behavioral_changes(cohort: Cohort) -> None:
    """fct_behavioral_changes equals the reference in every type, sentiment and day."""
    found = {
        row[:3]: row[3:]
        for row in cohort.rows(
            "select session_id, change_type, change_sentiment, change_count, "
            "first_days_post_session, last_days_post_session from marts.fct_behavioral_changes"
        )
    }
    expected = {
        (session.session_id, *key): astuple(count)
        for session in cohort.sessions
        for key, count in reference.behavior_counts(
            session, cohort.changes[session.session_id]
        ).items()
    }
    assert found == expected


def test_functions(cohort: Cohort) -> None:
    """The functions equal the reference where they see the same rows: they know no as_of."""
    with_later = " union ".join(
        f"select session_id from public.{table} where {day} > %s" for table, day in DAYS.items()
    )
    later = {key for (key,) in cohort.rows(with_later, *[cohort.as_of] * len(DAYS))}
    sessions = [session for session in cohort.sessions if session.session_id not in later]
    assert sessions
    with cohort.connection.transaction():
        cohort.connection.execute("set local role service_role")
        for session in sessions[:40]:
            key = session.session_id
            for window in (1, 7, 45, 180):
                assert cohort.rows(
                    "select * from public.calculate_compliance_score(%s, %s)", key, window
                ) == [
                    astuple(
                        reference.compliance(
                            session,
                            cohort.pulse_checks[key],
                            cohort.integration_sessions[key],
                            window,
                        )
                    )
                ]
            summary = cohort.rows(
                "select change_type, change_count from public.get_behavioral_changes_summary(%s)",
                key,
            )
            assert summary == reference.behavior_summary(session, cohort.changes[key])
            milestones = cohort.rows("select * from public.get_integration_milestones(%s)", key)
            assert milestones == reference.milestones(session, cohort.integration_sessions[key])


def test_cross_checks_match(cohort: Cohort) -> None:
    """Every comparison with the functions matches, or is told to be not comparable."""
    found = cohort.rows(
        "select distinct mart, outcome from quality.cross_checks inner join quality.runs "
        "using (run_id) where as_of = %s",
        cohort.as_of,
    )
    marts = {"fct_session_compliance", "fct_integration_milestones", "fct_behavioral_changes"}
    assert {mart for mart, _ in found} == marts
    outcomes = {outcome for _, outcome in found}
    assert "match" in outcomes
    assert outcomes <= {"match", "not_comparable"}


def test_every_raw_row_is_accounted_for(cohort: Cohort) -> None:
    """raw = used + quarantined for every source table, raw counted from the table itself."""
    for table in (
        "log_sessions",
        "log_pulse_checks",
        "log_integration_sessions",
        "log_behavioral_changes",
        "log_journey_ends",
    ):
        (raw,) = cohort.rows(f"select count(*) from public.{table}")[0]
        outcomes = dict(
            cohort.rows(
                "select outcome, rows from quality.source_rows inner join quality.runs "
                "using (run_id) where as_of = %s and source_table = %s",
                cohort.as_of,
                table,
            )
        )
        assert outcomes.pop("raw") == raw == sum(outcomes.values())


def test_the_same_rows_and_as_of_give_the_same_bytes(
    built: str, own_copy_of: Callable[[str], Target]
) -> None:
    """A second build, and one from rows stored in another order, equal the first byte for byte."""
    target = own_copy_of(built)
    with settings.connect(target, autocommit=True) as connection:
        first = dump(connection)
        for table in (
            "log_pulse_checks",
            "log_integration_sessions",
            "log_behavioral_changes",
            "log_journey_ends",
        ):
            connection.execute(f"alter table public.{table} disable trigger all".encode())
            connection.execute(
                f"create temporary table kept as select * from public.{table}; "
                f"delete from public.{table}; "
                f"insert into public.{table} select * from kept order by md5(created_at::text); "
                "drop table kept".encode()
            )
        assert build(target, SEED_AS_OF, *NO_TESTS).not_built == ()
        assert dump(connection) == first
    # In the small cohort nobody reports a change in enough weeks, no practitioner has enough
    # patients, and no attribute is named.
    nobody = {
        "intermediate.int_behavior_weeks",
        "intermediate.int_behavior_memory",
        "intermediate.int_behavior_differences",
        "intermediate.int_behavior_tests",
        "intermediate.sum_benchmark_dispersion",
        "intermediate.sum_benchmark_limits",
        "marts.fct_behavior_associations",
        "intermediate.int_patient_groups",
        "intermediate.cell_group_composites",
        "intermediate.cell_group_outcomes",
        "intermediate.cell_group_overlaps",
        "intermediate.cell_group_weeks",
        "published.rpt_outcomes_by_group",
        "published.rpt_pulse_trends_by_week_and_group",
    }
    assert {name for name, rows in first.items() if not rows} <= nobody
