"""The files of `journey load`: which there are, their header, their records."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from wellness_journey.errors import InputError

# PostgreSQL takes these words for a date, and would store the day of the load.
_MOVING_DAYS = {"now", "today", "tomorrow", "yesterday", "epoch"}


@dataclass(frozen=True)
class Record:
    """One CSV record, the line it starts on, and why it is no row."""

    line: int
    fields: list[str]
    fault: str | None = None


def find_files(folder: Path, names: Collection[str]) -> list[Path]:
    """The files `<name>.csv` of `folder`, in the order of `names`.

    Raises:
        InputError: there is none, or a CSV file of another name (a typo, most likely).
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: name the folder that holds the CSV files")
    found = {
        path.name
        for path in folder.iterdir()
        if path.suffix.lower() == ".csv" and not path.name.startswith(".")
    }
    wanted = [f"{name}.csv" for name in names]
    unknown = sorted(found - set(wanted))
    if unknown or not found:
        what = f"no table for {', '.join(unknown)}" if unknown else "no CSV file"
        raise InputError(f"{folder}: {what}; expected one or more of {', '.join(wanted)}")
    return [folder / name for name in wanted if name in found]


def read_records(path: Path, file: BinaryIO) -> Iterator[Record]:
    """The records of `file`, header first, with true line numbers; blank lines are none.

    Raises:
        InputError: not UTF-8, or a record whose end nobody can tell.
    """
    reader = csv.reader(_lines(path, file), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # Over several lines nobody can tell how many rows that is: refuse the file.
            if reader.line_num > line:
                raise InputError(
                    f"{path.name}: the row that starts on line {line} does not end properly by "
                    f"line {reader.line_num}; is a quotation mark left open? Nothing was loaded"
                ) from None
            yield Record(line, [], f"not readable as CSV: {error}")
            continue
        if fields:
            yield Record(line, fields)


def _lines(path: Path, file: BinaryIO) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise InputError(
                f"{path.name}, line {number}: not UTF-8; save the file as UTF-8. Nothing was loaded"
            ) from None


def read_header(
    path: Path, records: Iterator[Record], allowed: Collection[str], required: Collection[str]
) -> list[str]:
    """The columns that the first record names.

    Raises:
        InputError: it names none, an unknown one, one twice, or not all required ones.
    """
    first = next(records, None)
    columns = first.fields if first else []
    choice = f"allowed are {', '.join(allowed)}"
    # Without any known name the line is no header but a row, whose values stay unsaid.
    if not set(columns) & set(allowed):
        raise InputError(f"{path.name}: the first line does not name the columns; {choice}")
    unknown = [
        name if re.fullmatch(r"[A-Za-z_]\w{0,62}", name) else f"number {number}"
        for number, name in enumerate(columns, start=1)
        if name not in allowed
    ]
    repeated = sorted({name for name in columns if columns.count(name) > 1} & set(allowed))
    missing = sorted(set(required) - set(columns))
    for what, names in (("unknown", unknown), ("repeated", repeated), ("missing", missing)):
        if names:
            raise InputError(f"{path.name}: {what} column {', '.join(names)}; {choice}")
    return columns


def fault(record: Record, columns: Sequence[str], types: Mapping[str, str]) -> str | None:
    """What keeps a record from being a row at all; what a row must be, the database says."""
    if record.fault:
        return record.fault
    if len(record.fields) != len(columns):
        return f"{len(record.fields)} fields, expected {len(columns)}"
    for column, text in zip(columns, record.fields, strict=True):
        if "\0" in text:
            return f"{column} holds a NUL byte"
        if types[column].startswith(("date", "timestamp")) and text.lower().strip() in _MOVING_DAYS:
            return f"{column} is not a date"
    return None
