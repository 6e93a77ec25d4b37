"""Keys for rows that have none: the same row of the same file always gets the same key."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from uuid import UUID, uuid5

NAMESPACE = UUID("9eceddb3-8b7d-5e4c-9b15-ea66e6933e16")
# The day of a row, of the tables whose rows can do without a key of their own.
DAYS = {
    "log_integration_sessions": "session_date",
    "log_behavioral_changes": "change_date",
    "log_pulse_checks": "check_date",
    "log_journey_ends": "end_date",
}


class MadeKeys:
    """The keys of one file's rows, in their order; identical rows are numbered from 1.

    Remembers 16 bytes of each row.
    """

    def __init__(self, table: str) -> None:
        self._table, self._day = table, DAYS[table]
        self._seen: Counter[bytes] = Counter()

    def key(self, row: Mapping[str, str | None]) -> str:
        """The version-5 UUID of a row of canonical texts by column (docs/loading.md)."""
        content = {column: row[column] for column in sorted(row) if row[column] is not None}
        name = [self._table, row["session_id"], row[self._day], content]
        first = _uuid([*name, 1])
        self._seen[first.bytes] += 1
        number = self._seen[first.bytes]
        return str(first if number == 1 else _uuid([*name, number]))


def _uuid(name: list[object]) -> UUID:
    return uuid5(NAMESPACE, json.dumps(name, ensure_ascii=False, separators=(",", ":")))
