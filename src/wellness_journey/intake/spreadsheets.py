"""Files whose cells have types of their own: .xlsx and .parquet, as records of text.

Text is canonical: a date `YYYY-MM-DD`, a timestamp `YYYY-MM-DDTHH:MM:SS[.ffffff][+hh:mm]`, a whole
number as digits, `true` and `false`, a UUID in lower case with hyphens, "" for no value.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from wellness_journey.errors import InputError
from wellness_journey.intake.records import Record

ENDINGS = (".xlsx", ".parquet")
# A double has 15 digits for sure: beyond them, an identifier is most likely another one's.
_EXACT = 10**15


class Cell(str):
    """The canonical text of a cell that is a date, a number or a boolean in the file itself."""

    __slots__ = ()


class Unreadable(str):
    """A cell that has no value to load. `why` completes "COLUMN …"; `shown` is what the file shows.

    As text it is a NUL and the reason: no column takes that, so that it is never taken for
    "no value".
    """

    why: str
    shown: str

    def __new__(cls, why: str, shown: object = "") -> Unreadable:
        made = super().__new__(cls, f"\0{why}")
        made.why, made.shown = why, str(shown)
        return made


def cell_records(path: Path, table: str) -> Iterator[Record]:
    """The records of a .xlsx or .parquet file, header first, one after the other.

    Fields are a `Cell`, an `Unreadable`, or a plain str: text cells and "" for no value. `line` is
    the row's number in the sheet; in .parquet the header counts as line 1. Rows without any value
    are left out. `table` names the sheet to take where a workbook has several; it can be empty.

    Raises:
        InputError: the extra `formats` is not installed, or the file is not what its ending says.
    """
    ending = path.suffix.lower()
    try:
        if ending == ".parquet":
            from wellness_journey.intake.parquet import parquet_records

            return parquet_records(path)
        from wellness_journey.intake.workbook import workbook_records

        return workbook_records(path, table)
    except ImportError:
        raise InputError(
            f"{path.name}: files of the format {ending} need an extra; install it with "
            "`pip install 'wellness-journey[formats]'`, or save the file as CSV. "
            "Nothing was loaded"
        ) from None


def cell_text(value: object) -> str:
    """The text of one value, as the module says."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return Cell("true" if value else "false")
        case int() | UUID():
            return Cell(value)
        case Decimal():
            return _number(value)
        case float():
            # pandas writes a missing number so.
            return "" if math.isnan(value) else _float(value)
        case datetime() | date():
            return Cell(value.isoformat())
        case time():
            return Unreadable("is a time without a day", value)
        case timedelta():
            return Unreadable("is a duration", value)
        case _:
            return Unreadable("has a type that no column takes")


def _float(value: float) -> str:
    if not math.isfinite(value):
        return Unreadable("is infinite", value)
    if abs(value) >= _EXACT:
        why = "is a number of more than 15 digits, of which the file keeps 15"
        return Unreadable(why, value)
    return Cell(int(value) if value.is_integer() else value)


def _number(value: Decimal) -> str:
    if not value.is_finite():
        return ""
    whole = value.to_integral_value()
    return Cell(f"{whole:f}" if value == whole else f"{value:f}")
