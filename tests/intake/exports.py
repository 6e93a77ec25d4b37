"""A clinic's rows, as exports write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from wellness_journey.intake.describe import describe


def uuid(kind: int, number: int) -> UUID:
    return UUID(f"{kind:08d}-0000-4000-8000-{number:012d}")


IDS = "session_id,practitioner_id,patient_id"

PULSES = f"{IDS},check_date,mood_level"


def of_pulse_checks(
    folder: Path, *rows: str, header: str = PULSES, name: str = "log_pulse_checks.csv"
) -> tuple[dict[str, Any], list[str]]:
    """Describe one file: its resource, and what is to be checked."""
    keys = f"{uuid(3, 1)},{uuid(1, 1)},{uuid(2, 1)}"
    text = "".join(f"{keys},{row}\n" for row in rows)
    (folder / name).write_text(f"{header}\n{text}")
    (described,) = describe(folder).described
    return described.resource, described.checks
