"""The rows that a seed makes."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, NamedTuple

from wellness_journey.cohort import diaries

TABLES = ("auth.users", *(f"public.{name}" for name in diaries.COLUMNS))


class Check(NamedTuple):
    """One pulse check of the plausibility tests."""

    person: int
    day: int
    answers: tuple[int | None, ...]
    is_weekend: bool
    days_late: int


class Assessment(NamedTuple):
    """One completed assessment of the plausibility tests."""

    person: int
    day: int
    kind: str
    score: int


@cache
def people(sessions: int = 400, days: int = 180) -> list[dict[str, list[dict[str, Any]]]]:
    """The default cohort, each row as a dictionary."""
    return [
        {
            table: [dict(zip(diaries.COLUMNS[table].split(", "), row, strict=True)) for row in rows]
            for table, rows in diaries.person(1, index, days).items()
        }
        for index in range(sessions)
    ]


def session_day(index: int, sessions: int = 400) -> date:
    [session] = people(sessions)[index]["log_sessions"]
    made: date = session["session_date"]
    return made


@cache
def checks(sessions: int = 400) -> list[Check]:
    made = []
    for index, person in enumerate(people(sessions)):
        for row in person["log_pulse_checks"]:
            day = row["check_date"]
            made.append(
                Check(
                    index,
                    (day - session_day(index, sessions)).days,
                    tuple(
                        row[f"{name}_{kind}"]
                        for name, kind in (
                            ("connection", "level"),
                            ("sleep", "quality"),
                            ("mood", "level"),
                            ("energy", "level"),
                        )
                    ),
                    day.weekday() >= 5,
                    (date.fromisoformat(row["created_at"][:10]) - day).days,
                )
            )
    return made


@cache
def assessments() -> list[Assessment]:
    made = []
    for index, person in enumerate(people()):
        for row in person["log_integration_sessions"]:
            for name, kind in (
                ("phq9", "PHQ9_ASSESSMENT"),
                ("gad7", "GAD7_ASSESSMENT"),
                ("whoqol_bref", "WHOQOL_BREF"),
                ("psqi", "PSQI_ASSESSMENT"),
            ):
                if row[f"{name}_score"] is not None:
                    day = row["session_date"] - session_day(index)
                    made.append(Assessment(index, day.days, kind, row[f"{name}_score"]))
                    assert row["session_type"] == kind
    return made


def mean(values: list[int]) -> float:
    return sum(values) / len(values)


def moods(first: int, last: int) -> list[int]:
    return [c.answers[2] for c in checks() if first <= c.day <= last and c.answers[2] is not None]
