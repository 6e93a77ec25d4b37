"""What docs/loading.md says a cell means, read a second time: plain Python, no database.

Shares no code with the loader. `value_of` is the entry; `made_key` is the key of a row without one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Literal
from uuid import UUID, uuid5

from reference_moments import DIGITS, moment, number_of

Kind = Literal["date", "timestamp", "integer", "boolean", "key", "code", "text"]
Value = date | datetime | int | bool | UUID | str | None


class Rejected(Enum):
    """A cell that is not taken: its row must not be stored."""

    REJECTED = "rejected"

    def __repr__(self) -> str:
        return self.value


REJECTED = Rejected.REJECTED

NAMESPACE = UUID("9eceddb3-8b7d-5e4c-9b15-ea66e6933e16")
HEXADECIMAL = DIGITS + "abcdefABCDEF"
SPACE = " "


@dataclass(frozen=True)
class Declaration:
    """What a field of datapackage.json says about its cells; the defaults say nothing."""

    format: str | None = None
    decimal_char: str = "."
    group_char: str = ""
    true_values: tuple[str, ...] = ()
    false_values: tuple[str, ...] = ()
    missing_values: tuple[str, ...] = ("",)


NOTHING = Declaration()


def value_of(kind: Kind, text: str, declared: Declaration = NOTHING) -> Value | Rejected:
    """The value that a cell of a column of this kind means. `code` is text that is not free."""
    trimmed = text.strip(SPACE)
    if trimmed in declared.missing_values:
        return None
    if kind == "date":
        return _date(trimmed, declared.format)
    if kind == "timestamp":
        return _timestamp(trimmed, declared.format)
    if kind == "integer":
        return _integer(trimmed, declared.decimal_char, declared.group_char)
    if kind == "boolean":
        return _boolean(trimmed, declared)
    if kind == "key":
        return _key(trimmed)
    if "\0" in text or any(0x80 <= ord(letter) <= 0x9F for letter in text):
        return REJECTED
    return text if kind == "text" else trimmed


def made_key(
    table: str, session_id: UUID, day: date, row: Mapping[str, Value], number: int
) -> UUID:
    """The key of a row of a file without keys: `number` counts identical rows, from 1."""
    return uuid5(NAMESPACE, key_name(table, session_id, day, row, number))


def key_name(table: str, session_id: UUID, day: date, row: Mapping[str, Value], number: int) -> str:
    """What a made key is made from."""
    content = {column: written(row[column]) for column in sorted(row) if row[column] is not None}
    name = [table, written(session_id), written(day), content, number]
    return json.dumps(name, ensure_ascii=False, separators=(",", ":"))


def written(value: Value) -> str:
    """A value as the name of a made key has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        utc = value.astimezone(UTC)
        time = f"{utc.hour:02}:{utc.minute:02}:{utc.second:02}.{utc.microsecond:06}"
        return f"{written(utc.date())}T{time}Z"
    if isinstance(value, date):
        return f"{value.year:04}-{value.month:02}-{value.day:02}"
    return str(value)


def _date(text: str, how: str | None) -> date | Rejected:
    read = moment(text, how)
    return REJECTED if read is None else read.day


def _timestamp(text: str, how: str | None) -> datetime | Rejected:
    read = moment(text, how)
    utc = None if read is None else read.in_utc()
    return REJECTED if utc is None else utc


def _integer(text: str, decimal_char: str, group_char: str) -> int | Rejected:
    sign = -1 if text.startswith("-") else 1
    unsigned = text[1:] if text[:1] in ("+", "-") else text
    whole, _, fraction = unsigned.partition(decimal_char)
    if group_char and group_char in whole:
        # Otherwise 1.5 of an American file would be fifteen.
        first, *others = whole.split(group_char)
        if not 1 <= len(first) <= 3 or any(len(other) != 3 for other in others):
            return REJECTED
        whole = first + "".join(others)
    if number_of(whole) is None or fraction.strip("0") or len(whole.lstrip("0")) > 9:
        return REJECTED
    return sign * int(whole)


def _boolean(text: str, declared: Declaration) -> bool | Rejected:
    if declared.true_values or declared.false_values:
        true, false, found = declared.true_values, declared.false_values, text
    else:
        true, false = ("true", "t", "1"), ("false", "f", "0")
        found = "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)
    if found in true:
        return True
    return False if found in false else REJECTED


def _key(text: str) -> UUID | Rejected:
    groups = text.split("-")
    if [len(group) for group in groups] != [8, 4, 4, 4, 12]:
        return REJECTED
    if any(character not in HEXADECIMAL for group in groups for character in group):
        return REJECTED
    return UUID(int=int("".join(groups), 16))
