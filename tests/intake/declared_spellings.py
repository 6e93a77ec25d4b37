"""Spellings for columns whose spelling is declared: that one, others like it, and near misses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from reference_moments import MONTHS, WEEKDAYS
from spellings import MISSING, NO_DATES, mutated, spellings

SIZE = 240


def like(random: Random, how: str) -> str:
    """A moment in a `strptime` format: mostly padded, now and then no day of the calendar."""
    year, month = random.randint(1900, 2024), random.randint(1, 12)
    day = random.randint(random.choice([0, 1, 1, 28]), 31)
    name = random.choice([str.title, str.title, str.upper, str.lower])(MONTHS[month - 1])
    weekday = random.choice(WEEKDAYS).title()
    if 1 <= day <= 28 and random.random() < 0.8:
        weekday = WEEKDAYS[date(year, month, day).weekday()].title()
    padded = random.random() < 0.8

    def number(least: int, most: int, width: int = 2) -> str:
        found = random.randint(least, most)
        return f"{found:0{width}}" if padded else str(found)

    codes: dict[str, Callable[[], str]] = {
        "%Y": lambda: str(year),
        "%y": lambda: f"{random.randint(0, 99):02}",
        "%m": lambda: number(month, 13 if month == 12 else month),
        "%d": lambda: number(day, day),
        "%j": lambda: number(random.choice([0, 1, 300]), 367, 3),
        "%H": lambda: number(0, 24),
        "%I": lambda: number(0, 13),
        "%M": lambda: number(0, 60),
        "%S": lambda: number(0, 60),
        "%f": lambda: "".join(random.choices("0123456789", k=random.randint(1, 7))),
        "%p": lambda: random.choice(["AM", "PM", "am", "pm", "A.M.", "M"]),
        "%z": lambda: random.choice(["Z", "+0100", "-05:30", "+15:59", "+01", "", "CET", "+2500"]),
        "%b": lambda: name[:3],
        "%B": lambda: name,
        "%a": lambda: weekday[:3],
        "%A": lambda: weekday,
    }
    text = how
    for code, made in codes.items():
        text = text.replace(code, made()) if code in text else text
    return text


OTHER_FORMATS = [
    *("%d.%m.%Y", "%m/%d/%y", "%d-%b-%y", "%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%d %H:%M", "%d.%m.%y"),
    *("%Y%m%d", "%B %d, %Y", "%Y-%j", "%m/%d/%Y %I:%M %p", "%d-%m-%Y", "%Y.%m.%d"),
]
NO_MONTHS = ("Mrz", "Mär", "Mai", "Okt", "Dez", "mars", "Sept", "Ma", "Mart", "Xyz")


def moments(how: str) -> list[str]:
    """For a column with this format."""
    random = Random(f"moments like {how}")
    found = dict.fromkeys([*NO_DATES, *MISSING])
    for month in NO_MONTHS:
        found[like(random, how.replace("%b", month).replace("%B", month))] = None
    size = len(found) + SIZE
    while len(found) < size:
        made = like(random, how)
        other = like(random, random.choice(OTHER_FORMATS))
        found |= dict.fromkeys([made, mutated(random, made), like(random, how), other])
    return list(found)


def numbers(decimal_char: str, group_char: str) -> list[str]:
    """For a column of whole numbers with these characters."""
    random = Random(f"numbers with {decimal_char} and {group_char}")
    found = dict.fromkeys(spellings("integer")[:120])
    size = len(found) + SIZE
    while len(found) < size:
        number = random.randint(0, random.choice([6, 28, 10_000, 10**9, 3 * 10**9]))
        plain, grouped = str(number), f"{number:,}".replace(",", group_char)
        fraction = random.choice(["", "", "", "0", "00", "5", "000", "500"])
        sign = random.choice(["", "", "", "", "+", "-"])
        for whole in (plain, grouped, f"{number:,}", f"{number:,}".replace(",", ".")):
            made = sign + whole + (random.choice([decimal_char] * 3 + [*".,"]) + fraction)
            found |= dict.fromkeys([made, sign + whole, mutated(random, made)])
        # Groups in the wrong places.
        place = random.randrange(len(plain) + 1)
        found[plain[:place] + group_char + plain[place:]] = None
    return list(found)


def words(*declared: str) -> list[str]:
    """For a column that takes these words, and others."""
    random = Random(f"words like {declared}")
    found = dict.fromkeys([*declared, *spellings("boolean")[:200], *MISSING])
    for word in declared:
        found |= dict.fromkeys([word.upper(), word.lower(), word.title(), f" {word}  "])
        found |= dict.fromkeys(mutated(random, word) for _ in range(30))
    return list(found)
