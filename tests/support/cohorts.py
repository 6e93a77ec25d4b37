"""Built databases beside the reference's view of their sources."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

import reference
import reference_ends
from checkout import ROOT

# Real diaries, where they are there.
OPEN_PLAY = ROOT.parent / "shared" / "data" / "open_play"


class Cohort:
    """A built database beside the reference's rows of its sources up to `as_of`."""

    def __init__(self, connection: psycopg.Connection[Any], as_of: date):
        self.connection, self.as_of = connection, as_of
        self.sessions = [
            reference.Session(*row)
            for row in self.rows(
                "select session_id, practitioner_id, patient_id, session_date "
                "from public.log_sessions where session_date <= %s",
                as_of,
            )
        ]
        # Of any day: one that is to come corrects an earlier one.
        self.recorded_ends = [
            reference_ends.RecordedEnd(*row)
            for row in self.rows(
                "select journey_end_id, session_id, end_type, end_date, created_at "
                "from public.log_journey_ends"
            )
        ]
        self.ends = reference_ends.ends(self.sessions, self.recorded_ends, as_of)
        self.pulse_checks = self.by_session(
            reference.PulseCheck,
            "select pulse_check_id, session_id, check_date, connection_level, sleep_quality, "
            "mood_level, energy_level, created_at from public.log_pulse_checks "
            "where check_date <= %s",
        )
        self.integration_sessions = self.by_session(
            reference.IntegrationSession,
            "select integration_session_id, session_id, session_number, session_date, "
            "session_type, completed, phq9_score, gad7_score, whoqol_bref_score, psqi_score, "
            "created_at from public.log_integration_sessions where session_date <= %s",
        )
        self.changes = self.by_session(
            reference.BehavioralChange,
            "select change_id, session_id, change_type, change_sentiment, change_date, "
            "created_at from public.log_behavioral_changes where change_date <= %s",
        )

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode(), values).fetchall()

    def by_session(self, kind: Any, query: str) -> dict[UUID, list[Any]]:
        grouped: dict[UUID, list[Any]] = defaultdict(list)
        for row in self.rows(query, self.as_of):
            grouped[row[1]].append(kind(*row))
        return grouped
