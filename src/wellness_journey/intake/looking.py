"""A look at a file without a description: its encoding, delimiter, headings and values."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from wellness_journey.intake.known_columns import COLUMNS, Known
from wellness_journey.intake.likeness import columns_of
from wellness_journey.intake.opening import decoder_name, lines, open_regular
from wellness_journey.intake.records import Record, read_records
from wellness_journey.intake.sources import DELIMITED, Dialect, Source, ending_of
from wellness_journey.intake.spellings import Values
from wellness_journey.intake.spreadsheets import Cell

# As many lines, and as many bytes beyond ASCII, are enough for a guess.
_LINES = 100
_BYTES = 1 << 16
# Of more different values only the first are looked at.
_DIFFERENT = 20_000
# What a detector can tell from windows-1252 by a few letters; other pages of Western letters it
# cannot, and hardly a clinic writes them.
_OTHER_SCRIPTS = re.compile(r"windows-125[0134578]|koi8-\w|cp932|shift_jis\w*|gb\w+|big5\w*|euc\S+")
_BEFORE_QUOTE = re.compile(r'[,;|\t] +"[^"]*"')


@dataclass(frozen=True)
class Look:
    """A file as it seems to be written; `header` are the texts of its first row."""

    source: Source
    header: list[str]


def look(path: Path, table: str) -> Look:
    """Guess how a file is written; `table` names the sheet to look at where there are several.

    Raises:
        InputError: the file cannot be read.
    """
    source = Source(table, path)
    if ending_of(path.name) in DELIMITED:
        source = replace(source, encoding=_encoding(source))
        source = replace(source, dialect=_dialect(source))
    with open_regular(path) as file:
        first = next(read_records(source, file), None)
    return Look(source, first.fields if first else [])


def values_of(source: Source, columns: dict[int, Known]) -> tuple[int, int, dict[int, Values]]:
    """How many rows a file has, how many of them cannot be read, and the values of its columns.

    Raises:
        InputError: the file cannot be read.
    """
    rows = unreadable = 0
    found = {place: Values() for place in columns}
    with open_regular(source.path) as file:
        records = read_records(source, file)
        width = len(next(records, Record(1, [])).fields)
        for record in records:
            if not record.fault and not any(text.strip(" ") for text in record.fields):
                continue
            rows += 1
            if record.fault or len(record.fields) != width:
                unreadable += 1
                continue
            for place, values in found.items():
                text = record.fields[place]
                counts = values.cells if isinstance(text, Cell) else values.texts
                bare = text.strip(" ")
                if bare and (bare in counts or len(counts) < _DIFFERENT):
                    counts[bare] += 1
    return rows, unreadable, found


def _encoding(source: Source) -> str | None:
    """A guess at an encoding; None is UTF-8.

    Raises:
        InputError: the file is not one of lines, or its compression is broken.
    """
    beyond_ascii = b""
    is_utf_8 = True
    with open_regular(source.path) as file:
        # Latin-1 has a character for each byte.
        raw = (line.encode("latin-1") for line in lines(replace(source, encoding="latin-1"), file))
        for number, line in enumerate(raw):
            if number == 0 and (wide := _wide(line)):
                return wide
            if line.isascii():
                continue
            if len(beyond_ascii) < _BYTES:
                beyond_ascii += line
            is_utf_8 = is_utf_8 and _decodes(line, "utf-8")
    return None if is_utf_8 else _single_byte(source, beyond_ascii)


def _wide(line: bytes) -> str | None:
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in line:
        return "utf-16-le" if line[1:2] == b"\0" else "utf-16-be"
    return None


def _single_byte(source: Source, sample: bytes) -> str:
    import chardet

    said = str(chardet.detect(sample)["encoding"]).lower()
    likely = [said] if _OTHER_SCRIPTS.fullmatch(said) and decoder_name(said) else []
    for encoding in (*likely, "windows-1252"):
        if _decodes(sample, encoding):
            return str(encoding)
    return "latin-1"


def _decodes(text: bytes, encoding: str) -> bool:
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _dialect(source: Source) -> Dialect:
    """The delimiter that makes the most of the first line, and rows of one width."""
    with open_regular(source.path) as file:
        first = list(islice(lines(source, file), _LINES))
    spaced = any(_BEFORE_QUOTE.search(line) for line in first)
    usual = DELIMITED[source.ending]
    choice = [usual, *(sign for sign in ",;\t|" if sign != usual)]
    best = max(choice, key=lambda sign: _promise(_cut(first, sign, spaced)))
    return Dialect(None if best == usual else best, skip_initial_space=spaced)


def _cut(text: Iterable[str], delimiter: str, spaced: bool) -> Iterator[list[str]]:
    reader = csv.reader(text, delimiter=delimiter, skipinitialspace=spaced)
    try:
        yield from reader
    except csv.Error:
        return


def _promise(rows: Iterator[list[str]]) -> tuple[int, float, int]:
    header = next(rows, [])
    known = max(len(columns_of(header, table)) for table in COLUMNS)
    widths = [len(row) for row in rows if row]
    even = widths.count(len(header)) / len(widths) if widths else 0.0
    return known, even if len(header) > 1 else 0.0, len(header)
