"""The columns that the migrations make, for `--describe`, which asks no database.

A test compares this with a migrated database.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """A column: a kind of values.KINDS, whether a row needs it, the least and the largest value."""

    kind: str
    is_required: bool = False
    bounds: tuple[int, int] | None = None


_ID = Known("key", True)
_OF_SESSION = {"session_id": _ID, "practitioner_id": _ID, "patient_id": _ID}
_CREATED = {"created_at": Known("timestamp")}
_LEVEL = Known("integer", bounds=(1, 5))

COLUMNS: dict[str, dict[str, Known]] = {
    "auth_users": {"id": _ID},
    "log_sessions": {**_OF_SESSION, "session_date": Known("date", True), **_CREATED},
    "log_integration_sessions": {
        "integration_session_id": _ID,
        **_OF_SESSION,
        "session_number": Known("integer", True),
        "session_date": Known("date", True),
        "session_type": Known("code", True),
        "completed": Known("boolean"),
        "completed_at": Known("timestamp"),
        "phq9_score": Known("integer", bounds=(0, 27)),
        "gad7_score": Known("integer", bounds=(0, 21)),
        "whoqol_bref_score": Known("integer", bounds=(0, 100)),
        "psqi_score": Known("integer", bounds=(0, 21)),
        "session_notes": Known("text"),
        **_CREATED,
        "updated_at": Known("timestamp"),
    },
    "log_behavioral_changes": {
        "change_id": _ID,
        **_OF_SESSION,
        "change_type": Known("code", True),
        "change_description": Known("text", True),
        "change_date": Known("date", True),
        "days_post_session": Known("integer"),
        "change_sentiment": Known("code"),
        **_CREATED,
    },
    "log_pulse_checks": {
        "pulse_check_id": _ID,
        **_OF_SESSION,
        "check_date": Known("date", True),
        "days_post_session": Known("integer"),
        "connection_level": _LEVEL,
        "sleep_quality": _LEVEL,
        "mood_level": _LEVEL,
        "energy_level": _LEVEL,
        "notes": Known("text"),
        **_CREATED,
    },
    "log_journey_ends": {
        "journey_end_id": _ID,
        **_OF_SESSION,
        "end_type": Known("code", True),
        "end_date": Known("date", True),
        "days_post_session": Known("integer"),
        **_CREATED,
    },
}
