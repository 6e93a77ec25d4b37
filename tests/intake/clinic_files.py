"""A folder with one practitioner and their one session, for tests to put more files into."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from psycopg import sql

from database import Connection

PRACTITIONER = "11111111-0000-4000-8000-000000000001"
PATIENT = "22222222-0000-4000-8000-000000000001"
SESSION = "33333333-0000-4000-8000-000000000001"
WHO = "patient_id,practitioner_id,session_id"
WHOSE = f"{PATIENT},{PRACTITIONER},{SESSION}"


def check_id(number: int) -> str:
    return f"44444444-0000-4000-8000-{number:012}"


def clinic(folder: Path) -> Path:
    """The folder, made, with auth_users.csv and log_sessions.csv."""
    folder.mkdir(parents=True)
    (folder / "auth_users.csv").write_text(f"id\n{PRACTITIONER}\n")
    (folder / "log_sessions.csv").write_text(
        "session_id,practitioner_id,patient_id,session_date\n"
        f"{SESSION},{PRACTITIONER},{PATIENT},2025-03-01\n"
    )
    return folder


def checks(*rows: str, columns: str = "check_date,mood_level", separator: str = ",") -> str:
    """A file of pulse checks: each row is the values of `columns`, its key is its number."""
    lines = [f"pulse_check_id,{WHO},{columns}"]
    lines += [f"{check_id(number)},{WHOSE},{row}" for number, row in enumerate(rows, start=1)]
    return "".join(line.replace(",", separator) + "\n" for line in lines)


def describe(folder: Path, *resources: Mapping[str, Any]) -> None:
    (folder / "datapackage.json").write_text(json.dumps({"name": "x", "resources": resources}))


def column(database: Connection, name: str, table: str = "log_pulse_checks") -> list[Any]:
    """The values of a column, in the order of the rows' keys."""
    key = {"log_pulse_checks": "pulse_check_id", "log_sessions": "session_id"}[table]
    query = sql.SQL("select {} from public.{} order by {}").format(
        *map(sql.Identifier, (name, table, key))
    )
    return [row[0] for row in database.execute(query)]
