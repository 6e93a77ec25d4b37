"""The reference's days, milestones, changes against examples worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import pytest

import reference
from reference import BehavioralChange, BehaviorCount, PulseCheck, Rolling
from reference_rows import DAY_0, NOON, SESSION, check, checks, entry, on


def change(day: int, change_type: str, sentiment: str | None = "POSITIVE") -> BehavioralChange:
    return BehavioralChange("b", "s1", change_type, sentiment, on(day), NOON)


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
