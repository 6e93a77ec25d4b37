"""What a cell with a date or a time means, read a second time: see `reference_values`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

DIGITS = "0123456789"
FIRST_YEAR = 1000
MONTHS = [
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
]
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


@dataclass(frozen=True)
class Moment:
    """The day that is written, its time of day in microseconds, and its offset in minutes."""

    day: date
    microseconds: int = 0
    offset: timedelta = timedelta()

    def in_utc(self) -> datetime | None:
        midnight = datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)
        try:
            return midnight + timedelta(microseconds=self.microseconds) - self.offset
        except OverflowError:
            return None


def moment(text: str, how: str | None) -> Moment | None:
    """The moment that a text names, written in ISO 8601 or as a format says."""
    return _iso(text) if how is None else _as_declared(text, how)


def _iso(text: str) -> Moment | None:
    day = _calendar_day(text[:10])
    if day is None:
        return None
    rest = text[10:]
    if not rest:
        return Moment(day)
    if rest[0] not in ("T", " "):
        return None
    time, zone = _split_zone(rest[1:])
    microseconds = _time_of_day(time)
    offset = _offset(zone)
    if microseconds is None or offset is None:
        return None
    return Moment(day, microseconds, offset)


def _calendar_day(text: str) -> date | None:
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    year, month, day = (number_of(part) for part in (text[:4], text[5:7], text[8:]))
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
    numbers = [number_of(part) if len(part) == 2 else None for part in parts]
    if len(parts) not in (2, 3) or None in numbers:
        return None
    hours, minutes, seconds = [number or 0 for number in numbers] + [0] * (3 - len(parts))
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    if point and (len(parts) == 2 or len(fraction) > 6 or number_of(fraction) is None):
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
    if len(rest) not in (2, 4) or number_of(rest) is None:
        return None
    hours, minutes = int(rest[:2]), int(rest[2:] or "0")
    if hours > 15 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if sign == "-" else offset


def number_of(text: str) -> int | None:
    return int(text) if text and all(character in DIGITS for character in text) else None


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


def _as_declared(text: str, how: str) -> Moment | None:
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
    return Moment(day, microseconds, offset)


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
