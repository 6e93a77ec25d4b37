"""`journey load DIR --describe`: a first datapackage.json, for a person to check.

It guesses; `load` never does. Nothing is loaded, and no database is asked.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wellness_journey.errors import InputError
from wellness_journey.intake.answer import rows
from wellness_journey.intake.descriptor import FILE
from wellness_journey.intake.known_columns import COLUMNS
from wellness_journey.intake.likeness import columns_of, tables_of
from wellness_journey.intake.looking import Look, look, values_of
from wellness_journey.intake.made_keys import DAYS
from wellness_journey.intake.sources import ENDINGS, Spelling, ending_of
from wellness_journey.intake.spellings import Values, guess, rejected
from wellness_journey.intake.tables import TABLES

_VERSION = "https://datapackage.org/profiles/2.0/datapackage.json"
_ROWS_LIKE = re.compile(r"\.(xlsx?|xlsb|xlsm|ods|txt|dat|sav|dta|zip|parquet|feather)$", re.I)
# A number, a day, or a key.
_VALUE = re.compile(
    r"^\W*[0-9][0-9.,/:\s-]*$|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}|[0-9a-f-]{32}", re.I
)


@dataclass
class Described:
    """What was guessed of one file, and what to check; texts hold no values but codes."""

    path: Path
    table: str
    rows: int
    resource: dict[str, Any]
    guesses: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)


@dataclass
class Description:
    """What `--describe` wrote, and which files it does not understand, with the reasons."""

    file: Path
    described: list[Described]
    others: dict[str, str]

    def is_whole(self) -> bool:
        """Whether each file that `load` would read is described."""
        return not any(map(ending_of, self.others))

    def lines(self) -> list[str]:
        """For a person."""
        told = []
        for each in self.described:
            told.append(f"{each.table:<26} {each.path.name}, {rows(each.rows)}")
            told += [f"    {line}" for line in each.guesses]
            told += [f"    CHECK  {line}" for line in each.checks]
        told += [f"NOT DESCRIBED  {name}: {why}" for name, why in self.others.items()]
        return [
            *told,
            "",
            f"{self.file} is written; nothing is loaded. Read it, mend it, then load.",
        ]

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "descriptor": str(self.file),
            "described": [
                {
                    "table": each.table,
                    "file": each.path.name,
                    "rows": each.rows,
                    "guesses": each.guesses,
                    "checks": each.checks,
                }
                for each in self.described
            ],
            "not_described": self.others,
        }


def describe(folder: Path) -> Description:
    """Look at the files of `folder` and write its datapackage.json, whole or not at all.

    Raises:
        InputError: there is a datapackage.json, no file of rows, or a file that cannot be read.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: name the folder that holds the files")
    target = folder / FILE
    if os.path.lexists(target):
        raise _refused(target)
    looks, others = _look_at(folder)
    unnamed = [name for name, it in looks.items() if not _names_columns(it.header)]
    for name in unnamed:
        others[name] = (
            "its first line does not name the columns of a table; write them there, and delete "
            "what stands above them"
            if looks[name].header
            else "it is empty"
        )
    looks = {name: it for name, it in looks.items() if name not in unnamed}
    headers = {name: (_stem(it.source.path), it.header) for name, it in looks.items()}
    tables = tables_of(headers)
    for name in looks.keys() - tables.keys():
        others[name] = (
            "its columns are those of no table, or another file fits the table better; move it "
            "away, or describe it by hand"
        )
    described = []
    for name, table in sorted(tables.items(), key=lambda each: list(TABLES).index(each[1])):
        problem = _problem(looks[name].header)
        if problem:
            others[name] = problem
            continue
        try:
            described.append(_describe(looks[name], table))
        except InputError as error:
            others[name] = _reason(error)
    if not described:
        told = "; ".join(f"{name}: {why}" for name, why in sorted(others.items()))
        raise InputError(
            f"{folder}: no file to describe ({told or 'it has none of ' + ', '.join(ENDINGS)}). "
            "Nothing was written"
        )
    package = {
        "$schema": _VERSION,
        "name": re.sub(r"[^a-z0-9._-]+", "-", folder.resolve().name.lower()).strip("-") or "export",
        "resources": [each.resource for each in described],
    }
    _write(target, json.dumps(package, indent=2, ensure_ascii=False) + "\n")
    return Description(target, described, dict(sorted(others.items())))


def _reason(error: InputError) -> str:
    return str(error).removesuffix(". Nothing was loaded")


def _refused(target: Path) -> InputError:
    return InputError(
        f"{target} is there, and --describe never replaces one: rename it or move it away, "
        "then run this again. Nothing was written"
    )


def _look_at(folder: Path) -> tuple[dict[str, Look], dict[str, str]]:
    looks: dict[str, Look] = {}
    others: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if not ending_of(path.name):
            if _ROWS_LIKE.search(path.name) or path.name.lower().startswith(tuple(TABLES)):
                others[path.name] = f"load reads {', '.join(ENDINGS)} only; save it as one of those"
            continue
        stem = _stem(path).lower()
        try:
            looks[path.name] = look(path, stem if stem in TABLES else "")
        except InputError as error:
            others[path.name] = _reason(error)
    return looks, others


def _stem(path: Path) -> str:
    return path.name[: len(path.name) - len(ending_of(path.name))]


def _names_columns(header: Sequence[str]) -> bool:
    """Whether the first row is one of headings. Otherwise it is a person's, and is not told."""
    exact = {name for columns in COLUMNS.values() for name in columns}
    known = max(len(columns_of(header, table)) for table in COLUMNS)
    is_known = known >= 2 or any(heading.strip().lower() in exact for heading in header)
    return is_known and not any(map(_VALUE.search, header))


def _problem(header: Sequence[str]) -> str | None:
    """What in the headings no descriptor can mend."""
    names = [name.strip().lower() for name in header]
    while names and not names[-1]:
        names.pop()
    if "" in names:
        return f"column number {names.index('') + 1} has no name; give it one"
    twice = next((name for name in names if names.count(name) > 1), None)
    return f"two columns are named {twice}; rename one of them" if twice else None


def _describe(seen: Look, table: str) -> Described:
    source, known = seen.source, COLUMNS[table]
    columns = columns_of(seen.header, table)
    read, unreadable, values = values_of(source, {p: known[c] for p, c in columns.items()})
    made = Described(source.path, table, read, {"name": table, "path": source.path.name})
    _say_form(seen, made)
    if unreadable:
        made.checks.append(
            f"load would reject {rows(unreadable)}, with another number of fields than the first "
            "line, or a stray quotation mark"
        )
    left_out = _other_keys(table, columns, values)
    for place in left_out:
        del columns[place]
    fields: list[dict[str, object]] = []
    for place, heading in enumerate(seen.header):
        name, column = heading.strip(), columns.get(place)
        if not name:
            continue
        described: dict[str, object] = {"name": name}
        fields.append(described)
        if column is None:
            described |= {"type": "string", "journey:column": None}
            why = left_out.get(place, f"no column of {table} is like it")
            made.checks.append(f"{name} is left out: {why}")
            continue
        of_field = guess(known[column], values[place])
        described |= of_field.properties
        if name.lower() != column:
            described["journey:column"] = column
            made.guesses.append(f"{name} is {column}")
        made.checks += [f"{name}: {check}" for check in of_field.checks]
    _say_missing(table, set(columns.values()), made)
    made.resource["schema"] = {"fields": fields}
    return made


def _say_form(seen: Look, made: Described) -> None:
    """How the file as a whole is written: into the descriptor, and in words."""
    encoding, dialect = seen.source.encoding, seen.source.dialect
    if encoding:
        made.resource["encoding"] = encoding
        made.checks.append(f"encoding {encoding} is a guess: look at letters with accents")
    said: dict[str, object] = {}
    if dialect.delimiter:
        said["delimiter"] = dialect.delimiter
        told = "tabs" if dialect.delimiter == "\t" else f"`{dialect.delimiter}`"
        made.guesses.append(f"separated by {told}")
    if dialect.skip_initial_space:
        said["skipInitialSpace"] = True
    if said:
        made.resource["dialect"] = said


def _other_keys(table: str, columns: dict[int, str], values: dict[int, Values]) -> dict[int, str]:
    """The column of other keys than ours, such as record numbers, and why it is left out."""
    key = TABLES[table][2]
    for place, column in columns.items():
        texts = {*values[place].texts, *values[place].cells}
        is_own_key = column == key and table in DAYS and texts
        if is_own_key and texts == rejected(COLUMNS[table][key], Spelling(), texts):
            return {place: "its values are no keys (UUIDs)"}
    return {}


def _say_missing(table: str, found: set[str], made: Described) -> None:
    """Say which columns no heading is like; of a key, let `load` make it where it can."""
    key = TABLES[table][2]
    lacking = {column for column, known in COLUMNS[table].items() if known.is_required} - found
    if key in lacking and table in DAYS:
        lacking.remove(key)
        made.resource["journey:makeKeys"] = True
        made.guesses.append("the rows have no keys: load makes them (journey:makeKeys)")
    if lacking:
        made.checks.append(
            f"no heading is like {', '.join(sorted(lacking))}, which {table} needs: set "
            "journey:column of the field that has it, or add it to the file"
        )


def _write(target: Path, text: str) -> None:
    """Write the file whole, and only where there is none."""
    part = target.with_name(f".{FILE}.part")
    try:
        part.write_text(text, encoding="utf-8")
        try:
            # Unlike a renaming, a link replaces nothing.
            os.link(part, target)
        except FileExistsError:
            raise _refused(target) from None
        except OSError:
            # Some file systems have no links.
            if os.path.lexists(target):
                raise _refused(target) from None
            part.replace(target)
    except OSError as error:
        raise InputError(
            f"{target} cannot be written ({error.strerror}): mend that, then run this again. "
            "Nothing was written"
        ) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
