"""Free text refuses what is unmistakably an identifier (S12)."""

from __future__ import annotations

import pytest
from psycopg import errors

from database import Connection
from rows import Session
from tables import refused, write

IDENTIFIERS = {
    "an e-mail address": ["mail a.person+x@clinic.example.org please", "JD@EXAMPLE.COM"],
    "a web address": ["see https://example.org/p/1", "on www.example.org"],
    "a social security number": ["ssn 078-05-1120", "078-05-1120."],
    "a record number": ["MRN 0045821", "chart no. 88213", "Patient ID: A-12345", "policy #99887"],
    "a telephone number": [
        "call 555-867-5309",
        "(555) 867-5309",
        "+44 20 7946 0958",
        "+4917012345678",
        "mobile 0170 1234567",
        "phone: 867 5309 22",
    ],
}

HARMLESS = [
    "PHQ-9 14, then 9 on 2025-03-27; slept 6-7 hours",
    "Walked 10000 steps on 3 of 7 days, pulse 60-70, 120/80",
    "Called on 2025-03-27, phone call went well, next on 2025-04-03",
    "Follow-up by phone 27.03.2025 at 10.30, 45 minutes",
    "25 mg at 09:30, second dose 12.5 mg at 11:00",
    "Dream: www of silk, 3 spiders; mail from school; a telephone rang",
    "Score 3-4-5 on 2025-01-01, 2025-01-02 and 2025-01-03",
    "Weight 72.5 kg, 20 minutes of yoga, 4-7-8 breathing x 5",
    "Patient number one in the queue of feelings; case closed",
]


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("log_pulse_checks", "notes"),
        ("log_behavioral_changes", "change_description"),
        ("log_integration_sessions", "session_notes"),
    ],
)
def test_free_text_refuses_identifiers(connection: Connection, table: str, column: str) -> None:
    """S12: what is unmistakably an identifier is refused, named by kind and not repeated."""
    session = Session().create(connection)
    for kind, texts in IDENTIFIERS.items():
        for text in texts:
            error = refused(connection, table, session, **{column: text})
            assert error.sqlstate == "23514"
            assert error.diag.message_primary == (
                f"{column} looks as if it holds {kind}: leave identifiers out of free text"
            ), text
    for text in HARMLESS:
        write(connection, table, session, **{column: text})


def test_free_text_is_guarded_on_update(connection: Connection) -> None:
    """S12: notes added later are guarded as those written at once."""
    Session().create(connection).integration_session(connection, "FOLLOW_UP_CALL")
    with pytest.raises(errors.CheckViolation, match="e-mail"):
        connection.execute(
            "update public.log_integration_sessions set session_notes = 'a@example.org'"
        )
