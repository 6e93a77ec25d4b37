"""People at the edges, all in one database: what every mart says of each of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from database import Connection
from edge_people import (
    BASELINE,
    FIRST,
    LONG_AGO,
    NO_ROW,
    NO_SLEEP,
    SECOND,
    TWICE,
    YESTERDAY,
    compliance,
    of,
    trend,
)

GROUP = "edge people"


# Nothing, or nearly nothing ---------------------------------------------------------------------


def test_who_has_no_row_at_all_has_0_of_what_was_due(now: Connection) -> None:
    """Counts are 0, the gap is everything, what would need a check is NULL."""
    columns = (
        "pulse_check_count, due_pulse_checks, pulse_check_adherence_pct, overall_compliance_score, "
        "longest_gap_days, days_since_last_pulse_check, complete_days_pct"
    )
    assert compliance(NO_ROW, now, columns) == (0, 100, 0, 0, 100, None, None)


def test_who_has_no_row_at_all_is_in_every_mart_of_sessions(now: Connection) -> None:
    """There, with NULLs; in the marts of events not there."""
    assert of(NO_ROW, now, "select state from marts.dim_sessions") == [("active",)]
    assert trend(NO_ROW, now, "composite") == (0, None, None, None)
    for mart in (
        "fct_pulse_days",
        "fct_assessments",
        "fct_behavioral_changes",
        "fct_integration_milestones",
    ):
        assert of(NO_ROW, now, f"select 1 from marts.{mart}") == []


def test_a_baseline_is_nothing_done_yet(now: Connection) -> None:
    """The check of the day before stands in its own column, and the score is only a baseline."""
    columns = "pulse_check_count, assessment_count, pulse_check_rows_before_session"
    assert compliance(BASELINE, now, columns) == (0, 0, 1)
    assert trend(BASELINE, now, "mood") == (0, None, None, None)
    pulse_days = "select days_post_session, is_journey_day from marts.fct_pulse_days"
    assert of(BASELINE, now, pulse_days) == [(-1, False)]
    assessments = "select score, is_baseline, response_class from marts.fct_assessments"
    assert of(BASELINE, now, assessments) == [(14, True, "not_follow_up")]


@pytest.mark.parametrize("window", [7, 30, 90, 180])
def test_who_was_dosed_yesterday_has_full_adherence(now: Connection, window: int) -> None:
    """One day was due and one answered; no week and no month has passed."""
    columns = (
        "due_pulse_checks, pulse_check_adherence_pct, assessment_adherence_pct, "
        "integration_session_adherence_pct, longest_gap_days"
    )
    assert compliance(YESTERDAY, now, columns, window) == (1, 100, None, None, 0)
    assert trend(YESTERDAY, now, "mood") == (1, None, 4, 4)


def test_who_was_dosed_400_days_ago_has_180_days(now: Connection) -> None:
    """The journey ended; what came after is kept and counted apart."""
    elapsed = "select days_elapsed, state from marts.dim_sessions"
    assert of(LONG_AGO, now, elapsed) == [(400, "complete")]
    columns = (
        "pulse_check_count, due_pulse_checks, pulse_check_adherence_pct, "
        "days_since_last_pulse_check, pulse_check_rows_after_window"
    )
    assert compliance(LONG_AGO, now, columns) == (180, 180, 100, 0, 2)
    assert trend(LONG_AGO, now, "mood") == (180, 0, 5, 5)
    days = "select count(*), count(*) filter (where is_journey_day) from marts.fct_pulse_days"
    assert of(LONG_AGO, now, days) == [(182, 180)]


# One patient, two journeys ----------------------------------------------------------------------


def test_each_journey_counts_its_own_rows(now: Connection) -> None:
    """The last 60 days of the first are the days of the second: none counts for both.

    From day 60 of the first on nothing is due there, and its answers count in the score alone.
    """
    columns = "pulse_check_count, pulse_checks_so_far, due_pulse_checks, assessment_count"
    assert compliance(FIRST, now, columns) == (120, 60, 59, 2)
    assert compliance(SECOND, now, columns) == (60, 60, 60, 1)
    states = "select state, end_reason, ended_days_post_session from marts.dim_sessions"
    assert of(FIRST, now, states) == [("ended", "next_session", 60)]
    assert of(SECOND, now, states) == [("active", None, None)]
    for person, mood in ((FIRST, 2), (SECOND, 4)):
        means = "select distinct mood_7d_mean from marts.fct_pulse_days where mood_7d_days = 7"
        assert of(person, now, means) == [(mood,)]
        assert trend(person, now, "mood")[1:] == (0, mood, mood)


def test_each_journey_has_its_own_baseline(now: Connection) -> None:
    """The first one's follow-ups, days before the second session, are not its baseline."""
    query = (
        "select distinct baseline_score, response_class from marts.fct_assessments "
        "where outcome_window_days = 30"
    )
    assert of(FIRST, now, query) == [(20, "response")]
    assert of(SECOND, now, query) == [(12, "no_response")]


def test_two_journeys_are_one_patient_in_the_trends(now: Connection) -> None:
    """In week 7 the ten of the crowd say 3, one says 5, and the mean of 2 and 4 counts once."""
    found = now.execute(
        "select patients, round(mean, 4) from intermediate.cell_pulse_weeks "
        "where metric = 'mood' and week_post_session = 7"
    ).fetchone()
    assert found == (12, Decimal("3.1667"))


def test_two_journeys_are_one_patient_in_the_outcomes(now: Connection) -> None:
    """The first eligible session counts: ten times 7, and 8 but not 11; one never came back."""
    found = now.execute(
        "select shown.patients, round(mean, 4), shown.eligible, shown.eligible_observed "
        "from intermediate.shown_assessment_outcomes as shown "
        "inner join intermediate.cell_assessment_outcomes using (instrument, outcome_window_days) "
        "where instrument = 'PHQ-9' and outcome_window_days = 30"
    ).fetchone()
    assert found == (11, Decimal("7.0909"), 12, None)


def test_two_journeys_are_one_patient_with_the_days_of_both(now: Connection) -> None:
    """In week 0 eighteen sessions have six due days, and one has one: of eighteen patients.

    Only the ten of the crowd and nobody else have observed and missed days: no share is shown.
    """
    found = now.execute(
        "select cells.patients, expected_days, shown.patients, observed_pct, is_share_withheld "
        "from published.rpt_compliance_by_week as shown "
        "inner join intermediate.cell_compliance_weeks as cells using (week_post_session) "
        "where week_post_session = 0"
    ).fetchone()
    assert found == (18, 18 * 6 + 1, 20, None, True)


# Odd answers ------------------------------------------------------------------------------------


def test_who_answers_twice_a_day_has_one_day(now: Connection) -> None:
    """The more complete answer is the day's, the other one a duplicate."""
    columns = (
        "pulse_check_count, duplicate_pulse_check_rows, complete_days, pulse_check_adherence_pct, "
        "longest_gap_days, days_since_last_pulse_check"
    )
    expected = (20, 20, 20, Decimal("66.67"), 10, 10)
    assert compliance(TWICE, now, columns) == expected
    days = "select distinct source_rows, connection_level from intermediate.int_pulse_days"
    assert of(TWICE, now, days) == [(2, 4)]
    assert trend(TWICE, now, "composite") == (20, None, Decimal("3.7500"), Decimal("3.7500"))


def test_a_question_never_answered_is_null_and_not_0(now: Connection) -> None:
    """No mean and no slope of sleep; the composite is of the other three."""
    sleep = "select distinct sleep_quality, sleep_7d_mean, sleep_7d_days, composite"
    days = f"{sleep} from marts.fct_pulse_days"
    assert of(NO_SLEEP, now, days) == [(None, None, 0, Decimal("3.3333"))]
    assert trend(NO_SLEEP, now, "sleep") == (0, None, None, None)
    assert trend(NO_SLEEP, now, "composite")[:2] == (40, None)
    columns = "pulse_check_count, complete_days, complete_days_pct"
    assert compliance(NO_SLEEP, now, columns) == (40, 0, 0)


def test_a_question_never_answered_is_nobody_in_the_trends(now: Connection) -> None:
    """In week 4 thirteen patients tell their mood and twelve their sleep."""
    found = now.execute(
        "select metric, patients from intermediate.cell_pulse_weeks "
        "where metric in ('mood', 'sleep') and week_post_session = 4"
    ).fetchall()
    assert dict(found) == {"mood": 13, "sleep": 12}
