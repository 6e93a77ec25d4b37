"""Dates and times: what is taken as ISO, and what a declared format takes.

Both give the canonical text or None. `datetime.strptime` does the reading of declared formats;
what it is lax about is checked beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

_DAY = r"(\d{4})-(\d{2})-(\d{2})"
_TIME = r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?"
_ZONE = r"(Z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)"
_ISO = re.compile(rf"{_DAY}(?:[T ]{_TIME}{_ZONE}?)?", re.ASCII)
_CODES = re.compile(r"%(.?)", re.DOTALL)
_TAKEN = frozenset("YymbBdjaAHIMSfpz%")
# A number that runs into the next one can be cut in more than one place.
_RUNNING = re.compile(r"%[YymdjHIMS]%[YymdjHIMSf]")
_DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FIRST_YEAR = 1000


class Zoneless(str):
    """A time that was written without a zone, and is therefore taken as UTC."""

    __slots__ = ()


def iso_day(text: str) -> str | None:
    """`YYYY-MM-DD` of an ISO date with or without a time: the day as it is written."""
    match = _ISO.fullmatch(text)
    if not match or not _is_day(match):
        return None
    return text[:10]


def iso_time(text: str) -> str | None:
    """`YYYY-MM-DDTHH:MM:SS.ffffffZ` of an ISO date or time; Zoneless where no zone is written."""
    match = _ISO.fullmatch(text)
    if not match or not _is_day(match):
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    written = datetime(
        int(year),
        int(month),
        int(day),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        int((fraction or "").ljust(6, "0")),
        tzinfo=_zone(zone) if zone else UTC,
    )
    return _canonical(written, with_zone=bool(zone))


def declared_day(written_as: str) -> Callable[[str], str | None]:
    """What reads days of that format: as `iso_day`."""

    def read(text: str) -> str | None:
        found = _parse(text, written_as)
        return found.date().isoformat() if found else None

    return read


def declared_time(written_as: str) -> Callable[[str], str | None]:
    """What reads times of that format: as `iso_time`."""
    with_zone = "z" in _codes(written_as)

    def read(text: str) -> str | None:
        found = _parse(text, written_as)
        if not found:
            return None
        return _canonical(found if with_zone else found.replace(tzinfo=UTC), with_zone=with_zone)

    return read


def fault_of_format(written_as: str) -> str | None:
    """Why this is no format of days or times; None where it is one."""
    codes = _codes(written_as)
    unknown = [code for code in codes if code not in _TAKEN]
    if unknown:
        return f"%{unknown[0]} is not among the codes that load takes"
    if not written_as.isascii():
        return "it holds a character outside ASCII"
    found = [code for code in codes if code != "%"]
    if len(set(found)) < len(found):
        return "it holds a code twice"
    for group, what in (("Yy", "one year (%Y or %y)"), ("HI", "at most one hour (%H or %I)")):
        if len(set(group) & set(found)) != 1 and (group == "Yy" or set(group) <= set(found)):
            return f"it needs {what}"
    month, day = set("mbB") & set(found), set("d") & set(found)
    if "j" in found:
        if month or day or {"f", "z"} & set(found):
            return "%j goes without a month, a day, %f and %z"
    elif len(month) != 1 or not day:
        return "it needs one month (%m, %b or %B) and a day (%d), or %j"
    if ("I" in found) != ("p" in found):
        return "%I and %p go together"
    hours = set("HI") & set(found)
    for code, needed in (("M", hours), ("S", set("M")), ("f", set("S")), ("z", hours)):
        if code in found and not needed & set(found):
            return f"%{code} needs an hour, a minute and a second before it"
    if _RUNNING.search(written_as.replace("%%", "")):
        return _running(written_as)
    return None


def _running(written_as: str) -> str | None:
    """Digits without separators have one reading only where every number has a fixed width."""
    # strptime takes one digit for two; the check of a text's length is in _parse.
    return None if _width(written_as) else "numbers follow each other, and not all have a fixed width"


def _width(written_as: str) -> int | None:
    """The length of every text of a format of numbers, None where it varies."""
    widths = {"Y": 4, "y": 2, "m": 2, "d": 2, "j": 3, "H": 2, "I": 2, "M": 2, "S": 2, "%": 1}
    codes = _codes(written_as)
    if any(code not in widths for code in codes):
        return None
    return len(_CODES.sub("", written_as)) + sum(widths[code] for code in codes)


def _codes(written_as: str) -> list[str]:
    return _CODES.findall(written_as)


def _parse(text: str, written_as: str) -> datetime | None:
    # strptime takes digits of any script, and any run of spaces for one.
    if not text.isascii() or re.findall(r"\s+", text) != re.findall(r"\s+", written_as):
        return None
    if _RUNNING.search(written_as.replace("%%", "")) and len(text) != _width(written_as):
        return None
    try:
        found = datetime.strptime(text, written_as)
    except ValueError:
        return None
    if found.year < _FIRST_YEAR:
        return None
    # strptime takes any name of a day for any day.
    if {"a", "A"} & set(_codes(written_as)) and _DAY_NAMES[found.weekday()] not in text.lower():
        return None
    # strptime takes day 366 of a year of 365 days for the first of the next.
    if "j" in _codes(written_as) and _numbers(text) != _numbers(found.strftime(written_as)):
        return None
    offset = found.utcoffset()
    if offset is not None and abs(offset) >= timedelta(hours=16):
        return None
    return found


def _numbers(text: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", text)]


def _is_day(match: re.Match[str]) -> bool:
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).year >= _FIRST_YEAR
    except ValueError:
        return False


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _canonical(written: datetime, *, with_zone: bool) -> str | None:
    try:
        in_utc = written.astimezone(UTC)
    except OverflowError:
        return None
    if min(written.year, in_utc.year) < _FIRST_YEAR:
        return None
    told = in_utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return told if with_zone else Zoneless(told)
