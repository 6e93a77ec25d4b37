"""How counts, shares, days and times are written: the same in every file and on the terminal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from textwrap import dedent

WITHHELD = "withheld"
# The size of no rows, as the database says it.
NONE = "none"


def number(value: int | None) -> str:
    """1,234, or withheld."""
    return WITHHELD if value is None else f"{value:,}"


def rounded(value: Decimal, places: int) -> str:
    """Half up, as the database rounds: the reader who computes it again finds the same."""
    return str(value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def many(value: int, noun: str) -> str:
    """1 rule, 2 rules."""
    return f"{value:,} {noun}{'' if value == 1 else 's'}"


def day(value: date) -> str:
    """3 March 2026; of a time, its day in UTC."""
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    return f"{value.day} {value:%B %Y}"


def moment(value: datetime) -> str:
    """2026-03-03 06:00 UTC."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def real(value: Decimal | None) -> float | None:
    """For pictures and JSON, which know no decimals."""
    return None if value is None else float(value)


def score(value: Decimal | None) -> str:
    """One decimal, never rounded up."""
    return "none" if value is None else str(value.quantize(Decimal("0.1"), rounding=ROUND_FLOOR))


def interval(lower: Decimal | None, upper: Decimal | None, places: int) -> str:
    """8.9 to 10.6, or withheld."""
    if lower is None or upper is None:
        return WITHHELD
    return f"{rounded(lower, places)} to {rounded(upper, places)}"


def of(failing: str | None, checked: str | None) -> str:
    """1 to 10 of 101 to 1,000 rows; of columns, tables and runs 1 of 12."""
    if failing is None:
        return "could not be checked"
    told = failing if checked is None else f"{failing} of {checked}"
    return f"{told} rows" if " to " in told else told


def ago(passed: timedelta) -> str:
    """How long ago, in the unit that fits."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        count = int(passed.total_seconds()) // size
        if count >= 1:
            return f"{many(count, unit)} ago"
    return "just now"


def lines_of(query: str) -> list[str]:
    """A query without its common indent and without the lines that a template left empty."""
    return [line.rstrip() for line in dedent(query).splitlines() if line.strip()]
