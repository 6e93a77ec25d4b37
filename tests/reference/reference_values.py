"""What docs/loading.md says a cell means, read a second time: plain Python, no database.

Shares no code with the loader. `value_of` is the entry; `made_key` is the key of a row without one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Literal
from uuid import UUID, uuid5

Kind = Literal["date", "timestamp", "integer", "boolean", "key", "code", "text"]
Value = date | datetime | int | bool | UUID | str | None


class Rejected(Enum):
    """A cell that is not taken: its row must not be stored."""

    REJECTED = "rejected"

    def __repr__(self) -> str:
        return self.value


REJECTED = Rejected.REJECTED

NAMESPACE = UUID("9eceddb3-8b7d-5e4c-9b15-ea66e6933e16")
DIGITS = "0123456789"
HEXADECIMAL = DIGITS + "abcdefABCDEF"
SPACE = " "
FIRST_YEAR = 1000
MONTHS = [
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
]
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


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


# Without a description -------------------------------------------------------------------


def _date(text: str, how: str | None) -> date | Rejected:
    read = _iso(text) if how is None else _as_declared(text, how)
    return REJECTED if read is None else read.day


def _timestamp(text: str, how: str | None) -> datetime | Rejected:
    read = _iso(text) if how is None else _as_declared(text, how)
    return REJECTED if read is None else read.in_utc()


@dataclass(frozen=True)
class _Moment:
    """The day that is written, its time of day in microseconds, and its offset in minutes."""

    day: date
    microseconds: int = 0
    offset: timedelta = timedelta()

    def in_utc(self) -> datetime | Rejected:
        midnight = datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)
        try:
            return midnight + timedelta(microseconds=self.microseconds) - self.offset
        except OverflowError:
            return REJECTED


def _iso(text: str) -> _Moment | None:
    day = _calendar_day(text[:10])
    if day is None:
        return None
    rest = text[10:]
    if not rest:
        return _Moment(day)
    if rest[0] not in ("T", " "):
        return None
    time, zone = _split_zone(rest[1:])
    microseconds = _time_of_day(time)
    offset = _offset(zone)
    if microseconds is None or offset is None:
        return None
    return _Moment(day, microseconds, offset)


def _calendar_day(text: str) -> date | None:
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    year, month, day = (_number(part) for part in (text[:4], text[5:7], text[8:]))
    if year is None or month is None or day is None:
        return None
    return _day(year, month, day)


def _day(year: int, month: int, day: int) -> date | None:
    if year < FIRST_YEAR or not 1 <= month <= 12:
        return None
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    return date(year, month, day) if 1 <= day <= days else None


def _split_zone(text: str) -> tuple[str, str]:
    for place, character in enumerate(text):
        if character in "Z+-":
            return text[:place], text[place:]
    return text, "Z"


def _time_of_day(text: str) -> int | None:
    """Microseconds since midnight of hh:mm, hh:mm:ss or hh:mm:ss.f to .ffffff."""
    clock, point, fraction = text.partition(".")
    parts = clock.split(":")
    numbers = [_number(part) if len(part) == 2 else None for part in parts]
    if len(parts) not in (2, 3) or None in numbers:
        return None
    hours, minutes, seconds = [number or 0 for number in numbers] + [0] * (3 - len(parts))
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    if point and (len(parts) == 2 or len(fraction) > 6 or _number(fraction) is None):
        return None
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + int((fraction + "000000")[:6])


def _offset(text: str) -> timedelta | None:
    """Of Z, +hh, +hhmm or +hh:mm, up to 15:59."""
    if text == "Z":
        return timedelta()
    sign, rest = text[:1], text[1:]
    if sign not in ("+", "-"):
        return None
    if len(rest) == 5 and rest[2] == ":":
        rest = rest[:2] + rest[3:]
    if len(rest) not in (2, 4) or _number(rest) is None:
        return None
    hours, minutes = int(rest[:2]), int(rest[2:] or "0")
    if hours > 15 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if sign == "-" else offset


def _number(text: str) -> int | None:
    return int(text) if text and all(character in DIGITS for character in text) else None


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
    if _number(whole) is None or fraction.strip("0") or len(whole.lstrip("0")) > 9:
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


# With a format ---------------------------------------------------------------------------

# Python's documentation: the leading zero is optional for all of these but %y and %Y.
_CODES = {
    "Y": r"(?P<Y>[0-9]{4})",
    "y": r"(?P<y>[0-9]{2})",
    "m": r"(?P<m>[0-9]{1,2})",
    "d": r"(?P<d>[0-9]{1,2})",
    "j": r"(?P<j>[0-9]{1,3})",
    "H": r"(?P<H>[0-9]{1,2})",
    "I": r"(?P<I>[0-9]{1,2})",
    "M": r"(?P<M>[0-9]{1,2})",
    "S": r"(?P<S>[0-9]{1,2})",
    "f": r"(?P<f>[0-9]{1,6})",
    "p": r"(?P<p>[AaPp][Mm])",
    "z": r"(?P<z>Z|[+-][0-9]{2}:?[0-9]{2})",
    "b": r"(?P<b>[A-Za-z]{3})",
    "B": r"(?P<B>[A-Za-z]+)",
    "a": r"(?P<a>[A-Za-z]{3})",
    "A": r"(?P<A>[A-Za-z]+)",
    "%": "%",
}
_NUMBERS = ["%Y", "%y", "%m", "%d", "%j", "%H", "%I", "%M", "%S"]


def _as_declared(text: str, how: str) -> _Moment | None:
    match = re.fullmatch(_pattern(how), text)
    if match is None:
        return None
    said = match.groupdict()
    day = _day_of(said)
    microseconds = _microseconds_of(said)
    offset = _offset(said.get("z", "Z"))
    if day is None or microseconds is None or offset is None:
        return None
    if not _is_weekday(said, day):
        return None
    return _Moment(day, microseconds, offset)


def _pattern(how: str) -> str:
    parts = re.findall(r"%.|[^%]", how, flags=re.DOTALL)
    pattern = ""
    for before, part, after in zip(["", *parts], parts, [*parts[1:], ""], strict=False):
        regex = _CODES[part[1]] if part[0] == "%" else re.escape(part)
        # 2026111 of %Y%m%d is two days: beside another number a leading zero is not optional.
        if part in _NUMBERS and (before in _NUMBERS or after in _NUMBERS):
            regex = regex.replace("{1,", "{")
        pattern += regex
    return pattern


def _day_of(said: Mapping[str, str]) -> date | None:
    if "Y" in said:
        year = int(said["Y"])
    else:
        year = int(said["y"])
        year += 2000 if year <= 68 else 1900
    if "j" in said:
        number = int(said["j"])
        first, last = _day(year, 1, 1), _day(year, 12, 31)
        if first is None or last is None or not 1 <= number <= (last - first).days + 1:
            return None
        return first + timedelta(days=number - 1)
    if "b" in said:
        month = _place(said["b"], [name[:3] for name in MONTHS])
    elif "B" in said:
        month = _place(said["B"], MONTHS)
    else:
        month = int(said["m"])
    return _day(year, month, int(said["d"]))


def _place(name: str, names: list[str]) -> int:
    """From 1; 0 for a name that is not there."""
    return names.index(name.lower()) + 1 if name.lower() in names else 0


def _is_weekday(said: Mapping[str, str], day: date) -> bool:
    name = WEEKDAYS[day.weekday()]
    return said.get("A", name).lower() == name and said.get("a", name[:3]).lower() == name[:3]


def _microseconds_of(said: Mapping[str, str]) -> int | None:
    hours, minutes, seconds = (int(said.get(code, "0")) for code in "HMS")
    if "I" in said:
        hours = int(said["I"])
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if said.get("p", "am").lower() == "pm" else 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    fraction = int((said.get("f", "") + "000000")[:6])
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction
