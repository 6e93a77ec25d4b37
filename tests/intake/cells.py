"""One column of one file, a spelling a row, all other cells good: what becomes of each row."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import sql

from database import Connection
from reference_values import NOTHING, REJECTED, Declaration, Kind, Rejected, Value, value_of
from spellings import CODES
from wellness_journey.intake.load import load

PRACTITIONER = UUID("11111111-aaaa-4000-8000-00000000beef")
PATIENT = UUID("22222222-aaaa-4000-8000-00000000beef")
SESSION = UUID("33333333-aaaa-4000-8000-00000000beef")
# Before every day that the tables take.
SESSION_DAY = date(1900, 1, 1)
WHOSE = {
    "patient_id": str(PATIENT),
    "practitioner_id": str(PRACTITIONER),
    "session_id": str(SESSION),
}
KEYS = {
    "log_sessions": "session_id",
    "log_integration_sessions": "integration_session_id",
    "log_behavioral_changes": "change_id",
    "log_pulse_checks": "pulse_check_id",
    "log_journey_ends": "journey_end_id",
}
# What a row of each table needs besides its keys.
GOOD: dict[str, dict[str, str]] = {
    "log_sessions": {
        "practitioner_id": str(PRACTITIONER),
        "patient_id": str(PATIENT),
        "session_date": "2024-05-17",
    },
    "log_integration_sessions": {
        **WHOSE,
        "session_number": "1",
        "session_date": "2024-05-17",
        "session_type": "FOLLOW_UP_CALL",
        "completed": "true",
    },
    "log_behavioral_changes": {
        **WHOSE,
        "change_type": "HABIT",
        "change_description": "Walks every day",
        "change_date": "2024-05-17",
    },
    "log_pulse_checks": {**WHOSE, "check_date": "2024-05-17", "connection_level": "3"},
    "log_journey_ends": {**WHOSE, "end_type": "OTHER", "end_date": "2024-05-17"},
}

Fits = Callable[[Connection, Any], bool]


@dataclass(frozen=True)
class Column:
    """A column, and which values its table takes: the table's own constraints, not the reader's.

    Rows are told apart by `label`: the table's key, or `notes` where that is what is spelled.
    """

    table: str
    name: str
    kind: Kind
    fits: Fits
    label: str = ""

    @property
    def rows_label(self) -> str:
        return self.label or KEYS[self.table]

    def label_of(self, number: int) -> str:
        return f"row {number}" if self.label else str(UUID(int=0x50E11 << 64 | number))


def anything(_: Connection, value: Value) -> bool:
    return True


def something(_: Connection, value: Value) -> bool:
    return value is not None


def within(least: int, most: int, optional: bool = True) -> Fits:
    return lambda _, value: optional if value is None else least <= value <= most


def exactly(key: UUID) -> Fits:
    return lambda _, value: value == key


def day_of_a_check(connection: Connection, value: date | None) -> bool:
    """From 1900-01-01 until tomorrow."""
    if value is None:
        return False
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    return SESSION_DAY <= value <= tomorrow


def free_text(connection: Connection, value: str | None) -> bool:
    """Without what looks like an identifier."""
    found = connection.execute("select public.journey_identifier_in(%s)", (value,)).fetchone()
    return found == (None,)


def described(connection: Connection, value: str | None) -> bool:
    found = connection.execute("select %s ~ '[^[:space:]]'", (value,)).fetchone()
    return found == (True,) and free_text(connection, value)


COLUMNS = [
    Column("log_pulse_checks", "check_date", "date", day_of_a_check),
    Column("log_behavioral_changes", "change_date", "date", day_of_a_check),
    Column("log_integration_sessions", "session_date", "date", day_of_a_check),
    Column("log_journey_ends", "end_date", "date", day_of_a_check),
    Column("log_sessions", "session_date", "date", something),
    Column("log_integration_sessions", "completed_at", "timestamp", anything),
    Column("log_integration_sessions", "session_number", "integer", within(1, 10**9, False)),
    Column("log_integration_sessions", "phq9_score", "integer", within(0, 27)),
    Column("log_pulse_checks", "mood_level", "integer", within(1, 5)),
    Column("log_integration_sessions", "completed", "boolean", something),
    Column("log_pulse_checks", "pulse_check_id", "key", something, label="notes"),
    Column("log_behavioral_changes", "change_type", "code", lambda _, value: value in CODES),
    Column("log_pulse_checks", "notes", "text", free_text),
    Column("log_behavioral_changes", "change_description", "text", described),
]


@dataclass
class File:
    """A CSV file with a description, or without one."""

    declared: Declaration = NOTHING
    path: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    # Columns by their names in the file, and what datapackage.json says of the spelled one.
    renamed: Mapping[str, str] = field(default_factory=dict)
    described: Mapping[str, Any] | None = None
    resource: Mapping[str, Any] = field(default_factory=dict)
    schema: Mapping[str, Any] = field(default_factory=dict)


FIELD_TYPES = {
    "session_number": "integer",
    "connection_level": "integer",
    "mood_level": "integer",
    "phq9_score": "integer",
    "completed": "boolean",
    "check_date": "date",
    "change_date": "date",
    "session_date": "date",
    "end_date": "date",
    "created_at": "datetime",
    "completed_at": "datetime",
}


def write_base(folder: Path) -> None:
    """One practitioner and their one session."""
    (folder / "auth_users.csv").write_text(f"id\n{PRACTITIONER}\n")
    (folder / "log_sessions.csv").write_text(
        "session_id,practitioner_id,patient_id,session_date\n"
        f"{SESSION},{PRACTITIONER},{PATIENT},{SESSION_DAY}\n"
    )


def write_rows(
    folder: Path, table: str, rows: Sequence[Mapping[str, str]], file: File
) -> list[int]:
    """The table's file, and its descriptor; returns the line on which each row starts."""
    columns = list(rows[0])
    text = _line([file.renamed.get(column, column) for column in columns], file)
    lines = []
    if table == "log_sessions":
        base = {**GOOD[table], "session_id": str(SESSION)}
        text += _line([base.get(column, "") for column in columns], file)
    for row in rows:
        lines.append(text.count("\n") + 1)
        text += _line([row[column] for column in columns], file)
    name = file.path or f"{table}.csv"
    (folder / name).write_bytes(text.encode(file.encoding))
    if file.described is not None:
        (folder / "datapackage.json").write_text(
            json.dumps({"name": "export", "resources": [_resource(table, name, columns, file)]})
        )
    return lines


def _line(cells: Sequence[str], file: File) -> str:
    """Quoted where it must be: csv.writer leaves a carriage return bare."""
    quoted = [
        '"' + cell.replace('"', '""') + '"' if set(cell) & {*'"\r\n', file.delimiter} else cell
        for cell in cells
    ]
    return file.delimiter.join(quoted) + "\n"


def _resource(table: str, path: str, columns: Sequence[str], file: File) -> dict[str, Any]:
    fields = []
    for column in columns:
        said = {"name": column, "type": FIELD_TYPES.get(column, "string")}
        if column in file.renamed:
            said |= {"name": file.renamed[column], "journey:column": column}
        assert file.described is not None
        fields.append({**said, **file.described.get(column, {})})
    made: dict[str, Any] = {"name": table, "path": path, **file.resource}
    if file.encoding != "utf-8":
        made["encoding"] = file.encoding
    if file.delimiter != ",":
        made["dialect"] = {"delimiter": file.delimiter}
    return made | {"schema": {**file.schema, "fields": fields}}


def stored(connection: Connection, column: Column) -> dict[str, str | None]:
    """What the column holds, in PostgreSQL's own words, by the rows' labels."""
    query = sql.SQL("select {}::text, {}::text from public.{}").format(
        *map(sql.Identifier, (column.rows_label, column.name, column.table))
    )
    connection.execute("set timezone = 'UTC'")
    connection.execute("set datestyle = 'ISO'")
    return dict(connection.execute(query).fetchall())


def in_postgresql(value: Value) -> str | None:
    """A value in PostgreSQL's own words."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        fraction = f".{value.microsecond:06}".rstrip("0") if value.microsecond else ""
        return value.replace(tzinfo=None, microsecond=0).isoformat(" ") + fraction + "+00"
    return str(value)


def rejected_lines(rejects: Path, table: str) -> dict[int, str]:
    """The reason of each line in the table's file of rejects."""
    file = rejects / f"{table}.csv"
    if not file.exists():
        return {}
    with file.open(newline="", encoding="utf-8") as opened:
        return {int(row["line"]): row["reason"] for row in csv.DictReader(opened)}


def disagreements(
    connection: Connection,
    folder: Path,
    column: Column,
    spellings: Sequence[str],
    file: File | None = None,
) -> list[str]:
    """Loads the spellings, a row each; says of each row that came out otherwise than it should."""
    file = file or File()
    rows_folder, rejects = folder / "rows", folder / "rejects"
    rows_folder.mkdir()
    write_base(rows_folder)
    # A lone carriage return counts as a line to some readers: such rows stand at the end.
    spellings = sorted(spellings, key=lambda spelling: "\r" in spelling)
    rows = []
    for number, spelling in enumerate(spellings):
        key = {KEYS[column.table]: str(UUID(int=0x50E11 << 64 | number))}
        label = {column.rows_label: column.label_of(number)}
        rows.append({**key, **GOOD[column.table], **label, column.name: spelling})
    lines = write_rows(rows_folder, column.table, rows, file)
    load(connection, rows_folder, rejects)

    found, reasons = stored(connection, column), rejected_lines(rejects, column.table)
    said = []
    for number, (line, spelling) in enumerate(zip(lines, spellings, strict=True)):
        value = value_of(column.kind, spelling, file.declared)
        is_taken = value is not REJECTED and column.fits(connection, value)
        wanted: str | Rejected | None = REJECTED
        if is_taken:
            assert not isinstance(value, Rejected)
            wanted = in_postgresql(value)
        got = found.get(column.label_of(number), REJECTED)
        if got != wanted:
            said.append(f"{spelling!r}: {got!r}, should be {wanted!r} ({reasons.get(line, '')})")
        # After a lone carriage return the number of the line is a matter of opinion.
        elif "\r" not in spelling and (wanted is REJECTED) != (line in reasons):
            said.append(f"{spelling!r}: line {line} is wrong in the file of rejects")
    return said
