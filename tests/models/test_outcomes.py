"""Assessments, outcomes, session trends, weekly compliance equal the reference."""

from __future__ import annotations

from dataclasses import astuple, fields
from fractions import Fraction
from typing import Any

import reference
import reference_courses
import reference_outcome_rows
import reference_outcomes
from cohorts import Cohort
from reference_outcomes import INSTRUMENTS, WINDOWS, Assessment
from wellness_journey.cohort.seed import SEED_AS_OF

GROUP = "smaller cells"

PUBLISHED = "select * from published.rpt_assessment_outcomes"


def test_instruments(cohort: Cohort) -> None:
    """The seeds say what the reference, written from the definitions, says."""
    found = cohort.rows(
        "select instrument, is_higher_better, caseness_score, reliable_change, "
        "response_share, remission_score, lowest_score, highest_score from marts.ref_instruments"
    )
    highest = {"PHQ-9": 27, "GAD-7": 21, "PSQI": 21, "WHOQOL-BREF": 100}
    assert {row[0]: row[1:] for row in found} == {
        name: (
            one.better_is > 0,
            one.caseness,
            one.reliable_change,
            Fraction(1, 2) if one.has_response else None,
            one.highest_remission,
            0,
            highest[name],
        )
        for name, one in INSTRUMENTS.items()
    }
    bands = cohort.rows(
        "select instrument, band, lowest_score, highest_score from marts.ref_severity_bands"
    )
    assert set(bands) == {
        (name, band, scores[0], scores[-1])
        for name, one in INSTRUMENTS.items()
        for band, scores in (one.bands or {}).items()
    }
    windows = cohort.rows("select window_days, first_day, last_day from marts.ref_outcome_windows")
    assert {row[0]: row[1:] for row in windows} == WINDOWS


def test_every_score_has_one_band(cohort: Cohort) -> None:
    """Bands cover an instrument's range without a gap or an overlap; WHOQOL-BREF has none."""
    found = cohort.rows(
        """
        select instrument, score, count(band)
        from marts.ref_instruments as instruments
        cross join lateral generate_series(
            instruments.lowest_score, instruments.highest_score
        ) as score
        left join marts.ref_severity_bands as bands using (instrument)
        where band is null or score between bands.lowest_score and bands.highest_score
        group by instrument, score
        """
    )
    assert len(found) == 28 + 22 + 22 + 101
    assert {(row[0] == "WHOQOL-BREF", row[2]) for row in found} == {(True, 0), (False, 1)}


def test_assessments(cohort: Cohort) -> None:
    """fct_assessments equals the reference in every row and column."""
    columns = ", ".join(field.name for field in fields(Assessment))
    found = {row[0]: row for row in cohort.rows(f"select {columns} from marts.fct_assessments")}
    expected = {
        row.integration_session_id: astuple(row)
        for session in cohort.sessions
        for row in reference_outcomes.assessments(
            session, cohort.integration_sessions[session.session_id]
        )
    }
    assert found == expected
    assert found


def test_assessment_outcomes(cohort: Cohort) -> None:
    """rpt_assessment_outcomes equals the reference in every row and column."""
    found = {row[:2]: row for row in cohort.rows(PUBLISHED)}
    expected = reference_outcome_rows.outcome_rows(
        cohort.sessions, cohort.integration_sessions, cohort.as_of
    )
    assert found == expected
    assert len(found) == 15


def test_assessment_outcomes_with_smaller_cells(shown_more: tuple[Cohort, int]) -> None:
    """With a lower threshold more is shown, still as in the reference; the threshold is one."""
    cohort, min_cell = shown_more
    found = {row[:2]: row for row in cohort.rows(PUBLISHED)}
    assert found == reference_outcome_rows.outcome_rows(
        cohort.sessions, cohort.integration_sessions, SEED_AS_OF, min_cell
    )
    assert any(row[-1] for row in found.values())
    assert min_cell > 1 or not all(row[-1] for row in found.values() if row[0] != "WHOQOL-BREF")
    assert weeks(cohort) == reference_weeks(cohort, min_cell)


def test_session_trends(cohort: Cohort) -> None:
    """fct_session_trends equals the reference in every session, metric and figure."""
    found = {row[:2]: row[1:] for row in cohort.rows("select * from marts.fct_session_trends")}
    expected = {
        (session.session_id, row.metric): row.row()
        for session in cohort.sessions
        for row in reference_courses.session_trends(
            session,
            pulse_days(cohort, session),
            cohort.as_of,
            cohort.ends.get(session.session_id),
        )
    }
    assert found == expected
    assert len(found) == 5 * len(cohort.sessions)
    assert any(row[2] for row in found.values())


def test_compliance_by_week(cohort: Cohort) -> None:
    """rpt_compliance_by_week equals the reference in every week and column."""
    found = weeks(cohort)
    assert found == reference_weeks(cohort)
    assert not all(row[-1] for row in found)


def pulse_days(cohort: Cohort, session: reference.Session) -> list[reference.PulseDay]:
    checks = cohort.pulse_checks[session.session_id]
    return reference.pulse_days(session, checks, cohort.as_of)


def weeks(cohort: Cohort) -> list[tuple[Any, ...]]:
    columns = ", ".join(field.name for field in fields(reference_courses.ComplianceWeek))
    return cohort.rows(f"select {columns} from published.rpt_compliance_by_week order by 1")


def reference_weeks(cohort: Cohort, min_cell: int = 11) -> list[tuple[Any, ...]]:
    days = {session.session_id: pulse_days(cohort, session) for session in cohort.sessions}
    found = reference_courses.compliance_weeks(
        cohort.sessions, days, cohort.as_of, min_cell, cohort.ends
    )
    return [astuple(row) for row in found]
