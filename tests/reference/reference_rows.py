"""Rows of one session, for examples worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from reference import IntegrationSession, PulseCheck, Session

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
