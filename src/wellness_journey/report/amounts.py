"""How counts, shares, days and times are written: the same in every file and on the terminal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from textwrap import dedent

WITHHELD = "withheld"


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


def percent(part: int, whole: int, places: int = 0) -> str:
    """Of the whole; neither all nor nothing unless it is exactly that."""
    step = Decimal(1).scaleb(-places)
    value = Decimal(rounded(Decimal(100 * part) / whole, places))
    if part and not value:
        return f"under {step} %"
    if part < whole and value == 100:
        return f"over {100 - step} %"
    return f"{value} %"


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


def of(failing: int | None, checked: int | None) -> str:
    """Failing rows of those checked."""
    if failing is None:
        return "could not be checked"
    return f"{failing:,}" if checked is None else f"{failing:,} of {checked:,}"


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
