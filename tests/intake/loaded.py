"""What a test of a load writes, then looks at."""

from __future__ import annotations

import csv
from pathlib import Path

from psycopg import sql

from clinic_files import WHO, WHOSE, check_id
from database import Connection

VALUE = "zanzibar"


def pulse_checks(folder: Path, *rows: str, columns: str = "check_date,mood_level") -> Path:
    """The file of pulse checks: each row is the key's number and the values of `columns`."""
    file = folder / "log_pulse_checks.csv"
    lines = [f"pulse_check_id,{WHO},{columns}\n"]
    for row in rows:
        number, rest = row.split(",", 1)
        lines.append(f"{check_id(int(number))},{WHOSE},{rest}\n")
    file.write_text("".join(lines), newline="")
    return file


def rejected(rejects: Path, table: str = "log_pulse_checks") -> list[tuple[int, str]]:
    with (rejects / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return [(int(row["line"]), row["reason"]) for row in csv.DictReader(file)]


def count(database: Connection, table: str = "public.log_pulse_checks") -> int:
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(*table.split(".")))
    row = database.execute(query).fetchone()
    assert row is not None
    return int(row[0])
