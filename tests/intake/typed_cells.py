"""Workbooks or Parquet files of few cells."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from wellness_journey.errors import InputError
from wellness_journey.intake.records import Record
from wellness_journey.intake.spreadsheets import Cell, Unreadable, cell_records

TABLE = "log_pulse_checks"

SECRET = "felt calm at last"  # noqa: S105 - a note

KEY = UUID("6f9619ff-8b86-d011-b42d-00cf4fc964ff")


def records(path: Path) -> list[Record]:
    return list(cell_records(path, TABLE))


def told(fields: list[str]) -> list[object]:
    """Fields so that a Cell, an Unreadable and a plain text differ."""

    def of_one(field: str) -> object:
        if isinstance(field, Unreadable):
            return "why", field.why
        return ("cell", str(field)) if isinstance(field, Cell) else field

    return [of_one(field) for field in fields]


def workbook(path: Path, rows: list[list[Any]], title: str = "Export") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def outcomes(path: Path, whole: bytes) -> set[str]:
    """What damaged copies of a file say; each is damaged at another place."""
    pick = random.Random(16)
    messages = set()
    for number in range(120):
        content = bytearray(whole)
        if number % 3:
            for _ in range(1 + number % 5):
                content[pick.randrange(len(content))] = pick.randrange(256)
        else:
            content = content[: pick.randrange(len(content))]
        path.write_bytes(content)
        try:
            records(path)
        except InputError as error:
            messages.add(str(error))
    return messages
