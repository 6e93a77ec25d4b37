"""Keys that the load makes for files without one: as docs/loading.md defines them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from psycopg import sql

from cells import GOOD, KEYS, PATIENT, PRACTITIONER, SESSION, File, write_base, write_rows
from database import Connection
from reference_values import REJECTED, Kind, made_key, value_of
from wellness_journey.intake.load import load

DAY = {
    "log_integration_sessions": "session_date",
    "log_behavioral_changes": "change_date",
    "log_pulse_checks": "check_date",
    "log_journey_ends": "end_date",
}
KINDS: dict[str, Kind] = {
    "session_id": "key",
    "patient_id": "key",
    "practitioner_id": "key",
    "check_date": "date",
    "change_date": "date",
    "session_date": "date",
    "end_date": "date",
    "completed_at": "timestamp",
    "created_at": "timestamp",
    "connection_level": "integer",
    "mood_level": "integer",
    "session_number": "integer",
    "phq9_score": "integer",
    "completed": "boolean",
    "session_type": "code",
    "change_type": "code",
    "end_type": "code",
    "change_description": "text",
    "notes": "text",
    "session_notes": "text",
}
TEXTS = [
    *("", "NA", "  spaces  ", "Zürich", "日本語 🙂", "e\u0301", 'a "quoted" \\ word', "tab\there"),
    *("two\nlines", "\x07\x7f", "</script>", "\u2028line", "12", "true", "None"),
]
# By table: the cells in which a row differs from a good one.
CHANGES: dict[str, list[dict[str, str]]] = {
    "log_pulse_checks": [
        *({"notes": text} for text in TEXTS),
        *({"connection_level": level} for level in ("1", "+2", "05", "4.0", "5.", "9", "x")),
        *({"check_date": day} for day in ("2024-02-29", "2024-05-18 23:10-05:00", "5/18/24")),
        *({"mood_level": level} for level in ("", " ", "3", "3", "3.0", "+3")),
        {"session_id": str(SESSION).upper()},
        {"patient_id": f" {PATIENT} ", "practitioner_id": str(PRACTITIONER).upper()},
        {"created_at": "2024-05-17T21:10:05.1+02:00"},
        {"created_at": "2024-05-17 19:10:05.100000"},
    ],
    "log_integration_sessions": [
        *({"session_notes": text} for text in TEXTS),
        *({"completed": word} for word in ("t", "FALSE", "1", "0", "True", "yes")),
        *({"session_number": number} for number in ("0012", "12", "+12.0", "999999999", "0")),
        *({"phq9_score": score} for score in ("0", "-0", "00", "27", "")),
        *(
            {"completed_at": time}
            for time in ("2024-05-17", "2024-05-17T00:00Z", "2024-05-17 9:00")
        ),
        {"completed_at": "2024-05-17T23:59:59.999999-12"},
        {"session_type": " PHQ9_ASSESSMENT "},
    ],
    "log_behavioral_changes": [
        *({"change_description": text} for text in TEXTS),
        *({"change_type": word} for word in ("SOCIAL", " SOCIAL ", "social")),
        {"change_date": "1900-01-01"},
    ],
    "log_journey_ends": [
        *({"end_type": word} for word in ("DEATH", " DEATH ", "NOT_ENDED", "death")),
        *({"end_date": f"2024-06-{day:02}"} for day in range(1, 15)),
        {"created_at": "2024-05-17T21:10:05.1+02:00"},
    ],
}
# What the tables themselves refuse of these, though it is well written.
NOT_TAKEN = [
    {"connection_level": "9"},
    {"session_number": "0"},
    {"change_description": ""},
    {"change_type": "social"},
    {"end_type": "death"},
]


def keys_of(table: str, rows: list[Mapping[str, str]]) -> dict[UUID, str]:
    """The key of each row that can be stored, with the row for the message."""
    seen: dict[str, int] = {}
    found = {}
    for row, changed in zip(rows, CHANGES[table] * 2, strict=False):
        values = {name: value_of(KINDS[name], text) for name, text in row.items()}
        if REJECTED in values.values() or changed in NOT_TAKEN:
            continue
        content = repr(values)
        seen[content] = seen.get(content, 0) + 1
        day = values[DAY[table]]
        assert isinstance(day, date)
        key = made_key(table, SESSION, day, values, seen[content])
        found[key] = repr(changed)
    return found


def rows_of(table: str) -> list[Mapping[str, str]]:
    """All changes, and all once more: the second ones are identical rows."""
    optional = {name: "" for changed in CHANGES[table] for name in changed}
    return [{**optional, **GOOD[table], **changed} for changed in CHANGES[table] * 2]


def stored_keys(connection: Connection, table: str) -> set[UUID]:
    query = sql.SQL("select {} from public.{}").format(
        sql.Identifier(KEYS[table]), sql.Identifier(table)
    )
    return {key for (key,) in connection.execute(query)}


@pytest.mark.parametrize("table", DAY)
def test_keys_are_made_as_the_page_says(connection: Connection, tmp_path: Path, table: str) -> None:
    """The stored keys are those of the definition, and a second load finds them all."""
    write_base(tmp_path)
    rows = rows_of(table)
    write_rows(tmp_path, table, rows, File(described={}, resource={"journey:makeKeys": True}))
    load(connection, tmp_path, tmp_path / "rejects")
    wanted, found = keys_of(table, rows), stored_keys(connection, table)
    assert len(wanted) >= 30
    assert not [changed for key, changed in wanted.items() if key not in found]
    assert found == set(wanted)
    load(connection, tmp_path, tmp_path / "rejects")
    assert stored_keys(connection, table) == found


@pytest.mark.parametrize("table", DAY)
def test_the_order_of_columns_and_rows_is_nothing(
    connection: Connection, tmp_path: Path, table: str
) -> None:
    """Another export of the same rows, turned round in both ways, has the same keys."""
    file = File(described={}, resource={"journey:makeKeys": True})
    rows = rows_of(table)
    write_base(tmp_path)
    write_rows(tmp_path, table, rows, file)
    load(connection, tmp_path, tmp_path / "rejects")
    found = stored_keys(connection, table)
    turned = [dict(reversed(row.items())) for row in reversed(rows)]
    write_rows(tmp_path, table, turned, file)
    load(connection, tmp_path, tmp_path / "rejects")
    assert stored_keys(connection, table) == found


def test_a_declared_spelling_makes_no_other_key(connection: Connection, tmp_path: Path) -> None:
    """The key is of the value: a European export of the same answers has the same keys."""
    table = "log_pulse_checks"
    write_base(tmp_path)
    file = File(described={}, resource={"journey:makeKeys": True})
    iso = [{**GOOD[table], "check_date": "2024-05-18", "notes": "für alle", "mood_level": ""}]
    write_rows(tmp_path, table, iso, file)
    load(connection, tmp_path, tmp_path / "rejects")
    found = stored_keys(connection, table)
    assert len(found) == 1
    (tmp_path / f"{table}.csv").unlink()
    european = File(
        path="Export.csv",
        encoding="windows-1252",
        delimiter=";",
        renamed={"check_date": "Datum"},
        described={
            "check_date": {"format": "%d.%m.%Y"},
            "connection_level": {"type": "number", "decimalChar": ","},
        },
        resource={"journey:makeKeys": True},
        schema={"missingValues": ["", "NA"]},
    )
    row = {**iso[0], "check_date": "18.05.2024", "connection_level": "3,0", "mood_level": "NA"}
    write_rows(tmp_path, table, [row], european)
    load(connection, tmp_path, tmp_path / "rejects")
    assert stored_keys(connection, table) == found


def test_a_corrected_row_stands_beside_the_earlier_one(
    connection: Connection, tmp_path: Path
) -> None:
    """Other content is another key; the table keeps both rows."""
    table = "log_pulse_checks"
    write_base(tmp_path)
    file = File(described={}, resource={"journey:makeKeys": True})
    keys = []
    for level in ("3", "4"):
        row = {**GOOD[table], "connection_level": level}
        write_rows(tmp_path, table, [row], file)
        load(connection, tmp_path, tmp_path / "rejects")
        values = {name: value_of(KINDS[name], text) for name, text in row.items()}
        day = values["check_date"]
        assert isinstance(day, date)
        keys.append(made_key(table, SESSION, day, values, 1))
    assert stored_keys(connection, table) == set(keys)
