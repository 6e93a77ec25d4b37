"""Cells in: from a cell's text to the one text that PostgreSQL is given for it, or a fault.

The grammar is that of docs/loading.md. It is decided here alone: the database gets canonical texts
and never interprets a spelling.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from wellness_journey.intake.days import (
    Zoneless,
    declared_day,
    declared_time,
    fault_of_format,
    iso_day,
    iso_time,
)
from wellness_journey.intake.reasons import Fault, is_missing_code
from wellness_journey.intake.sources import Spelling

__all__ = ["KINDS", "Column", "Convert", "Zoneless", "converter"]

# None is no value.
Convert = Callable[[str], str | Fault | None]
_Read = Callable[[str], str | None]

# What the types of PostgreSQL are to a loader; a type that is not here is not loaded.
KINDS = {
    "date": "date",
    "timestamp with time zone": "timestamp",
    "timestamp without time zone": "timestamp",
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "numeric": "number",
    "real": "number",
    "double precision": "number",
    "boolean": "boolean",
    "uuid": "key",
    "text": "text",
    "citext": "text",
    "jsonb": "text",
    "character varying": "code",
    "character": "code",
    "enum": "code",
}
_NO_TEXT = "holds a character that no text has (NUL, U+0080 to U+009F, or half of one)"
_WRONG = {
    "date": "is not an ISO date (YYYY-MM-DD)",
    "timestamp": "is not an ISO time (YYYY-MM-DD HH:MM, then perhaps seconds and a zone)",
    "integer": "is not a whole number",
    "number": "is not a number",
    "boolean": "is not true or false (true, false, t, f, 1, 0)",
    "key": "is not a key (UUID)",
    "code": _NO_TEXT,
    "text": _NO_TEXT,
}
_TYPES = {"date": "date", "timestamp": "datetime"}
_TRUE, _FALSE = frozenset({"true", "t", "1"}), frozenset({"false", "f", "0"})
_CONTROLS = re.compile("[\x80-\x9f]")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INTEGER_DIGITS = 9
# A day, a session and a score come again and again; their spellings are read once.
_KEPT = 20_000


@dataclass(frozen=True)
class Column:
    """A column of a table: its name, one of the values of KINDS, its length in characters."""

    name: str
    kind: str
    length: int | None = None


def converter(
    column: Column,
    spelling: Spelling | None = None,
    *,
    field: str = "",
    required: bool = False,
    repeats: bool = True,
) -> Convert:
    """What reads the cells of one column.

    `field` is the column's name in the file, for what is told about it. Without `repeats` the
    cells are all different: keys of rows.
    """
    written = spelling or Spelling()
    as_declared = _reader(column.kind, written)
    as_iso = _reader(column.kind, Spelling())
    nothing = Fault(f"{column.name} has no value") if required else None
    is_text = column.kind == "text"
    length = column.length

    def convert(text: str) -> str | Fault | None:
        bare = text.strip(" ")
        if bare in written.missing:
            return nothing
        # A cell that its file typed (a date of a spreadsheet) is ISO, whatever is declared.
        typed = type(text) is not str
        found = (as_iso if typed else as_declared)(text if is_text else bare)
        if found is None:
            return _fault(column, spelling if not typed else None, field or column.name, bare)
        if length is not None and len(found) > length:
            return Fault(f"{column.name} has more than {length} characters")
        return found

    if is_text or not repeats:
        return convert
    return lru_cache(maxsize=_KEPT, typed=True)(convert)


def _reader(kind: str, spelling: Spelling) -> _Read:
    """What reads a cell that has a value: its canonical text, or None."""
    if kind == "date":
        return declared_day(spelling.date_format) if spelling.date_format else iso_day
    if kind == "timestamp":
        return declared_time(spelling.date_format) if spelling.date_format else iso_time
    if kind == "integer":
        return _integers(spelling)
    if kind == "number":
        return _numbers(spelling)
    if kind == "boolean":
        return _booleans(spelling)
    return _key if kind == "key" else _text


def _number_pattern(spelling: Spelling) -> str:
    """Sign, whole part and fraction, as groups."""
    whole = r"\d+"
    if spelling.group_char:
        whole += rf"|\d{{1,3}}(?:{re.escape(spelling.group_char)}\d{{3}})+"
    return rf"([+-]?)({whole})(?:{re.escape(spelling.decimal_char)}(\d*))?"


def _integers(spelling: Spelling) -> _Read:
    pattern = re.compile(_number_pattern(spelling), re.ASCII)
    group_char = spelling.group_char or ""

    def read(text: str) -> str | None:
        match = pattern.fullmatch(text)
        if not match or (match[3] or "").strip("0"):
            return None
        digits = match[2].replace(group_char, "").lstrip("0") or "0"
        if len(digits) > _INTEGER_DIGITS:
            return None
        return f"-{digits}" if match[1] == "-" and digits != "0" else digits

    return read


def _numbers(spelling: Spelling) -> _Read:
    pattern = re.compile(_number_pattern(spelling), re.ASCII)
    group_char = spelling.group_char or ""

    def read(text: str) -> str | None:
        match = pattern.fullmatch(text)
        if not match:
            return None
        digits = match[2].replace(group_char, "").lstrip("0") or "0"
        told = f"{digits}.{match[3]}" if (match[3] or "").strip("0") else digits
        return f"-{told}" if match[1] == "-" else told

    return read


def _booleans(spelling: Spelling) -> _Read:
    true_values, false_values = spelling.true_values, spelling.false_values

    def read(text: str) -> str | None:
        if text in true_values if true_values is not None else text.lower() in _TRUE:
            return "true"
        if text in false_values if false_values is not None else text.lower() in _FALSE:
            return "false"
        return None

    return read


def _key(text: str) -> str | None:
    lower = text.lower()
    return lower if _UUID.fullmatch(lower) else None


def _text(text: str) -> str | None:
    if "\0" in text:
        return None
    if not text.isascii():
        # The marks of a wrong encoding: these are dashes and quotation marks in windows-1252.
        if _CONTROLS.search(text):
            return None
        # Half a surrogate pair, which a spreadsheet can hold, is no character.
        try:
            text.encode()
        except UnicodeEncodeError:
            return None
    return text


def _fault(column: Column, spelling: Spelling | None, field: str, text: str) -> Fault:
    """Why a cell is no value of the column, and how to declare it if it is meant as one."""
    name, kind = column.name, column.kind
    if spelling and spelling.date_format and kind in _TYPES:
        return Fault(
            f"{name} is not written as {spelling.date_format}",
            "mend the rows, or the format in datapackage.json",
        )
    wrong = f"{name} {_WRONG[kind]}"
    if kind in ("code", "text"):
        return Fault(wrong, "is the encoding right? windows-1252 is likely; declare it")
    if is_missing_code(text):
        missing = sorted((spelling or Spelling()).missing | {text})
        return Fault(
            wrong,
            "if it stands for no value, declare it in datapackage.json",
            (("name", field), ("missingValues", tuple(missing))),
        )
    if kind in _TYPES and re.match(r"0\d{3}-", text, re.ASCII):
        return Fault(f"{name} has a year before 1000")
    if kind in _TYPES:
        from wellness_journey.intake.guesses import date_formats

        read = declared_day if kind == "date" else declared_time
        formats = [f for f in date_formats(text) if not fault_of_format(f) and read(f)(text)]
        return Fault(
            wrong,
            "declare its format in datapackage.json",
            (("name", field), ("type", _TYPES[kind]), ("format", "")),
            tuple(formats),
        )
    is_declared = spelling is not None and spelling.decimal_char == ","
    fraction = "0*" if kind == "integer" else r"\d*"
    has_comma = re.fullmatch(rf"[+-]?\d+,{fraction}", text, re.ASCII)
    if kind in ("integer", "number") and has_comma and not is_declared:
        return Fault(
            wrong,
            "declare its decimal character in datapackage.json",
            (("name", field), ("type", "number"), ("decimalChar", ",")),
        )
    if kind == "boolean":
        return Fault(wrong, "declare its trueValues and falseValues in datapackage.json")
    return Fault(wrong)
