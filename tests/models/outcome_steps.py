"""The models' own SQL from judged assessments to published outcomes, on rows made by a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from database import Connection
from reference_outcome_changes import Choice
from wellness_journey.cohort.seed import SEED_AS_OF

# In the order in which they read each other.
STEPS = (
    "intermediate.cell_assessment_outcomes",
    "intermediate.shown_assessment_outcomes",
    "intermediate.cell_outcome_people",
    "intermediate.cell_outcome_changes",
    "intermediate.cell_outcome_means",
    "intermediate.cell_outcome_overlaps",
    "intermediate.cell_outcome_groups",
    "intermediate.cell_follow_up_people",
    "intermediate.cell_follow_up_answers",
    "intermediate.cell_follow_up_means",
    "intermediate.cell_follow_up_overlaps",
    "intermediate.shown_outcome_changes",
)


def fill(connection: Connection, name: str, by_window: Mapping[int, Sequence[Choice]]) -> None:
    """One session a patient, the same number in each window, with the classes of its score."""
    connection.execute("truncate intermediate.int_outcome_windows")
    rows: list[tuple[Any, ...]] = []
    for window, people in by_window.items():
        for number, choice in enumerate(people):
            row = choice.outcome
            classes = (
                (row.response_class, row.remission_class, row.reliable_change_class, row.score)
                if row
                else (None,) * 4
            )
            rows.append(
                (
                    *(UUID(int=number),) * 2,
                    name,
                    *classes,
                    choice.baseline,
                    choice.is_eligible(name),
                    window,
                    SEED_AS_OF - timedelta(days=300),
                )
            )
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into intermediate.int_outcome_windows (session_id, patient_id, instrument, "
            "response_class, remission_class, reliable_change_class, score, baseline_score, "
            "is_eligible, outcome_window_days, session_date) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            rows,
        )
