"""People at the edges, seen at an earlier day, a later day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from database import Connection
from edge_people import (
    AND_LATER,
    AS_OF,
    EVERYBODY,
    FIRST,
    LONG_AGO,
    NO_ROW,
    NO_SLEEP,
    SECOND,
    TOMORROW,
    TWICE,
    YESTERDAY,
    built_at,
    compliance,
    of,
    trend,
)
from nightly import in_nightly
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

GROUP = "edge people"

EARLIER = AS_OF - timedelta(days=60)

AHEAD = date(2099, 12, 31)


@pytest.fixture(scope="module")
def target_earlier(
    target_now: Target, own_copy_of: Callable[[str], Target], copy_of: Callable[[str], Target]
) -> Target:
    return copy_of(built_at(own_copy_of(target_now.database), EARLIER).database)


@pytest.fixture(scope="module")
def target_ahead(
    target_now: Target, own_copy_of: Callable[[str], Target], copy_of: Callable[[str], Target]
) -> Target:
    return copy_of(built_at(own_copy_of(target_now.database), AHEAD).database)


@pytest.fixture
def earlier(target_earlier: Target) -> Iterator[Connection]:
    """The marts at `EARLIER`, of the same rows."""
    with settings.connect(target_earlier) as connection:
        yield connection


@pytest.fixture
def ahead(target_ahead: Target) -> Iterator[Connection]:
    """The marts at `AHEAD`, of the same rows."""
    with settings.connect(target_ahead) as connection:
        yield connection


def test_rows_after_the_day_are_not_seen(now: Connection) -> None:
    """Ten days have come; the answers, the score and the change of later days have not."""
    columns = "pulse_check_count, due_pulse_checks, assessment_count, pulse_check_rows_after_window"
    assert compliance(AND_LATER, now, columns) == (10, 10, 0, 0)
    assert trend(AND_LATER, now, "mood")[0] == 10
    for mart in ("fct_assessments", "fct_behavioral_changes", "fct_integration_milestones"):
        assert of(AND_LATER, now, f"select 1 from marts.{mart}") == []


def test_a_session_after_the_day_is_not_seen(now: Connection) -> None:
    """Neither it nor a day of it is in any mart of sessions."""
    for mart in ("dim_sessions", "fct_session_compliance", "fct_session_trends"):
        assert of(TOMORROW, now, f"select 1 from marts.{mart}") == []


def test_what_is_not_seen_is_accounted_for(now: Connection) -> None:
    """Later rows are set aside by name, and their sessions are not compared with the functions."""
    found = now.execute(
        "select source_table, rows from quality.source_rows where outcome = 'after_as_of'"
    ).fetchall()
    assert dict(found) == {
        "log_sessions": 1,
        "log_pulse_checks": 5,
        "log_integration_sessions": 1,
        "log_behavioral_changes": 1,
    }
    found = now.execute(
        "select outcome, rows from quality.cross_checks where mart = 'fct_session_compliance'"
    ).fetchall()
    assert dict(found) == {"match": 4 * 18, "not_comparable": 4 * 2}


def test_earlier_there_were_fewer_people(earlier: Connection) -> None:
    """Who was dosed later is not there; who was dosed on the day is, with nothing due."""
    for person in (YESTERDAY, TWICE, NO_SLEEP, AND_LATER, TOMORROW):
        assert of(person, earlier, "select 1 from marts.dim_sessions") == []
    columns = "pulse_check_count, due_pulse_checks, pulse_check_adherence_pct, longest_gap_days"
    assert compliance(SECOND, earlier, columns) == (1, 0, None, None)


def test_earlier_people_had_come_less_far(earlier: Connection) -> None:
    """What came after the day does not count, in any mart; that day the second session begins."""
    columns = "pulse_check_count, pulse_checks_so_far, due_pulse_checks"
    assert compliance(FIRST, earlier, columns) == (61, 60, 59)
    assert trend(FIRST, earlier, "mood")[0] == 60
    scores = "select max(days_post_session) from marts.fct_assessments"
    assert of(FIRST, earlier, scores) == [(30,)]
    assert compliance(NO_ROW, earlier, "due_pulse_checks, longest_gap_days") == (40, 40)
    elapsed = "select days_elapsed, state from marts.dim_sessions"
    assert of(LONG_AGO, earlier, elapsed) == [(340, "complete")]


def test_earlier_fewer_patients_are_withheld(earlier: Connection) -> None:
    """In week 7 it was the crowd, one more, and the first of two journeys: 12; in week 8 one."""
    found = earlier.execute(
        "select week_post_session, patients, mean from published.rpt_pulse_trends_by_week "
        "where metric = 'mood' and week_post_session in (4, 7, 8) order by 1"
    ).fetchall()
    # 37 / 12 is 3.08, and of so few patients shown to half a point.
    assert found == [(4, 11, 3), (7, 11, 3), (8, None, None)]


@in_nightly
def test_ahead_of_the_clock_every_journey_is_over(ahead: Connection) -> None:
    """A day of reference of a later year is taken at its word: all rows are seen, all days due.

    The first of two journeys had ended before.
    """
    found = ahead.execute(
        "select state, count(*) from marts.dim_sessions group by state order by 1"
    )
    assert found.fetchall() == [("complete", len(EVERYBODY) - 1), ("ended", 1)]
    columns = "pulse_check_count, due_pulse_checks, longest_gap_days"
    assert compliance(AND_LATER, ahead, columns) == (15, 180, 165)
    assert compliance(TOMORROW, ahead, columns) == (0, 180, 180)
    set_aside = ahead.execute(
        "select as_of, sum(rows) filter (where outcome = 'after_as_of') "
        "from quality.source_rows inner join quality.runs using (run_id) group by as_of"
    ).fetchall()
    assert dict(set_aside) == {AS_OF: 8, AHEAD: None}
