"""Dates and times: what is taken as ISO, and what a declared format takes.

Both give the canonical text or None. A declared format is read here and not by `strptime`, which
takes digits of any script, any white space for a space, day 366 of any year, any weekday for any
day, and names in the language of the process.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache

_DAY = r"\d{4}-\d{2}-\d{2}"
_TIME = r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?"
_ZONE = r"(?:Z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)"
_ISO = re.compile(rf"{_DAY}(?:[T ]{_TIME}({_ZONE})?)?", re.ASCII)
_CODE = re.compile(r"%(.?)", re.DOTALL)
_MONTHS = "january february march april may june july august september october november december"
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday"
_NAMES = {
    "b": [name[:3] for name in _MONTHS.split()],
    "B": _MONTHS.split(),
    "a": [name[:3] for name in _WEEKDAYS.split()],
    "A": _WEEKDAYS.split(),
}
# As in strptime: the leading zero of a number may be left out, but for the year's.
_PATTERNS = {
    "Y": r"\d{4}",
    "y": r"\d{2}",
    "m": r"\d{1,2}",
    "d": r"\d{1,2}",
    "j": r"\d{1,3}",
    "H": r"\d{1,2}",
    "I": r"\d{1,2}",
    "M": r"\d{1,2}",
    "S": r"\d{1,2}",
    "f": r"\d{1,6}",
    "p": r"[AaPp][Mm]",
    "z": r"(?:Z|[+-](?:0\d|1[0-5]):?[0-5]\d)",
    **dict.fromkeys("aAbB", r"[A-Za-z]+"),
}
_NUMBERS = "YymdjHIMSf"
# Below, a digit is missing or wrong: 0226 is 2026.
_FIRST_YEAR = 1000


class Zoneless(str):
    """A time that was written without a zone, and is therefore taken as UTC."""

    __slots__ = ()


def iso_day(text: str) -> str | None:
    """`YYYY-MM-DD` of an ISO date with or without a time: the day as it is written."""
    return text[:10] if _ISO.fullmatch(text) and _is_day(text[:10]) else None


def iso_time(text: str) -> str | None:
    """`YYYY-MM-DDTHH:MM:SS.ffffffZ` of an ISO date or time; Zoneless where no zone is written."""
    match = _ISO.fullmatch(text)
    if not match or not _is_day(text[:10]):
        return None
    hour, minute, second, fraction, zone = match.groups()
    clock = f"{hour or '00'}:{minute or '00'}:{second or '00'}.{(fraction or '').ljust(6, '0')}"
    told = f"{text[:10]}T{clock}"
    if zone in (None, "Z", "+00:00", "+00"):
        return f"{told}Z" if zone else Zoneless(f"{told}Z")
    return _canonical(datetime.fromisoformat(told), zone)


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    return _day(int(text[:4]), int(text[5:7]), int(text[8:10])) is not None


def declared_day(written_as: str) -> Callable[[str], str | None]:
    """What reads days of that format: as `iso_day`."""

    def read(text: str) -> str | None:
        parts = _parts(text, written_as)
        return parts[0].date().isoformat() if parts else None

    return read


def declared_time(written_as: str) -> Callable[[str], str | None]:
    """What reads times of that format: as `iso_time`."""

    def read(text: str) -> str | None:
        parts = _parts(text, written_as)
        return _canonical(*parts) if parts else None

    return read


def fault_of_format(written_as: str) -> str | None:
    """Why this is no format of days or times; None where it is one."""
    codes = _CODE.findall(written_as)
    found = [code for code in codes if code != "%"]
    unknown = [code for code in found if code not in _PATTERNS]
    if unknown:
        return f"%{unknown[0]} is not among the codes that load takes"
    if len(set(found)) < len(found):
        return "it holds a code twice"
    there = set(found)
    if len(there & set("Yy")) != 1:
        return "it needs a year, %Y or %y"
    if "j" in there:
        if there & set("mbBd"):
            return "%j stands for month and day"
    elif len(there & set("mbB")) != 1 or "d" not in there:
        return "it needs a month (%m, %b or %B) and a day (%d), or %j"
    if ("I" in there) != ("p" in there) or {"H", "I"} <= there:
        return "an hour is %H, or %I with %p"
    for code, needed in (("M", "HI"), ("S", "M"), ("f", "S"), ("z", "HI")):
        if code in there and not there & set(needed):
            return f"%{code} needs %{' or %'.join(needed)}"
    return None


def _parts(text: str, written_as: str) -> tuple[datetime, str | None] | None:
    """The day and time as written, and its zone."""
    match = _pattern(written_as).fullmatch(text)
    if not match:
        return None
    said = match.groupdict()
    day = _day_of(said)
    hour = int(said.get("H") or said.get("I") or 0)
    if "I" in said:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (said["p"].lower() == "pm")
    minute, second = int(said.get("M", 0)), int(said.get("S", 0))
    if not day or hour > 23 or minute > 59 or second > 59:
        return None
    clock = time(hour, minute, second, int(said.get("f", "").ljust(6, "0")))
    return datetime.combine(day, clock), said.get("z")


@cache
def _pattern(written_as: str) -> re.Pattern[str]:
    pattern, end = "", 0
    for code in _CODE.finditer(written_as):
        pattern += re.escape(written_as[end : code.start()])
        pattern += "%" if code[1] == "%" else f"(?P<{code[1]}>{_width(written_as, code)})"
        end = code.end()
    return re.compile(pattern + re.escape(written_as[end:]), re.ASCII)


def _width(written_as: str, code: re.Match[str]) -> str:
    """The code's pattern; with all its digits where another number follows or goes before."""
    after, before = written_as[code.end() : code.end() + 2], written_as[: code.start()][-2:]
    running = [
        other for other in (after, before) if other[:1] == "%" and other[1:] in tuple(_NUMBERS)
    ]
    pattern = _PATTERNS[code[1]]
    return re.sub(r"\{1,(\d)\}", r"{\1}", pattern) if running else pattern


def _day_of(said: dict[str, str]) -> date | None:
    if "Y" in said:
        year = int(said["Y"])
    else:
        year = int(said["y"])
        year += 2000 if year < 69 else 1900
    if "j" in said:
        first, number = _day(year, 1, 1), int(said["j"])
        day = first + timedelta(days=number - 1) if first and number else None
        return day if day and day.year == year else None
    month = int(said["m"]) if "m" in said else _place(said, "bB")
    day = _day(year, month, int(said["d"]))
    weekday = _place(said, "aA") if day else None
    return None if day and weekday is not None and weekday != day.isoweekday() else day


def _place(said: dict[str, str], codes: str) -> int | None:
    """Which of the names was said, from 1; 0 for none of them; None without such a code."""
    places = [
        _NAMES[code].index(said[code].lower()) + 1 if said[code].lower() in _NAMES[code] else 0
        for code in codes
        if code in said
    ]
    return places[0] if len(set(places)) == 1 else 0 if places else None


def _day(year: int, month: int | None, day: int) -> date | None:
    try:
        return date(year, month or 0, day) if year >= _FIRST_YEAR else None
    except ValueError:
        return None


def _canonical(written: datetime, zone: str | None) -> str | None:
    if zone and zone != "Z":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        try:
            written = written + offset if zone[0] == "-" else written - offset
        except OverflowError:
            return None
    told = written.isoformat(timespec="microseconds") + "Z"
    return told if zone else Zoneless(told)
