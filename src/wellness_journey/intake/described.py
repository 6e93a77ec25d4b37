"""From a valid resource of datapackage.json to what is known of its file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from wellness_journey.intake.days import fault_of_format
from wellness_journey.intake.descriptor import wrong
from wellness_journey.intake.opening import decoder_name
from wellness_journey.intake.sources import (
    DELIMITED,
    ENDINGS,
    Dialect,
    Field,
    Source,
    Spelling,
    ending_of,
)


def source_of(folder: Path, resource: Mapping[str, Any], tables: Collection[str]) -> Source:
    """What a resource says of its file.

    Raises:
        InputError: load does not do what it says, or it contradicts itself.
    """
    table, where = resource["name"], f"resource {resource['name']}"
    if table not in tables:
        raise wrong(where, f"no such table; expected one of {', '.join(tables)}")
    name = resource["path"]
    if not ending_of(name):
        raise wrong(where, f"load reads {', '.join(ENDINGS)}, not {name}")
    if not (folder / name).exists():
        raise wrong(where, f"there is no {name} in the folder")
    encoding = resource.get("encoding")
    if encoding is not None and not decoder_name(encoding):
        raise wrong(where, f"encoding {encoding} is not known")
    delimited = ending_of(name) in DELIMITED
    if not delimited and (encoding is not None or resource.get("dialect")):
        raise wrong(where, f"{name} has neither an encoding nor a dialect: take them out")
    schema = resource.get("schema")
    make_keys = resource.get("journey:makeKeys", False)
    if not isinstance(make_keys, bool):
        raise wrong(where, "journey:makeKeys is true or false")
    if make_keys and table in ("auth_users", "log_sessions"):
        raise wrong(where, "other files refer to these rows, so they need keys of their own")
    return Source(
        table=table,
        path=folder / name,
        encoding=encoding,
        dialect=_dialect(resource.get("dialect", {}), f"{where}, dialect"),
        fields=_fields(schema, where) if schema is not None else None,
        make_keys=make_keys,
    )


def _dialect(raw: Mapping[str, Any], where: str) -> Dialect:
    dialect = Dialect(
        delimiter=raw.get("delimiter"),
        quote_char=raw.get("quoteChar", '"'),
        double_quote=raw.get("doubleQuote", True),
        escape_char=raw.get("escapeChar"),
        skip_initial_space=raw.get("skipInitialSpace", False),
    )
    signs = [
        s for s in (dialect.delimiter, dialect.quote_char, dialect.escape_char) if s is not None
    ]
    if any(len(sign) != 1 or sign in "\r\n\0" for sign in signs):
        raise wrong(where, "delimiter, quoteChar and escapeChar are one character each")
    if len(set(signs)) < len(signs):
        raise wrong(where, "delimiter, quoteChar and escapeChar differ from each other")
    return dialect


def _fields(schema: Mapping[str, Any], where: str) -> tuple[Field, ...]:
    fields: list[Field] = []
    names: set[str] = set()
    columns: set[str] = set()
    for raw in schema["fields"]:
        place = f"{where}, field {raw['name']}"
        name = raw["name"].strip().lower()
        column = raw.get("journey:column", name)
        if column is not None and not (isinstance(column, str) and column):
            raise wrong(place, "journey:column is the name of a column, or null")
        if name in names:
            raise wrong(place, "described twice (capitals and outer spaces do not count)")
        if column in columns:
            raise wrong(place, f"another field goes into {column} already")
        names.add(name)
        if column is not None:
            columns.add(column)
        spelling = _spelling(raw, schema, place)
        fields.append(Field(raw["name"].strip(), column, raw.get("type"), spelling))
    return tuple(fields)


def _spelling(raw: Mapping[str, Any], schema: Mapping[str, Any], place: str) -> Spelling:
    missing = raw.get("missingValues", schema.get("missingValues", [""]))
    values = [each["value"] if isinstance(each, dict) else each for each in missing]
    type_, written_as = raw.get("type"), raw.get("format", "default")
    if type_ in ("date", "datetime") and written_as != "default":
        fault = fault_of_format(written_as)
        if fault:
            raise wrong(place, f"format {written_as or '(empty)'}: {fault}")
    elif written_as not in ("default", "uuid", "email", "uri"):
        raise wrong(place, f"load does not do what format {written_as} says: take it out")
    for name, types in (
        ("decimalChar", ("number", "integer")),
        ("groupChar", ("number", "integer")),
        ("trueValues", ("boolean",)),
        ("falseValues", ("boolean",)),
    ):
        if name in raw and type_ not in types:
            raise wrong(place, f"{name} is of a field of type {types[0]}")
    spelling = Spelling(
        missing=frozenset(value.strip(" ") for value in values),
        date_format=None if written_as in ("default", "uuid", "email", "uri") else written_as,
        decimal_char=raw.get("decimalChar", "."),
        group_char=raw.get("groupChar"),
        true_values=frozenset(raw["trueValues"]) if "trueValues" in raw else None,
        false_values=frozenset(raw["falseValues"]) if "falseValues" in raw else None,
    )
    signs = [sign for sign in (spelling.decimal_char, spelling.group_char) if sign is not None]
    if any(not isinstance(s, str) or len(s) != 1 or s.isalnum() or s in "+-" for s in signs):
        raise wrong(place, "decimalChar and groupChar are one character each, and no digit or sign")
    if len(set(signs)) < len(signs):
        raise wrong(place, "decimalChar and groupChar are the same (decimalChar is `.` by default)")
    if (spelling.true_values is None) != (spelling.false_values is None):
        raise wrong(place, "trueValues and falseValues go together")
    if spelling.true_values and spelling.true_values & (spelling.false_values or frozenset()):
        raise wrong(place, "a value is in both trueValues and falseValues")
    return spelling
