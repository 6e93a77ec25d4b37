"""The files of `journey load`: which there are, their header, their records."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from wellness_journey.errors import InputError
from wellness_journey.intake import opening
from wellness_journey.intake.descriptor import FILE, wrong
from wellness_journey.intake.sources import DELIMITED, ENDINGS, TYPED, Field, Source, ending_of

_LONGEST_FIELD = 131_072
_HEADING = re.compile(r"[^\W\d][\w .()/-]{0,62}")
_DELIMITERS = {",": "`,`", ";": "`;`", "\t": "tabs", "|": "`|`"}


@dataclass(frozen=True)
class Record:
    """One record of a file, the line or row it starts on, and why it is no row."""

    line: int
    fields: list[str]
    fault: str | None = None


@dataclass(frozen=True)
class Header:
    """The columns of a file: names as written, and of each the column of the table or None.

    `fields` are their descriptions, if there are any. The last `unnamed` columns have no name and
    must not hold a value; `names` and `columns` are without them. `line` is where they stand.
    """

    names: list[str]
    columns: list[str | None]
    fields: list[Field | None]
    unnamed: int = 0
    line: int = 1


def find_files(
    folder: Path, tables: Collection[str], described: Mapping[str, Source]
) -> list[Source]:
    """The file of each table that has one, in the order of `tables`.

    Raises:
        InputError: there is none, a table has two, or a file's name is almost a table's.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: name the folder that holds the files")
    found: dict[str, list[str]] = {table: [] for table in tables}
    for table, source in described.items():
        found[table].append(source.path.name)
    wanted = ", ".join(f"{table}.csv" for table in tables)
    unknown = []
    for path in sorted(folder.iterdir()):
        name = path.name.lower()
        if name.startswith(".") or path.name in {s.path.name for s in described.values()}:
            continue
        ending = ending_of(name)
        stem = name.removesuffix(ending)
        if ending and stem in found:
            found[stem].append(path.name)
        elif any(name.startswith(table) for table in tables):
            table = next(table for table in tables if name.startswith(table))
            raise InputError(_almost(path.name, ending, table))
        elif ending in DELIMITED or (ending in TYPED and name.startswith(("log_", "auth_"))):
            unknown.append(path.name)
    if unknown:
        raise InputError(
            f"{folder}: no table for {', '.join(unknown)}; expected one or more of {wanted}, or a "
            f"file that {FILE} describes"
        )
    for table, names in found.items():
        if len(names) > 1:
            raise InputError(
                f"{folder}: {' and '.join(names)} are both files of {table}: each table has one, "
                "so put the rows into one file or move the other away"
            )
    files = [
        described.get(table) or Source(table, folder / names[0])
        for table, names in found.items()
        if names
    ]
    if not files:
        raise InputError(f"{folder}: no file of rows; expected one or more of {wanted}")
    return files


def _almost(name: str, ending: str, table: str) -> str:
    if ending:
        return (
            f"{name} begins like a file of {table}, but is not named {table}{ending}: rename it, "
            f"describe it in {FILE}, or move it away"
        )
    return (
        f"{name} begins like a file of {table}, but load reads {', '.join(ENDINGS)} only: save it "
        "as one of those, or move it away"
    )


def read_records(source: Source, file: BinaryIO) -> Iterator[Record]:
    """The records of a file, header first, with true line numbers.

    Raises:
        InputError: another encoding, a record whose end nobody can tell, no extra for the format.
    """
    if source.ending in TYPED:
        from wellness_journey.intake.spreadsheets import cell_records

        return cell_records(source.path, source.table)
    return _delimited(source, file)


def _delimited(source: Source, file: BinaryIO) -> Iterator[Record]:
    dialect = source.dialect
    # Frictionless lifts the limit of the whole process; without one, a quotation mark that is
    # left open takes the rest of the file into memory.
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(
        opening.lines(source, file),
        strict=True,
        delimiter=source.delimiter,
        quotechar=dialect.quote_char,
        doublequote=dialect.double_quote,
        escapechar=dialect.escape_char,
        skipinitialspace=dialect.skip_initial_space,
    )
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if str(error).startswith("new-line character"):
                raise InputError(
                    f"{source.path.name}, line {line}: ends with a carriage return alone, so "
                    "nobody can tell how many rows that is: save the file with the line ends of "
                    "Windows or Unix, then load again. Nothing was loaded"
                ) from None
            # Over several lines nobody can tell how many rows that is: refuse the file.
            if reader.line_num > line:
                raise InputError(
                    f"{source.path.name}: the row that starts on line {line} does not end properly "
                    f"by line {reader.line_num}; is a quotation mark left open? Nothing was loaded"
                ) from None
            yield Record(line, [], _fault_of_row(str(error)))
            continue
        yield Record(line, fields)


def _fault_of_row(theirs: str) -> str:
    """What the csv module found wrong, in our words."""
    if theirs.startswith("field larger"):
        return f"a field has more than {_LONGEST_FIELD:,} characters"
    if " expected after " in theirs:
        return "something stands behind a closing quotation mark"
    if theirs == "unexpected end of data":
        return "a quotation mark is left open, or the last sign escapes nothing"
    return "not readable as CSV"


def read_header(
    source: Source, records: Iterator[Record], allowed: Collection[str], required: Collection[str]
) -> Header:
    """The columns that the first record names.

    Raises:
        InputError: it names none, an unknown one, one twice, or not all required ones; or the
            file is separated by another character.
    """
    first = next(records, None)
    names = [name.strip() for name in first.fields] if first else []
    named = len(names)
    while named and not names[named - 1]:
        named -= 1
    names, unnamed = names[:named], len(names) - named
    if source.fields is None:
        fields: list[Field | None] = [None] * named
        columns: list[str | None] = [name.lower() for name in names]
    else:
        fields, columns = _described(source, names)
    choice = f"allowed are {', '.join(allowed)}"
    if first is None or not names:
        what = "the file is empty" if first is None else "the first line is empty: delete it"
        raise InputError(f"{source.path.name}: {what}; its first line names the columns; {choice}")
    # Without any known name the line is no header but a row, whose values stay unsaid.
    if not set(columns) & set(allowed):
        _refuse_other_delimiter(source, names)
        what = (
            f"is a hint for Excel: delete it, and declare the delimiter in {FILE}"
            if names[0].lower().startswith("sep=")
            else "does not name the columns; where a title stands above the names, delete it"
        )
        raise InputError(f"{source.path.name}: the first line {what}; {choice}")
    for field in fields:
        if field and field.column is not None and field.column not in allowed:
            raise wrong(
                f"resource {source.table}, field {field.name}",
                f"{source.table} has no column {field.column}; {choice}",
            )
    unknown = [
        name if re.fullmatch(r"[A-Za-z_]\w{0,62}", name) else f"number {number}"
        for number, (name, column) in enumerate(zip(names, columns, strict=True), start=1)
        if column is not None and column not in allowed
    ]
    repeated = sorted({c for c in columns if c and columns.count(c) > 1} & set(allowed))
    missing = sorted(set(required) - set(columns))
    for what, odd in (("unknown", unknown), ("repeated", repeated), ("missing", missing)):
        if odd:
            raise InputError(f"{source.path.name}: {what} column {', '.join(odd)}; {choice}")
    return Header(names, columns, fields, unnamed, first.line if first else 1)


def _described(source: Source, names: list[str]) -> tuple[list[Field | None], list[str | None]]:
    """The field and the column of each name, by what datapackage.json says of this file."""
    by_name = {field.name.strip().lower(): field for field in source.fields or ()}
    found = [by_name.get(name.lower()) for name in names]
    if not any(found):
        _refuse_other_delimiter(source, names)
        raise InputError(
            f"{source.path.name}: the first line names none of the fields that {FILE} has "
            f"for {source.table}: {', '.join(field.name for field in by_name.values())}"
        )
    absent = [field.name for key, field in by_name.items() if field not in found]
    if absent:
        raise InputError(
            f"{source.path.name}: the field {', '.join(absent)} of {FILE} is not among the "
            "columns of the file: take it out there, or mend its name"
        )
    strange = [
        name if re.fullmatch(r"[A-Za-z_]\w{0,62}", name) else f"number {number}"
        for number, (name, field) in enumerate(zip(names, found, strict=True), start=1)
        if field is None
    ]
    if strange:
        raise InputError(
            f"{source.path.name}: {FILE} has no field for the column {', '.join(strange)}: "
            f'add it to the fields of {source.table}, with "journey:column": null to leave it out'
        )
    return found, [field.column if field else None for field in found]


def _refuse_other_delimiter(source: Source, names: list[str]) -> None:
    """A header that another character cuts into names is one of another delimiter."""
    if source.ending not in DELIMITED or len(names) != 1:
        return
    for delimiter, told in _DELIMITERS.items():
        parts = [part.strip(' "') for part in names[0].rstrip(delimiter).split(delimiter)]
        if delimiter in names[0] and all(_HEADING.fullmatch(part) for part in parts):
            declared = {"\t": "\\t"}.get(delimiter, delimiter)
            raise InputError(
                f"{source.path.name} is separated by {told}: say so in {FILE}: "
                f'{{"resources": [{{"name": "{source.table}", "path": "{source.path.name}", '
                f'"dialect": {{"delimiter": "{declared}"}}}}]}}. Nothing was loaded'
            )
