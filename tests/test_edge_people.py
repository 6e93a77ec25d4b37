"""People at the edges, all in one database: what every mart says of each of them.

Built at one day of reference, at an earlier one, and at one that lies ahead of the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import Connection, build
from rows import Session
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

AS_OF = date(2025, 10, 31)
EARLIER = AS_OF - timedelta(days=60)
AHEAD = date(2099, 12, 31)


class Person(Session):
    """Somebody dosed so many days before `AS_OF`; rows are told by days after that."""

    def __init__(self, number: int, dosed: int, patient: int | None = None):
        super().__init__(number, patient=patient)
        self.day_0 = AS_OF - timedelta(days=dosed)

    def on(self, offset: int) -> date:
        return self.day_0 + timedelta(days=offset)

    def answers(self, connection: Connection, days: Iterable[int], *scores: int | None) -> None:
        """Connection, sleep, mood and energy, alike on each of `days`."""
        columns = ("connection_level", "sleep_quality", "mood_level", "energy_level")
        for offset in days:
            values = dict(zip(columns, scores, strict=True))
            self.pulse_check(connection, check_date=self.on(offset), **values)

    def phq9(self, connection: Connection, **scores: int) -> None:
        """PHQ-9 scores: `before=20` on the day before the session, `day_30=8` on day 30."""
        for when, score in scores.items():
            offset = -1 if when == "before" else int(when.removeprefix("day_"))
            self.integration_session(
                connection, "PHQ9_ASSESSMENT", session_date=self.on(offset), phq9_score=score
            )


NO_ROW = Person(1, dosed=100)
BASELINE = Person(2, dosed=100)
YESTERDAY = Person(3, dosed=1)
LONG_AGO = Person(4, dosed=400)
FIRST, SECOND = Person(5, dosed=120), Person(6, dosed=60, patient=5)
TWICE = Person(7, dosed=30)
NO_SLEEP = Person(8, dosed=40)
AND_LATER = Person(9, dosed=10)
TOMORROW = Person(10, dosed=-1)
CROWD = [Person(number, dosed=150) for number in range(11, 21)]
EVERYBODY = [
    *(NO_ROW, BASELINE, YESTERDAY, LONG_AGO, FIRST, SECOND, TWICE, NO_SLEEP, AND_LATER, TOMORROW),
    *CROWD,
]


def fill(connection: Connection) -> None:
    for person in EVERYBODY:
        person.create(connection, person.day_0)
    BASELINE.answers(connection, [-1], 5, 5, 5, 5)
    BASELINE.phq9(connection, before=14)
    YESTERDAY.answers(connection, [1], 4, 4, 4, 4)
    LONG_AGO.answers(connection, [*range(1, 182), 200], 5, 5, 5, 5)
    FIRST.answers(connection, range(120), 2, 2, 2, 2)
    FIRST.phq9(connection, before=20, day_30=8, day_90=10)
    SECOND.answers(connection, range(60), 4, 4, 4, 4)
    SECOND.phq9(connection, before=12, day_30=11)
    TWICE.answers(connection, range(1, 21), 4, 4, 4, 3)
    TWICE.answers(connection, range(1, 21), 1, None, None, 1)
    NO_SLEEP.answers(connection, range(1, 41), 3, None, 3, 4)
    AND_LATER.answers(connection, range(1, 16), 3, 3, 3, 3)
    AND_LATER.change(connection, change_date=AND_LATER.on(12))
    AND_LATER.phq9(connection, day_11=9)
    for person in CROWD:
        person.answers(connection, [1, 30, 50], 3, 3, 3, 3)
        person.phq9(connection, before=15, day_30=7)


def built_at(target: Target, as_of: date) -> Target:
    built = build(target, as_of)
    assert built.not_built == ()
    assert not built.tests.get("fail")
    return target


@pytest.fixture(scope="module")
def target_now(
    migrated: str, own_copy_of: Callable[[str], Target], copy_of: Callable[[str], Target]
) -> Target:
    target = own_copy_of(migrated)
    with settings.connect(target, autocommit=True) as connection:
        fill(connection)
    return copy_of(built_at(target, AS_OF).database)


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
def now(target_now: Target) -> Iterator[Connection]:
    """The marts at `AS_OF`."""
    with settings.connect(target_now) as connection:
        yield connection


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


def of(person: Person, connection: Connection, query: str) -> list[tuple[Any, ...]]:
    """The rows of `query` that are of `person`."""
    where = " and " if " where " in query else " where "
    return connection.execute(
        f"{query}{where}session_id = %s".encode(), (person.session_id,)
    ).fetchall()


def compliance(person: Person, connection: Connection, columns: str, window: int = 180) -> Any:
    query = f"select {columns} from marts.fct_session_compliance where window_days = {window}"
    (row,) = of(person, connection, query)
    return row


def trend(person: Person, connection: Connection, metric: str) -> Any:
    (row,) = of(
        person,
        connection,
        "select observed_days, slope_per_30_days, first_30_days_mean, last_30_days_mean "
        f"from marts.fct_session_trends where metric = '{metric}'",
    )
    return row


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
    """The last 60 days of the first are the days of the second: none counts for both."""
    columns = "pulse_check_count, due_pulse_checks, assessment_count"
    assert compliance(FIRST, now, columns) == (120, 120, 2)
    assert compliance(SECOND, now, columns) == (60, 60, 1)
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
        "select patients, mean from published.rpt_pulse_trends_by_week "
        "where metric = 'mood' and week_post_session = 7"
    ).fetchone()
    assert found == (12, Decimal("3.1667"))


def test_two_journeys_are_one_patient_in_the_outcomes(now: Connection) -> None:
    """The first eligible session counts: ten times 7, and 8 but not 11; one never came back."""
    found = now.execute(
        "select patients, mean, eligible, eligible_observed "
        "from published.rpt_assessment_outcomes "
        "where instrument = 'PHQ-9' and outcome_window_days = 30"
    ).fetchone()
    assert found == (11, Decimal("7.0909"), 12, None)


def test_two_journeys_are_one_patient_with_the_days_of_both(now: Connection) -> None:
    """In week 0 eighteen sessions have six due days, and one has one: of eighteen patients.

    Only the ten of the crowd and nobody else have observed and missed days: no share is shown.
    """
    found = now.execute(
        "select patients, expected_days, observed_days, is_share_withheld "
        "from published.rpt_compliance_by_week where week_post_session = 0"
    ).fetchone()
    assert found == (18, 18 * 6 + 1, None, True)


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
    assert trend(TWICE, now, "composite") == (20, 0, Decimal("3.7500"), Decimal("3.7500"))


def test_a_question_never_answered_is_null_and_not_0(now: Connection) -> None:
    """No mean and no slope of sleep; the composite is of the other three."""
    sleep = "select distinct sleep_quality, sleep_7d_mean, sleep_7d_days, composite"
    days = f"{sleep} from marts.fct_pulse_days"
    assert of(NO_SLEEP, now, days) == [(None, None, 0, Decimal("3.3333"))]
    assert trend(NO_SLEEP, now, "sleep") == (0, None, None, None)
    assert trend(NO_SLEEP, now, "composite")[:2] == (40, 0)
    columns = "pulse_check_count, complete_days, complete_days_pct"
    assert compliance(NO_SLEEP, now, columns) == (40, 0, 0)


def test_a_question_never_answered_is_nobody_in_the_trends(now: Connection) -> None:
    """In week 4 thirteen patients tell their mood and twelve their sleep."""
    found = now.execute(
        "select metric, patients from published.rpt_pulse_trends_by_week "
        "where metric in ('mood', 'sleep') and week_post_session = 4"
    ).fetchall()
    assert dict(found) == {"mood": 13, "sleep": 12}


# The day of reference ---------------------------------------------------------------------------


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
    """What came after the day does not count, in any mart."""
    assert compliance(FIRST, earlier, "pulse_check_count, due_pulse_checks") == (61, 60)
    assert trend(FIRST, earlier, "mood")[0] == 61
    scores = "select max(days_post_session) from marts.fct_assessments"
    assert of(FIRST, earlier, scores) == [(30,)]
    assert compliance(NO_ROW, earlier, "due_pulse_checks, longest_gap_days") == (40, 40)
    elapsed = "select days_elapsed, state from marts.dim_sessions"
    assert of(LONG_AGO, earlier, elapsed) == [(340, "complete")]


def test_earlier_fewer_patients_are_withheld(earlier: Connection) -> None:
    """In week 7 it was the crowd, one more, and the first of two journeys: 12; in week 8 two."""
    found = earlier.execute(
        "select week_post_session, patients, mean from published.rpt_pulse_trends_by_week "
        "where metric = 'mood' and week_post_session in (4, 7, 8) order by 1"
    ).fetchall()
    mean = (30 + 5 + 2) / Decimal(12)
    assert found == [(4, 12, round(mean, 4)), (7, 12, round(mean, 4)), (8, None, None)]


def test_ahead_of_the_clock_every_journey_is_over(ahead: Connection) -> None:
    """A day of reference of a later year is taken at its word: all rows are seen, all days due."""
    found = ahead.execute("select state, count(*) from marts.dim_sessions group by state")
    assert found.fetchall() == [("complete", len(EVERYBODY))]
    columns = "pulse_check_count, due_pulse_checks, longest_gap_days"
    assert compliance(AND_LATER, ahead, columns) == (15, 180, 165)
    assert compliance(TOMORROW, ahead, columns) == (0, 180, 180)
    set_aside = ahead.execute(
        "select as_of, sum(rows) filter (where outcome = 'after_as_of') "
        "from quality.source_rows inner join quality.runs using (run_id) group by as_of"
    ).fetchall()
    assert dict(set_aside) == {AS_OF: 8, AHEAD: None}
