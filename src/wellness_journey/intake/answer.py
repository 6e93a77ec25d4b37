"""What `journey load` says of a load: lines for people, data for machines, the exit code's reason.

Quiet, it tells no reason and no line, and of each number of rows only its class.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from wellness_journey.intake.reasons import Group

_WIDTH = 100
_INDENT = " " * 10


@dataclass(frozen=True)
class Allowance:
    """How many rejected rows leave exit code 0: a number of rows, or a share of those read."""

    rows: int = 0
    share: Fraction | None = None

    def covers(self, rejected: int, read: int) -> bool:
        """Whether so many of so many rows are allowed."""
        if self.share is None:
            return rejected <= self.rows
        return rejected <= self.share * read


@dataclass(frozen=True)
class TableLoad:
    """What became of one file's rows: read = loaded + already_present + rejected.

    `skipped` rows had no value and are not among those read. `without_zone` are times that were
    taken as UTC. `corrected` are new rows with made keys on a session and day that had rows
    before; None where keys were not made.
    """

    table: str
    read: int
    loaded: int
    already_present: int
    rejected: int
    skipped: int = 0
    dropped_columns: int = 0
    without_zone: int = 0
    corrected: int | None = None
    reasons: Sequence[Group] = field(default=(), compare=False)


def has_failed(tables: Sequence[TableLoad], allowed: Allowance) -> bool:
    """Whether too many rows were rejected, or a file's rows are not in its table at all."""
    if any(table.read and not table.loaded + table.already_present for table in tables):
        return True
    return not allowed.covers(
        sum(table.rejected for table in tables), sum(table.read for table in tables)
    )


def number(count: int, *, quiet: bool) -> str:
    """A number of rows, or its class: `none`, `1 to 10`, `11 to 100`, and so on."""
    if not quiet:
        return f"{count:,}"
    if not count:
        return "none"
    most = 10
    while count > most:
        most *= 10
    return f"{most // 10 + (most > 10):,} to {most:,}"


def rows(count: int, *, quiet: bool = False) -> str:
    """`1 row`, `2 rows`; or the class, as `number`."""
    return f"{number(count, quiet=quiet)} {'row' if count == 1 and not quiet else 'rows'}"


def lines(tables: Sequence[TableLoad], *, quiet: bool = False) -> list[str]:
    """The lines for a person."""
    told = []
    for table in tables:
        read, loaded, present, rejected = (
            number(count, quiet=quiet)
            for count in (table.read, table.loaded, table.already_present, table.rejected)
        )
        told.append(
            f"{table.table:<26} {read:>9} read = {loaded} loaded + {present} already present "
            f"+ {rejected} rejected"
        )
        if not quiet:
            for group in table.reasons:
                told += _wrapped(f"{group.count:>8,}  ", group.text())
        told += [line for note in _notes(table, quiet) for line in _wrapped(_INDENT, note)]
    without_zone = sum(table.without_zone for table in tables)
    if without_zone:
        told.append(
            f"times without a zone, taken as UTC: {number(without_zone, quiet=quiet)} "
            "(if they are local, write the zone behind them)"
        )
    return told


def data(tables: Sequence[TableLoad], *, quiet: bool = False) -> dict[str, Any]:
    """The same for --json."""

    def count(rows: int) -> int | str:
        return number(rows, quiet=True) if quiet else rows

    return {
        "tables": [
            {
                "table": table.table,
                "read": count(table.read),
                "loaded": count(table.loaded),
                "already_present": count(table.already_present),
                "rejected": count(table.rejected),
                "skipped": count(table.skipped),
                "dropped_columns": table.dropped_columns,
                "without_zone": count(table.without_zone),
                "corrected": None if table.corrected is None else count(table.corrected),
                "reasons": []
                if quiet
                else [
                    {
                        "reason": group.reason(),
                        "remedy": group.remedy(),
                        "count": group.count,
                        "first_line": group.first_line,
                    }
                    for group in table.reasons
                ],
            }
            for table in tables
        ],
        "without_zone": count(sum(table.without_zone for table in tables)),
    }


def _notes(table: TableLoad, quiet: bool) -> list[str]:
    notes = []
    if table.skipped:
        notes.append(f"rows without any value, skipped: {number(table.skipped, quiet=quiet)}")
    if table.dropped_columns:
        notes.append(f"last columns without a name or a value, dropped: {table.dropped_columns}")
    if table.corrected:
        notes.append(
            "new rows on a session and day that had rows before: "
            f"{number(table.corrected, quiet=quiet)} (a corrected row gets a new key; the earlier "
            "row stays beside it)"
        )
    return notes


def _wrapped(first: str, text: str) -> list[str]:
    """Lines of at most _WIDTH characters; a field of datapackage.json stays on one."""
    start, brace, rest = text.partition("{")
    kept = start + brace + rest.replace(" ", "\0")
    folded = textwrap.wrap(
        kept,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\0", " ") for line in folded]
