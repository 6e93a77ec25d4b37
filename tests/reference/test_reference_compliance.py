"""The reference's compliance against examples worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

import reference
import reference_adherence
from reference import Compliance, IntegrationSession, Session
from reference_rows import DAY_0, SESSION, check, checks, entry, on


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
        reference_adherence.adherence(SESSION, [], [], on(9), window)
    for allowed in (1, 3650):
        reference.compliance(SESSION, [], [], allowed)
