"""What is known of a file before it is read: its table, its ending, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

# Longest first: `.csv.gz` is not `.gz`.
DELIMITED = {".csv.gz": ",", ".tsv.gz": "\t", ".csv": ",", ".tsv": "\t"}
TYPED = (".parquet", ".xlsx")
ENDINGS = (*DELIMITED, *TYPED)


@dataclass(frozen=True)
class Spelling:
    """How the cells of one column are written; without a description as in docs/loading.md.

    `missing` are the spellings of no value, compared without outer spaces. `date_format` is in
    the codes of strptime; None is ISO.
    """

    missing: frozenset[str] = frozenset({""})
    date_format: str | None = None
    decimal_char: str = "."
    group_char: str | None = None
    true_values: frozenset[str] | None = None
    false_values: frozenset[str] | None = None


@dataclass(frozen=True)
class Field:
    """A described column of a file; `column` is the table's, None where it is left out."""

    name: str
    column: str | None
    type: str | None
    spelling: Spelling


@dataclass(frozen=True)
class Dialect:
    """How fields are set apart, in the words of Python's csv; no delimiter: by the ending."""

    delimiter: str | None = None
    quote_char: str = '"'
    double_quote: bool = True
    escape_char: str | None = None
    skip_initial_space: bool = False


@dataclass(frozen=True)
class Source:
    """One file of one table; `fields` is None where datapackage.json has no schema for it."""

    table: str
    path: Path
    encoding: str | None = None
    dialect: Dialect = field(default_factory=Dialect)
    fields: tuple[Field, ...] | None = None
    make_keys: bool = False

    @property
    def ending(self) -> str:
        """Which of ENDINGS the file has, or an empty text."""
        return ending_of(self.path.name)

    @property
    def delimiter(self) -> str:
        """The declared delimiter, or the ending's."""
        return self.dialect.delimiter or DELIMITED[self.ending]


def ending_of(name: str) -> str:
    """Which of ENDINGS a file's name has, in any case, or an empty text."""
    return next((ending for ending in ENDINGS if name.lower().endswith(ending)), "")
