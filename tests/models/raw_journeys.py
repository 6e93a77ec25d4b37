"""Dosing sessions with their scores, from the raw rows, for what outside libraries compute."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from cohorts import Cohort

# Target day of each window: its first and its last day.
WINDOWS = {7: (1, 14), 30: (15, 45), 90: (46, 120), 180: (121, 210)}
SCORES = {
    "PHQ-9": "phq9_score",
    "GAD-7": "gad7_score",
    "PSQI": "psqi_score",
    "WHOQOL-BREF": "whoqol_bref_score",
}
# Caseness, important change, reliable change, highest score in remission; whether response is
# defined.
RULES = {
    "PHQ-9": (10, 5, 6, 4, True),
    "GAD-7": (10, 4, 4, 4, True),
    "PSQI": (6, 3, 4, 5, False),
}


@dataclass(frozen=True)
class Journey:
    """A dosing session, with the scores of one instrument by day and the order of writing."""

    session_id: UUID
    patient_id: UUID
    day_0: date
    scores: list[tuple[int, Any, int]] = field(default_factory=list)

    @property
    def baseline(self) -> int | None:
        before = [one for one in self.scores if -90 <= one[0] <= 0]
        return max(before, key=lambda one: one[:2])[2] if before else None

    def outcome(self, window: int) -> int | None:
        """The score nearest to the target day, of two as near the earlier, of one day the last."""
        first, last = WINDOWS[window]
        within = [one for one in self.scores if first <= one[0] <= last]
        if not within:
            return None
        day = min({one[0] for one in within}, key=lambda d: (abs(d - window), d))
        return max((one for one in within if one[0] == day), key=lambda one: one[1])[2]


def journeys(cohort: Cohort, instrument: str) -> list[Journey]:
    found = {
        key: Journey(key, patient, day)
        for key, patient, day in cohort.rows(
            "select session_id, patient_id, session_date from public.log_sessions "
            "where session_date <= %s order by session_date, session_id",
            cohort.as_of,
        )
    }
    for key, day, written, score in cohort.rows(
        "select session_id, session_date, created_at, "
        f"{SCORES[instrument]} from public.log_integration_sessions "
        f"where {SCORES[instrument]} is not null and session_date <= %s",
        cohort.as_of,
    ):
        found[key].scores.append(((day - found[key].day_0).days, written, score))
    return list(found.values())
