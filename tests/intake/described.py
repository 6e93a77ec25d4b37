"""Descriptions of a file of pulse checks."""

from __future__ import annotations

from typing import Any

FIELDS = [
    {"name": name, "type": "string"}
    for name in ("pulse_check_id", "patient_id", "practitioner_id", "session_id")
]

DAY = {"name": "check_date", "type": "date"}

MOOD = {"name": "mood_level", "type": "integer"}


def resource(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The resource of pulse checks, with fields for the keys and `fields`."""
    made = {"name": "log_pulse_checks", "path": "log_pulse_checks.csv"}
    return {**made, "schema": {"fields": [*FIELDS, *fields]}, **more}
