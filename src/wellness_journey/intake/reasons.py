"""Why rows are rejected, and how many for the same reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

# A code is told in a remedy only if it is one of these: any other text may be a person's.
MISSING_CODES = frozenset(
    {
        *("na", "n/a", "n.a.", "#n/a", "<na>", "null", "none", "nil", "nan", "nat", "missing"),
        *(".", "-", "--", "?", "-9", "-99", "-999", "-9999"),
    }
)


def is_missing_code(text: str) -> bool:
    """Whether a text is one of MISSING_CODES; pandas writes a number's with a fraction, -99.0."""
    bare = text.lower()
    return bare in MISSING_CODES or bare.removesuffix(".0") in MISSING_CODES


@dataclass(frozen=True)
class Fault:
    """Why a row or cell is rejected, without any value of the row.

    `remedy` says what to do about it, `sample` is the field of datapackage.json that does it, and
    `formats` are the date formats that it may need, the likeliest first. `server_words`
    are the database's own, which can hold a value: for the rejects file only. `cause` is the line
    of the rejected row in `cause_file` that this row needs.
    """

    reason: str
    remedy: str = ""
    sample: tuple[tuple[str, object], ...] = ()
    formats: tuple[str, ...] = ()
    server_words: str = ""
    cause_file: str = ""
    cause: int = 0

    def in_full(self) -> str:
        """For the rejects file: reason, remedy and the server's words."""
        told = Group(self, self.formats, {self.cause}).text(first_line=False)
        return f"{told} ({self.server_words})" if self.server_words else told


@dataclass
class Group:
    """Rows that were rejected for the same reason."""

    fault: Fault
    formats: tuple[str, ...]
    causes: set[int]
    count: int = 0
    first_line: int = 0

    def add(self, line: int, fault: Fault) -> None:
        """Count a row; only formats that suit every row so far are kept."""
        self.first_line = min(self.first_line or line, line)
        self.count += 1
        self.causes.add(fault.cause)
        self.formats = tuple(f for f in self.formats if f in fault.formats)

    def reason(self) -> str:
        """The reason alone."""
        if not self.fault.cause:
            return self.fault.reason
        first = min(self.causes)
        if len(self.causes) == 1:
            return f"their {self.fault.reason} was rejected ({self.fault.cause_file}, line {first})"
        return (
            f"their {self.fault.reason}s were rejected ({self.fault.cause_file}, "
            f"{len(self.causes):,} lines, first line {first})"
        )

    def remedy(self) -> str:
        """What to do, with the field to declare; empty where there is nothing to say."""
        sample = dict(self.fault.sample)
        others = ""
        if "format" in sample:
            if not self.formats:
                return self.fault.remedy
            sample["format"] = self.formats[0]
            others = "".join(f' (or "{other}")' for other in self.formats[1:])
        if not sample:
            return self.fault.remedy
        return f"{self.fault.remedy}: {json.dumps(sample, ensure_ascii=False)}{others}"

    def text(self, *, first_line: bool = True) -> str:
        """`REASON, first on line N: REMEDY`."""
        told = self.reason()
        if first_line:
            told += f", first on line {self.first_line}"
        remedy = self.remedy()
        return f"{told}: {remedy}" if remedy else told


@dataclass
class Reasons:
    """The reasons of one file."""

    groups: dict[object, Group] = field(default_factory=dict)

    def add(self, refused: Mapping[int, Fault]) -> None:
        """Count the faults of these lines."""
        for line, fault in refused.items():
            key = (fault.reason, fault.remedy, fault.sample, fault.cause_file)
            group = self.groups.get(key)
            if not group:
                group = self.groups[key] = Group(fault, fault.formats, set())
            group.add(line, fault)

    def listed(self) -> list[Group]:
        """The most frequent first, then by line."""
        return sorted(self.groups.values(), key=lambda group: (-group.count, group.first_line))
