"""Guesses at how a value is written. `journey load` never acts on one: it only shows them.

`load` names the first guess in a reason, `load --describe` writes it for a person to check.
"""

from __future__ import annotations

import re
from datetime import datetime
from itertools import product

# What `load` takes without a description (docs/loading.md); whether the day exists is asked apart.
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)?)?",
)
# White space is any, as in `strptime`: spreadsheets write a narrow one before PM.
_WEEKDAY = re.compile(r"(?P<name>[A-Za-z]{3,9})(?P<after>,?\s+)(?=\S)")
_TIME = re.compile(
    r"(?<=[0-9])(?P<before>,?\s+|T|:(?=[0-9][0-9]:[0-9][0-9]:[0-9][0-9]))(?P<hour>[0-9]{1,2})(?P<minute>:?[0-9][0-9])"
    r"(?P<second>:?[0-9][0-9])?(?P<fraction>\.[0-9]{1,6})?"
    r"(?P<half>\s*[AaPp][Mm])?(?P<zone>\s*(?:Z|UTC|GMT|[+-][0-9][0-9]:?[0-9][0-9]))?\Z",
)
_COMPACT = re.compile(r"([0-9]{8})([0-9]{4}|[0-9]{6})")
_SEPARATOR = r"\s*[-/.]\s*|\s+"
_THREE = re.compile(rf"([0-9]{{1,4}})({_SEPARATOR})([0-9]{{1,2}})\2([0-9]{{1,4}})")
_NAMED = re.compile(
    rf"(?P<first>[0-9]{{1,4}}|[A-Za-z]{{3,9}})(?P<one>\.?(?:{_SEPARATOR})|)"
    rf"(?P<second>[0-9]{{1,2}}|[A-Za-z]{{3,9}})(?P<two>,\s*|\.?(?:{_SEPARATOR})|)(?P<third>[0-9]{{1,4}})",
)
# The order of the guesses: a stroke is most often American, a full stop is not.
_ORDERS = {"/": ("mdy", "dmy"), "-": ("mdy", "dmy", "ymd"), ".": ("dmy", "mdy")}


def date_formats(text: str) -> tuple[str, ...]:
    """The `strptime` formats that `text` can be written in, best guess first.

    Empty for ISO, which needs no format, and for what no format can say: a serial number of a
    spreadsheet, a month's name that is not English. Each format reads `text` as a real day.
    """
    text = text.strip()
    iso = _ISO.fullmatch(text)
    if iso and _reads(iso[1], "%Y-%m-%d"):
        return ()
    found: list[str] = []
    for days, times in _splits(text):
        for day, time in product(_days(days), times):
            if day + time not in found and _reads(text, day + time):
                found.append(day + time)
    return tuple(found)


def _splits(text: str) -> list[tuple[str, list[str]]]:
    """The text of a day, and the formats of the time behind it: without a time, and with one."""
    splits = [(text, [""])]
    if match := _TIME.search(text):
        splits.append((text[: match.start()], [_time_format(match)]))
    elif match := _COMPACT.fullmatch(text):
        splits.append((match[1], ["%H%M" if len(match[2]) == 4 else "%H%M%S"]))
    return splits


def _time_format(match: re.Match[str]) -> str:
    half, zone = match["half"], match["zone"]
    parts = [_gap(match["before"]), "%I" if half else "%H"]
    for name, code in (("minute", "%M"), ("second", "%S")):
        if match[name]:
            parts.append(":" * match[name].startswith(":") + code)
    if match["fraction"]:
        parts.append(".%f")
    if half:
        parts.append(" " * half[0].isspace() + "%p")
    if zone:
        # A time without %z is UTC for `load`, so the words need no code.
        word = zone.strip()
        parts.append(" " * zone[0].isspace() + (word if word in ("UTC", "GMT") else "%z"))
    return "".join(parts)


def _days(text: str) -> list[str]:
    """Formats that the text of a day may have; not all of them need to read it."""
    formats = _without_weekday(text)
    match = _WEEKDAY.match(text)
    if match:
        rest = _without_weekday(text[match.end() :])
        after = _gap(match["after"])
        formats += [f"{code}{after}{day}" for code in ("%a", "%A") for day in rest]
    return formats


def _without_weekday(text: str) -> list[str]:
    if re.fullmatch(r"[0-9]{8}", text):
        return ["%Y%m%d"] if text[:2] in ("19", "20") else ["%m%d%Y", "%d%m%Y"]
    if match := _THREE.fullmatch(text):
        first, separator, _, third = match.groups()
        gap = _gap(separator)
        if len(first) == 4:
            return [gap.join(("%Y", "%m", "%d"))]
        year = "%Y" if len(third) == 4 else "%y"
        codes = {"d": "%d", "m": "%m", "y": year}
        orders = _ORDERS.get(separator.strip(), ("dmy", "mdy"))
        return [
            gap.join(codes[part] for part in order)
            for order in orders
            if order != "ymd" or (len(first), len(third)) == (2, 2)
        ]
    if match := _NAMED.fullmatch(text):
        one, two = _gap(match["one"]), _gap(match["two"])
        firsts, seconds = _codes(match["first"]), _codes(match["second"])
        thirds = _codes(match["third"], is_last=True)
        named = [f"{a}{one}{b}{two}{c}" for a, b, c in product(firsts, seconds, thirds)]
        return [order for order in named if _names_a_day(order)]
    return []


def _codes(part: str, is_last: bool = False) -> list[str]:
    if part.isalpha():
        return ["%b", "%B"]
    # Beside a month's name only the last number is a year of two digits: 25-Mar-26.
    return {1: ["%d"], 2: ["%d", "%y"] if is_last else ["%d"], 4: ["%Y"]}.get(len(part), [])


def _names_a_day(form: str) -> bool:
    codes = re.findall(r"%(\w)", form)
    return sorted(code.lower() for code in codes) == ["b", "d", "y"]


def _gap(text: str) -> str:
    """Any white space, a narrow one too, stands for itself in a format as one space."""
    return re.sub(r"\s+", " ", text)


def _reads(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True
