"""Adherence so far in plain Python: see `reference`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reference import (
    LAST_JOURNEY_DAY,
    IntegrationSession,
    PulseCheck,
    Session,
    best_by_day,
    capped_percent,
    checked_window,
    rows_done,
)
from reference_ends import End
from reference_statistics import rounded


@dataclass(frozen=True)
class Adherence:
    elapsed_days: int
    pulse_checks_due: int
    pulse_checks_done: int
    pulse_check_percentage: Decimal | None
    assessments_due: int
    assessments_done: int
    assessment_percentage: Decimal | None
    integration_sessions_due: int
    integration_sessions_done: int
    integration_session_percentage: Decimal | None
    longest_gap_days: int | None
    days_since_last_pulse_check: int | None
    complete_days: int
    observed_days: int


def adherence(
    session: Session,
    pulse_checks: Sequence[PulseCheck],
    integration_sessions: Iterable[IntegrationSession],
    as_of: date,
    window_days: int | None = LAST_JOURNEY_DAY,
    end: End | None = None,
) -> Adherence:
    """Return adherence so far. A session still to come has 0 days elapsed and nothing due.

    From the day of the end on nothing is due, and what is done does not count.
    """
    days_so_far = (as_of - session.session_day).days
    if end is not None:
        days_so_far = min(days_so_far, end.last_journey_day)
    elapsed = max(0, min(days_so_far, checked_window(window_days)))
    done = rows_done(session, pulse_checks, integration_sessions, elapsed, as_of)
    due = (elapsed, elapsed // 7, elapsed // 30)
    shares = [
        rounded(capped_percent(count, expected), 2) if expected else None
        for count, expected in zip(done, due, strict=True)
    ]
    best = best_by_day(session, pulse_checks, as_of)
    observed = [day for day in best if 0 <= day <= elapsed]
    gap, gaps = 0, [0]
    for day in range(1, elapsed + 1):
        gap = 0 if day in best else gap + 1
        gaps.append(gap)
    return Adherence(
        elapsed_days=elapsed,
        pulse_checks_due=due[0],
        pulse_checks_done=done[0],
        pulse_check_percentage=shares[0],
        assessments_due=due[1],
        assessments_done=done[1],
        assessment_percentage=shares[1],
        integration_sessions_due=due[2],
        integration_sessions_done=done[2],
        integration_session_percentage=shares[2],
        longest_gap_days=max(gaps) if elapsed else None,
        days_since_last_pulse_check=elapsed - max(observed) if observed else None,
        complete_days=sum(len(best[day].answers) == 4 for day in observed),
        observed_days=len(observed),
    )
