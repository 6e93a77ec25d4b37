"""The reference against examples worked out by hand; every expected figure is written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import pi, sqrt, tan
from typing import Literal
from uuid import UUID

import pytest

import reference
from reference import (
    BehavioralChange,
    BehaviorCount,
    Compliance,
    IntegrationSession,
    PulseCheck,
    PulseDay,
    Rolling,
    Session,
    TrendRow,
)

DAY_0 = date(2026, 2, 1)
NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
SESSION = Session("s1", "t1", "p1", DAY_0)


def on(day: int) -> date:
    return DAY_0 + timedelta(days=day)


def check(
    day: int,
    answers: Sequence[int | None] = (3, 3, 3, 3),
    key: str | UUID = "c",
    session_id: str = "s1",
    hour: int = 0,
) -> PulseCheck:
    created_at = NOON + timedelta(hours=hour)
    connection, sleep, mood, energy = answers
    return PulseCheck(key, session_id, on(day), connection, sleep, mood, energy, created_at)


def checks(*days: int) -> list[PulseCheck]:
    return [check(day) for day in days]


def entry(
    day: int,
    session_type: str = "INTEGRATION_THERAPY",
    completed: bool | None = True,
    *,
    key: str = "i",
    number: int = 1,
    hour: int = 0,
    session_id: str = "s1",
    phq9: int | None = None,
    gad7: int | None = None,
    whoqol: int | None = None,
    psqi: int | None = None,
) -> IntegrationSession:
    created_at = NOON + timedelta(hours=hour)
    scores = (phq9, gad7, whoqol, psqi)
    return IntegrationSession(
        key, session_id, number, on(day), session_type, completed, *scores, created_at
    )


def change(day: int, change_type: str, sentiment: str | None = "POSITIVE") -> BehavioralChange:
    return BehavioralChange("b", "s1", change_type, sentiment, on(day), NOON)


# compliance


def test_compliance_window_edges() -> None:
    """Days 0 and p count; the day before the session and day p + 1 do not (F04)."""
    days = (-1, 0, 30, 31)
    rows = [entry(day, "PHQ9_ASSESSMENT") for day in days] + [entry(day) for day in days]
    found = reference.compliance(SESSION, checks(*days), rows, 30)
    # 2 of 30, 2 of ceil(30/7) = 5, 2 of 1 (capped): 2.667 + 16 + 20 = 38.667
    expected = Compliance(2, Decimal("6.67"), 2, Decimal("40.00"), 2, Decimal("100.00"), 39)
    assert found == expected


def test_compliance_seven_of_seven() -> None:
    """Seven checks, one assessment and one therapy in 7 days are 100 % of everything."""
    rows = [entry(7, "GAD7_ASSESSMENT"), entry(3)]
    found = reference.compliance(SESSION, checks(*range(1, 8)), rows, 7)
    full = Decimal("100.00")
    assert found == Compliance(7, full, 1, full, 1, full, 100)


def test_compliance_is_capped() -> None:
    """The session's own day may count and is never due: 8 days of 7 stay 100 % (F04, F07)."""
    found = reference.compliance(SESSION, checks(*range(8)), [], 7)
    assert (found.pulse_check_count, found.pulse_check_percentage) == (8, Decimal("100.00"))
    assert found.overall_compliance_score == 40


def test_compliance_score_is_summed_from_capped_percentages() -> None:
    """Too many assessments do not make up for missing checks: each share is capped first (F07)."""
    rows = [entry(day, "PHQ9_ASSESSMENT") for day in range(5)]
    assert reference.compliance(SESSION, [], rows, 7).overall_compliance_score == 40


@pytest.mark.parametrize(
    ("window", "pulse", "assessment", "therapy"),
    [
        (1, "100.00", "100.00", "100.00"),
        (7, "14.29", "100.00", "100.00"),
        (8, "12.50", "50.00", "100.00"),
        (30, "3.33", "20.00", "100.00"),
        (31, "3.23", "20.00", "50.00"),
        (90, "1.11", "7.69", "33.33"),
        (180, "0.56", "3.85", "16.67"),
    ],
)
def test_compliance_expected(window: int, pulse: str, assessment: str, therapy: str) -> None:
    """Expected are p checks, ceil(p/7) assessments and ceil(p/30) therapy sessions (F04)."""
    found = reference.compliance(
        SESSION, checks(0), [entry(0, "PHQ9_ASSESSMENT"), entry(0)], window
    )
    assert found.pulse_check_percentage == Decimal(pulse)
    assert found.assessment_percentage == Decimal(assessment)
    assert found.integration_session_percentage == Decimal(therapy)


@pytest.mark.parametrize(("done", "score"), [(1, 1), (3, 2), (5, 3), (2, 1)])
def test_compliance_score_rounds_half_up(done: int, score: int) -> None:
    """A score of 0.5, 1.5 or 2.5 is rounded up, not to the even neighbour (F07)."""
    # p = 80: one day is 1.25 %, times 0.4 is exactly 0.5
    found = reference.compliance(SESSION, checks(*range(1, done + 1)), [], 80)
    assert found.overall_compliance_score == score


def test_compliance_score_uses_unrounded_percentages() -> None:
    """The score is rounded once, from the exact percentages, not from the published ones."""
    # p = 46: 17 of 46 = 36.9565…, 1 of 7 = 14.2857…; 14.7826 + 5.7143 = 20.4969
    found = reference.compliance(SESSION, checks(*range(17)), [entry(1, "PHQ9_ASSESSMENT")], 46)
    assert found.pulse_check_percentage == Decimal("36.96")  # times 0.4: 14.784
    assert found.assessment_percentage == Decimal("14.29")  # times 0.4: 5.716; both: 20.500
    assert found.overall_compliance_score == 20


def test_compliance_counts_a_date_once() -> None:
    """Ten pulse checks on one day are one (F06); two assessments on one day are two."""
    rows = [entry(1, "PHQ9_ASSESSMENT"), entry(1, "GAD7_ASSESSMENT")]
    found = reference.compliance(SESSION, checks(*[1] * 10), rows, 30)
    assert (found.pulse_check_count, found.assessment_count) == (1, 2)


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        (entry(1, "PHQ9_ASSESSMENT", True), True),
        (entry(1, "PHQ9_ASSESSMENT", False), False),
        (entry(1, "PHQ9_ASSESSMENT", None), False),
        (entry(1, "PHQ9_ASSESSMENT", False, phq9=0), True),
        (entry(1, "GAD7_ASSESSMENT", False, gad7=7), True),
        (entry(1, "WHOQOL_BREF", False, whoqol=70), True),
        (entry(1, "PSQI_ASSESSMENT", False, psqi=4), True),
        (entry(1, "PHQ9_ASSESSMENT", False, gad7=7, whoqol=70, psqi=4), False),
        (entry(1, "PULSE_CHECK", True), False),
        (entry(1, "FOLLOW_UP_CALL", True, phq9=3), False),
        (entry(1, "INTEGRATION_THERAPY", True, phq9=3), False),
    ],
)
def test_compliance_assessment_done(row: IntegrationSession, counts: bool) -> None:
    """An assessment counts when completed or carrying its own instrument's score, 0 too (F05)."""
    assert reference.compliance(SESSION, [], [row], 7).assessment_count == counts


def test_compliance_therapy_done() -> None:
    """Therapy counts only when completed; a score on it changes nothing (F05)."""
    rows = [entry(1), entry(2, completed=False, phq9=3), entry(3, completed=None)]
    assert reference.compliance(SESSION, [], rows, 30).integration_session_count == 1


def test_compliance_of_nothing() -> None:
    """A session without rows is 0, not missing."""
    zero = Decimal("0.00")
    assert reference.compliance(SESSION, [], [], 30) == Compliance(0, zero, 0, zero, 0, zero, 0)


def test_only_the_own_session_counts() -> None:
    """Rows of another session are never counted; a UUID and its text are the same key."""
    key = UUID("ABCDEF00-0000-0000-0000-000000000001")
    session = Session(key, "t1", "p1", DAY_0)
    mine = check(1, session_id=str(key).upper())
    found = reference.compliance(session, [mine, check(2)], [entry(1)], 7)
    assert (found.pulse_check_count, found.integration_session_count) == (1, 0)


@pytest.mark.parametrize("window", [None, 0, -1, 3651])
def test_window_refused(window: int | None) -> None:
    """None, 0, negative and above 3650 are errors, 1 and 3650 are not (F03)."""
    with pytest.raises(ValueError, match="window_days must be 1 to 3650"):
        reference.compliance(SESSION, [], [], window)
    with pytest.raises(ValueError, match="window_days must be 1 to 3650"):
        reference.adherence(SESSION, [], [], on(9), window)
    for allowed in (1, 3650):
        reference.compliance(SESSION, [], [], allowed)


# adherence


def test_adherence_so_far() -> None:
    """On day 10 ten checks, one assessment and no therapy were due; nothing due is None, not 0."""
    rows = [entry(10, "PHQ9_ASSESSMENT"), entry(4)]
    found = reference.adherence(SESSION, checks(-1, 0, 2, 3, 7), rows, on(10))
    assert found == reference.Adherence(
        elapsed_days=10,
        pulse_checks_due=10,
        pulse_checks_done=4,
        pulse_check_percentage=Decimal("40.00"),
        assessments_due=1,
        assessments_done=1,
        assessment_percentage=Decimal("100.00"),
        integration_sessions_due=0,
        integration_sessions_done=1,
        integration_session_percentage=None,
        longest_gap_days=3,  # days 4, 5, 6; and again 8, 9, 10
        days_since_last_pulse_check=3,
        complete_days=4,
        observed_days=4,
    )


@pytest.mark.parametrize(
    ("elapsed", "assessments", "therapies"),
    [(6, 0, 0), (7, 1, 0), (29, 4, 0), (30, 4, 1), (180, 25, 6), (181, 25, 6)],
)
def test_adherence_due(elapsed: int, assessments: int, therapies: int) -> None:
    """Due are elapsed checks, floor(elapsed/7) and floor(elapsed/30), elapsed ending at 180."""
    found = reference.adherence(SESSION, [], [], on(elapsed))
    assert found.pulse_checks_due == found.elapsed_days == min(elapsed, 180)
    assert (found.assessments_due, found.integration_sessions_due) == (assessments, therapies)


def test_adherence_on_the_day_itself() -> None:
    """On day 0 nothing is due, so shares and gap are None; the check of the day is observed."""
    found = reference.adherence(SESSION, checks(0), [], DAY_0)
    assert found.pulse_check_percentage is None
    assert found.longest_gap_days is None
    assert (found.pulse_checks_done, found.observed_days) == (1, 1)
    assert found.days_since_last_pulse_check == 0


def test_adherence_of_a_session_to_come() -> None:
    """Before the session's day nothing has elapsed, nothing is due and nothing is seen."""
    found = reference.adherence(SESSION, checks(-1, 0, 1), [entry(0)], on(-1))
    assert (found.elapsed_days, found.pulse_checks_due, found.pulse_checks_done) == (0, 0, 0)
    assert (found.observed_days, found.integration_sessions_done) == (0, 0)
    assert found.days_since_last_pulse_check is None


def test_adherence_never_sees_the_future() -> None:
    """A row dated after as_of is never seen; a row of the day itself is."""
    rows = [entry(10, "PHQ9_ASSESSMENT"), entry(11, "PHQ9_ASSESSMENT"), entry(10), entry(11)]
    found = reference.adherence(SESSION, checks(10, 11), rows, on(10))
    done = found.pulse_checks_done, found.assessments_done, found.integration_sessions_done
    assert done == (1, 1, 1)


def test_adherence_window() -> None:
    """A window of 7 ends at day 7: later rows change nothing and time since stops there."""
    found = reference.adherence(SESSION, checks(5, 8), [entry(8)], on(100), window_days=7)
    assert (found.elapsed_days, found.pulse_checks_done) == (7, 1)
    assert found.integration_sessions_done == 0
    assert (found.longest_gap_days, found.days_since_last_pulse_check) == (4, 2)


def test_adherence_capped() -> None:
    """More done than due is 100."""
    rows = [entry(day, "PHQ9_ASSESSMENT") for day in range(3)]
    found = reference.adherence(SESSION, checks(*range(8)), rows, on(7))
    assert (found.pulse_checks_done, found.assessments_done) == (8, 3)
    assert found.pulse_check_percentage == found.assessment_percentage == Decimal("100.00")


@pytest.mark.parametrize(
    ("days", "gap", "since"),
    [
        ([], 5, None),
        ([0], 5, 5),
        ([1], 4, 4),
        ([5], 4, 0),
        ([3], 2, 2),
        ([1, 2, 3, 4, 5], 0, 0),
    ],
)
def test_adherence_gap(days: list[int], gap: int, since: int | None) -> None:
    """The longest gap runs over the due days 1 to elapsed, open at both ends."""
    found = reference.adherence(SESSION, checks(*days), [], on(5))
    assert (found.longest_gap_days, found.days_since_last_pulse_check) == (gap, since)


def test_adherence_complete_days() -> None:
    """A day is complete when its check has all four answers, after deduplication."""
    rows = [
        check(1, (3, 3, 3, None)),
        check(2, (3, 3, 3, None), hour=5),
        check(2, (1, 1, 1, 1)),
        check(3),
        check(4, (3, None, 3, None)),
        check(4, (None, 3, None, 3), key="d"),
    ]
    found = reference.adherence(SESSION, rows, [], on(4))
    assert (found.complete_days, found.observed_days) == (2, 4)


# pulse days


def test_pulse_day_keeps_most_answers_then_latest_then_smallest_id() -> None:
    """Of one day's checks the fullest wins, then the latest, then the smallest id as text."""
    fuller = check(1, (1, 1, 1, None), key="c")
    later = check(1, (2, 2, None, None), key="d", hour=9)
    assert _kept(fuller, later) == "c"
    assert _kept(check(1, key="a"), check(1, key="b", hour=1)) == "b"
    assert _kept(check(1, key="F1"), check(1, key="e2"), check(1, key="f0")) == "e2"


def _kept(*rows: PulseCheck) -> str | UUID:
    (forwards,) = reference.pulse_days(SESSION, rows, on(9))
    (backwards,) = reference.pulse_days(SESSION, rows[::-1], on(9))
    assert forwards == backwards
    return forwards.check.pulse_check_id


@pytest.mark.parametrize(
    ("answers", "composite"),
    [
        ((1, 2, 3, 5), "2.7500"),
        ((1, 2, None, 2), "1.6667"),
        ((None, 1, 1, 2), "1.3333"),
        ((5, None, None, 5), None),
        ((5, None, None, None), None),
    ],
)
def test_composite(answers: Sequence[int | None], composite: str | None) -> None:
    """The composite is the mean of the answers given, from three of four on."""
    (day,) = reference.pulse_days(SESSION, [check(1, answers)], on(1))
    assert day.composite == (None if composite is None else Decimal(composite))


def test_pulse_days_seen() -> None:
    """One row per observed day in order; days before 0 are kept, days after as_of are not."""
    found = reference.pulse_days(SESSION, checks(200, 3, -1, 0, 201), on(200))
    assert [day.days_post_session for day in found] == [-1, 0, 3, 200]
    assert found[1].check.check_date == DAY_0


def test_rolling_mean_spans_seven_days_not_seven_rows() -> None:
    """The window is days d-6 to d, and the mean is shown from four observed days on."""
    rows = [check(day, (value, 3, 3, 3)) for day, value in [(1, 5), (2, 1), (4, 2), (7, 3), (8, 5)]]
    rolling = {
        day.days_post_session: day.rolling["connection"]
        for day in reference.pulse_days(SESSION, rows, on(99))
    }
    assert rolling == {
        1: Rolling(1, None),
        2: Rolling(2, None),
        4: Rolling(3, None),
        7: Rolling(4, Decimal("2.7500")),  # days 1 to 7: 5, 1, 2, 3
        8: Rolling(4, Decimal("2.7500")),  # days 2 to 8: 1, 2, 3, 5
    }


def test_rolling_counts_values_not_days() -> None:
    """n counts the answers of that metric; four days with three answers show n 3 and no mean."""
    rows = [check(1), check(2), check(3), check(4, (4, None, 3, 3))]
    rolling = reference.pulse_days(SESSION, rows, on(4))[-1].rolling
    assert rolling["connection"] == Rolling(4, Decimal("3.2500"))
    assert rolling["sleep"] == Rolling(3, None)


def test_rolling_composite_is_of_exact_composites() -> None:
    """The rolling composite is the mean of the exact composites, not of the rounded ones."""
    ones, thirds = (1, 1, 1, 1), (1, 2, 2, None)
    rows = [check(day, kind) for day, kind in enumerate((ones, ones, thirds, thirds))]
    rolling = reference.pulse_days(SESSION, rows, on(6))[-1].rolling["composite"]
    assert rolling == Rolling(4, Decimal("1.3333"))  # 4/3; from 1, 1, 1.6667, 1.6667: 1.33335


# milestones and behaviour


def test_milestones() -> None:
    """Every row is a milestone with its description; days before the session are negative."""
    kinds = reference.DESCRIPTIONS
    rows = [entry(day, kind, None if day else False) for day, kind in enumerate(kinds, start=-1)]
    assert reference.milestones(SESSION, rows) == [
        (on(-1), "PULSE_CHECK", "Daily Pulse Check", None, -1),
        (on(0), "PHQ9_ASSESSMENT", "PHQ-9 Assessment", False, 0),
        (on(1), "GAD7_ASSESSMENT", "GAD-7 Assessment", None, 1),
        (on(2), "WHOQOL_BREF", "Quality of Life Assessment", None, 2),
        (on(3), "PSQI_ASSESSMENT", "Sleep Quality Assessment", None, 3),
        (on(4), "INTEGRATION_THERAPY", "Integration Therapy Session", None, 4),
        (on(5), "FOLLOW_UP_CALL", "Follow-up Call", None, 5),
    ]


def test_milestones_total_order() -> None:
    """Ties on the date are broken by type, number, created_at and id, in that order (F10)."""
    rows = [
        entry(2, "PULSE_CHECK", False, key="a"),
        entry(3, "GAD7_ASSESSMENT", key="a"),
        entry(2, "PSQI_ASSESSMENT", True, number=2),
        entry(2, "PSQI_ASSESSMENT", False, number=1, hour=1),
        entry(2, "PSQI_ASSESSMENT", None, number=1, key="B"),
        entry(2, "PSQI_ASSESSMENT", True, number=1, key="a"),
    ]
    expected = [
        (2, "PSQI_ASSESSMENT", True),
        (2, "PSQI_ASSESSMENT", None),
        (2, "PSQI_ASSESSMENT", False),
        (2, "PSQI_ASSESSMENT", True),
        (2, "PULSE_CHECK", False),
        (3, "GAD7_ASSESSMENT", True),
    ]
    for order in (rows, rows[::-1]):
        found = reference.milestones(SESSION, order)
        assert [(row[4], row[1], row[3]) for row in found] == expected


def test_behavior_summary() -> None:
    """Only POSITIVE changes count; most frequent first, then by type."""
    changes = [change(day, "HABIT") for day in (1, 2)]
    changes += [change(3, "SOCIAL"), change(3, "CREATIVE"), change(4, "SOCIAL", "NEGATIVE")]
    changes += [change(5, "HEALTH", "NEUTRAL"), change(6, "OTHER", None)]
    expected = [("HABIT", 2), ("CREATIVE", 1), ("SOCIAL", 1)]
    assert reference.behavior_summary(SESSION, changes) == expected
    assert reference.behavior_summary(SESSION, []) == []


def test_behavior_counts() -> None:
    """Each type and sentiment has its count, first and last day, negative days included."""
    changes = [change(9, "HABIT"), change(-2, "HABIT"), change(4, "HABIT", "NEGATIVE")]
    assert reference.behavior_counts(SESSION, changes) == {
        ("HABIT", "POSITIVE"): BehaviorCount(2, -2, 9),
        ("HABIT", "NEGATIVE"): BehaviorCount(1, 4, 4),
    }


# trends


def trend(
    rows: Sequence[PulseCheck],
    metric: str,
    period: int,
    by: Literal["day", "week"] = "day",
    patient_of: Mapping[str, str] | None = None,
) -> TrendRow:
    """Return one row of the trends; each session is a patient's own unless `patient_of` knows."""
    patients = patient_of or {}
    keys = sorted({str(row.session_id) for row in rows})
    sessions = [Session(key, "t1", patients.get(key, key), DAY_0) for key in keys]
    days: dict[reference.Id, list[PulseDay]] = {
        session.session_id: reference.pulse_days(session, rows, on(400)) for session in sessions
    }
    found = reference.trends(days, sessions, by)
    (row,) = (row for row in found if (row.metric, row.period) == (metric, period))
    return row


def eleven(day: int) -> list[PulseCheck]:
    """Eleven patients: five 2, one 3, five 4, so mean 3, variance 10/10, SD 1."""
    values = [2] * 5 + [3] + [4] * 5
    return [check(day, (v, v, v, v), session_id=f"s{n}") for n, v in enumerate(values)]


@pytest.mark.parametrize("metric", reference.METRICS)
def test_trend_by_day(metric: str) -> None:
    """Mean, SD (n - 1) and Student's interval over patients: 3 +- 2.228139 / sqrt(11)."""
    found = trend(eleven(5), metric, 5)
    figures = ("3.0000", "1.0000", "2.3282", "3.6718")
    assert (found.patients, found.is_withheld) == (11, False)
    assert _figures(found) == [Decimal(text) for text in figures]


def test_trend_counts_patients_with_a_value() -> None:
    """Eleven observed patients of whom one left the answer out are ten for that metric."""
    rows = [check(5, (3, 3, None, 3), session_id="s0"), *eleven(5)[1:]]
    assert trend(rows, "mood", 5).patients == 10
    assert trend(rows, "sleep", 5).patients == 11
    assert trend(rows, "composite", 5).patients == 11


def test_trend_takes_one_value_per_patient() -> None:
    """A patient with two sessions is one patient, with the mean of both days' values."""
    rows = [
        check(5, (1, 1, 1, 1), session_id="a1"),
        check(5, (2, 2, 2, 2), session_id="a2"),
        check(5, (4, 4, 4, 4), session_id="b1"),
    ]
    found = trend(rows, "energy", 5, patient_of={"a1": "a", "a2": "a"})
    # 1.5 and 4: mean 2.75, SD 2.5/sqrt(2), margin 12.706205 * 1.25 = 15.882756
    figures = ("2.7500", "1.7678", "-13.1328", "18.6328")
    assert found.patients == 2
    assert _figures(found) == [Decimal(text) for text in figures]
    by_session = trend(rows, "energy", 5)
    assert (by_session.patients, by_session.mean) == (3, Decimal("2.3333"))


def _figures(row: TrendRow) -> list[Decimal | None]:
    return [row.mean, row.standard_deviation, row.ci_lower, row.ci_upper]


def test_trend_by_week() -> None:
    """A week is day div 7, a patient's value the mean of that patient's days in it."""
    rows = [check(day, (v, 3, 3, 3), session_id="a") for day, v in [(6, 5), (7, 1), (13, 2)]]
    rows += [check(day, (v, 3, 3, 3), session_id="b") for day, v in [(10, 2), (14, 5)]]
    found = trend(rows, "connection", 1, "week")
    # 1.5 and 2: mean 1.75, SD 0.5/sqrt(2), margin 12.706205 * 0.25 = 3.176551
    assert found.patients == 2
    assert _figures(found) == [Decimal(text) for text in ("1.7500", "0.3536", "-1.4266", "4.9266")]


def test_trend_composite_is_of_exact_composites() -> None:
    """A person's composite is averaged from exact values: 4/3, not 1.33335."""
    ones, thirds = (1, 1, 1, 1), (1, 2, 2, None)
    rows = [check(day, kind) for day, kind in enumerate((ones, ones, thirds, thirds))]
    found = trend(rows, "composite", 0, "week")
    assert found == TrendRow("composite", 0, 1, Decimal("1.3333"), None, None, None, False)


def test_trend_covers_the_journey_only() -> None:
    """Days 0 and 180 count, -1 and 181 do not, not even into the weeks they would fall in."""
    rows = [check(day, (v, 3, 3, 3)) for day, v in [(-1, 5), (0, 1), (180, 2), (181, 5)]]
    assert trend(rows, "connection", 0, "day").mean == 1
    assert trend(rows, "connection", 0, "week").mean == 1
    assert trend(rows, "connection", 180, "day").mean == 2
    assert trend(rows, "connection", 25, "week").mean == 2


@pytest.mark.parametrize(("by", "periods"), [("day", 181), ("week", 26)])
def test_trend_has_every_row(by: Literal["day", "week"], periods: int) -> None:
    """Every metric and day 0 to 180, or week 0 to 25, has its row, with nothing observed too."""
    found = reference.trends({}, [], by)
    assert [(row.metric, row.period) for row in found] == [
        (metric, period) for metric in reference.METRICS for period in range(periods)
    ]
    assert all(row.is_withheld and row.patients is None for row in found)


# arithmetic


@pytest.mark.parametrize(
    ("df", "table"), [(1, "12.706"), (10, "2.228"), (100, "1.984"), (1000, "1.962")]
)
def test_student_t_table(df: int, table: str) -> None:
    """The quantiles are those of the printed tables."""
    assert f"{reference.student_t_975(df):.3f}" == table


@pytest.mark.parametrize(("df", "exact"), [(1, 1 / tan(pi / 40)), (2, 0.95 / sqrt(0.04875))])
def test_student_t_closed_forms(df: int, exact: float) -> None:
    """For 1 and 2 degrees of freedom the quantile has a closed form, met to 1e-9."""
    assert abs(reference.student_t_975(df) - exact) < 1e-9


def test_student_t_shrinks_to_the_normal() -> None:
    """The quantile falls with the degrees of freedom towards 1.959964; below 1 is an error."""
    found = [reference.student_t_975(df) for df in range(1, 400)]
    assert found == sorted(found, reverse=True)
    # normal quantile z, next term (z³ + z) / (4 df)
    assert abs(reference.student_t_975(20_000) - (1.959963985 + 2.372271 / 20_000)) < 1e-7
    with pytest.raises(ValueError, match="at least 1"):
        reference.student_t_975(0)


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        ("0.125", 2, "0.13"),
        ("-0.125", 2, "-0.13"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("2.4999999999", 0, "2"),
        ("3", 4, "3.0000"),
        ("-0.00004", 4, "0.0000"),
    ],
)
def test_rounded(value: str, places: int, shown: str) -> None:
    """Halves go away from zero, and the stated number of decimals is kept."""
    assert str(reference.rounded(Fraction(value), places)) == shown


@pytest.mark.parametrize(
    ("count", "total", "lower", "upper"),
    [
        (81, 263, "25.53", "36.62"),
        (15, 148, "6.24", "16.05"),
        (0, 20, "0.00", "16.11"),
        (1, 29, "0.61", "17.18"),
        (29, 29, "88.30", "100.00"),
    ],
)
def test_wilson_percent(count: int, total: int, lower: str, upper: str) -> None:
    """The first four are Newcombe's (1998, table I, method 3); the last mirrors 0 of 29."""
    found = reference.wilson_percent(count, total)
    assert found[1:] == (Decimal(lower), Decimal(upper))
    assert found[0] == round(Decimal(100 * count) / total, 2)
