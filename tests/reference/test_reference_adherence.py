"""The reference's adherence against examples worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

import reference_adherence
from reference_rows import DAY_0, SESSION, check, checks, entry, on


# adherence
def test_adherence_so_far() -> None:
    """On day 10 ten checks, one assessment and no therapy were due; nothing due is None, not 0."""
    rows = [entry(10, "PHQ9_ASSESSMENT"), entry(4)]
    found = reference_adherence.adherence(SESSION, checks(-1, 0, 2, 3, 7), rows, on(10))
    assert found == reference_adherence.Adherence(
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
    found = reference_adherence.adherence(SESSION, [], [], on(elapsed))
    assert found.pulse_checks_due == found.elapsed_days == min(elapsed, 180)
    assert (found.assessments_due, found.integration_sessions_due) == (assessments, therapies)


def test_adherence_on_the_day_itself() -> None:
    """On day 0 nothing is due, so shares and gap are None; the check of the day is observed."""
    found = reference_adherence.adherence(SESSION, checks(0), [], DAY_0)
    assert found.pulse_check_percentage is None
    assert found.longest_gap_days is None
    assert (found.pulse_checks_done, found.observed_days) == (1, 1)
    assert found.days_since_last_pulse_check == 0


def test_adherence_of_a_session_to_come() -> None:
    """Before the session's day nothing has elapsed, nothing is due and nothing is seen."""
    found = reference_adherence.adherence(SESSION, checks(-1, 0, 1), [entry(0)], on(-1))
    assert (found.elapsed_days, found.pulse_checks_due, found.pulse_checks_done) == (0, 0, 0)
    assert (found.observed_days, found.integration_sessions_done) == (0, 0)
    assert found.days_since_last_pulse_check is None


def test_adherence_never_sees_the_future() -> None:
    """A row dated after as_of is never seen; a row of the day itself is."""
    rows = [entry(10, "PHQ9_ASSESSMENT"), entry(11, "PHQ9_ASSESSMENT"), entry(10), entry(11)]
    found = reference_adherence.adherence(SESSION, checks(10, 11), rows, on(10))
    done = found.pulse_checks_done, found.assessments_done, found.integration_sessions_done
    assert done == (1, 1, 1)


def test_adherence_window() -> None:
    """A window of 7 ends at day 7: later rows change nothing and time since stops there."""
    found = reference_adherence.adherence(SESSION, checks(5, 8), [entry(8)], on(100), window_days=7)
    assert (found.elapsed_days, found.pulse_checks_done) == (7, 1)
    assert found.integration_sessions_done == 0
    assert (found.longest_gap_days, found.days_since_last_pulse_check) == (4, 2)


def test_adherence_capped() -> None:
    """More done than due is 100."""
    rows = [entry(day, "PHQ9_ASSESSMENT") for day in range(3)]
    found = reference_adherence.adherence(SESSION, checks(*range(8)), rows, on(7))
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
    found = reference_adherence.adherence(SESSION, checks(*days), [], on(5))
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
    found = reference_adherence.adherence(SESSION, rows, [], on(4))
    assert (found.complete_days, found.observed_days) == (2, 4)
