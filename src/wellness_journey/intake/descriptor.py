"""datapackage.json: how the files of a folder are written, checked before a file is opened.

The descriptor can come from elsewhere, so frictionless, which follows addresses and paths, gets a
copy that holds only the properties that load knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from wellness_journey.errors import InputError
from wellness_journey.intake import standard
from wellness_journey.intake.opening import open_regular
from wellness_journey.intake.sources import Source

FILE = "datapackage.json"
_LARGEST = 1 << 20
_FILE_NAME = re.compile(r"[^/\\\0]+")

# What load reads, by the kind of thing that has it.
_KNOWN = {
    "package": {"name", "resources"},
    "resource": {"name", "path", "encoding", "dialect", "schema", "journey:makeKeys"},
    "dialect": {"delimiter", "quoteChar", "doubleQuote", "escapeChar", "skipInitialSpace"},
    "schema": {"fields", "missingValues"},
    "field": {
        *("name", "type", "format", "decimalChar", "groupChar", "trueValues", "falseValues"),
        *("missingValues", "journey:column"),
    },
}
# What other properties of the standards may say, because it changes nothing here.
_HARMLESS: dict[str, dict[str, tuple[object, ...]]] = {
    "package": {"profile": ("data-package", "tabular-data-package")},
    "resource": {
        "profile": ("data-resource", "tabular-data-resource"),
        "type": ("table",),
        "scheme": ("file",),
        "format": ("csv", "tsv", "parquet", "xlsx"),
        "compression": ("gz",),
    },
    "dialect": {
        "header": (True,),
        "headerRows": ([1],),
        "headerJoin": (" ",),
        "commentRows": ([],),
        "skipBlankRows": (True,),
        "caseSensitiveHeader": (False,),
        "headerCase": (False,),
        "lineTerminator": ("\r\n", "\n"),
        "csvddfVersion": (1.2, "1.2"),
        "type": ("delimited",),
    },
    "schema": {"fieldsMatch": ("exact", "equal", ["exact"], ["equal"])},
    "field": {"bareNumber": (True,)},
}
_REFUSED = {
    "package": {"dialect", "schema", "missingValues", "fields"},
    "resource": {"data", "extrapaths", "innerpath", "missingValues", "url"},
    "dialect": {
        *("commentChar", "nullSequence", "property", "itemType", "itemKeys", "sheetNumber"),
        *("sheetName", "table", "csv", "excel", "json"),
    },
    "schema": {"field"},
    "field": {"arrayItem", "delimiter", "itemType", "floatNumber"},
}
# Properties of the standards that only describe, by the kind of thing that has them.
_TOLD = {"title", "description", "homepage", "sources", "licenses", "contributors", "keywords"}
_DESCRIPTIVE: dict[str, set[str]] = {
    "package": {*_TOLD, "id", "version", "created", "image"},
    "resource": {*_TOLD, "mediatype", "bytes", "hash", "stats", "fields", "rows"},
    "dialect": {"title", "description", "name"},
    "schema": {"name", "title", "description", "primaryKey", "uniqueKeys", "foreignKeys"},
    "field": {
        *("title", "description", "example", "examples", "constraints", "rdfType", "categories"),
        *("categoriesOrdered", "unit"),
    },
}
_STANDARD_PROFILES = ("https://datapackage.org/profiles/", "https://specs.frictionlessdata.io/")


def read(folder: Path, tables: Collection[str]) -> dict[str, Source]:
    """The files that datapackage.json describes, by table; none where it is not there.

    Raises:
        InputError: it is no valid Data Package, or says something that load does not do.
    """
    path = folder / FILE
    # A broken link is not "no descriptor".
    if not path.exists() and not path.is_symlink():
        return {}
    with open_regular(path) as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise wrong("", "larger than 1 MB")
    try:
        package = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_unique)
        # Half a surrogate pair can be neither compared nor told.
        json.dumps(package, ensure_ascii=False).encode()
    except RecursionError:
        raise wrong("", "nested too deeply") from None
    except ValueError as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise wrong(where, f"not JSON: {getattr(error, 'msg', 'not UTF-8')}") from None
    known = _known_only("package", package, "")
    resources = known.get("resources")
    if isinstance(resources, list):
        known["resources"] = [
            _resource(resource, f"resource {number}")
            for number, resource in enumerate(resources, start=1)
        ]
    if found := standard.faults(known):
        where, faults = found
        raise wrong(where, "; ".join(faults[:3]))
    from wellness_journey.intake.described import source_of

    described: dict[str, Source] = {}
    for resource in known["resources"]:
        source = source_of(folder, resource, tables)
        if source.table in described:
            raise wrong(f"resource {source.table}", "described twice: each table has one file")
        described[source.table] = source
    return described


def wrong(where: str, what: str) -> InputError:
    """The error for a place in the descriptor."""
    told = f"{', '.join(filter(None, (FILE, where)))}: {what}"
    return InputError(f"{told}. Mend that (docs/loading.md), then load again. Nothing was loaded")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise wrong("", f"{next(n for n in names if names.count(n) > 1)} is there twice")
    return made


# Only known properties -----------------------------------------------------------------------


def _resource(raw: object, where: str) -> dict[str, Any]:
    if isinstance(raw, dict) and isinstance(raw.get("name"), str):
        where = f"resource {raw['name']}"
    known = _known_only("resource", raw, where)
    path = known.get("path")
    if not isinstance(path, str) or not _FILE_NAME.fullmatch(path) or path in (".", ".."):
        raise wrong(where, "path is not the name of a file in this folder")
    if "dialect" in known:
        known["dialect"] = _known_only("dialect", known["dialect"], f"{where}, dialect")
    if "schema" in known:
        schema = known["schema"] = _known_only("schema", known["schema"], f"{where}, schema")
        if isinstance(schema.get("fields"), list):
            schema["fields"] = [
                _known_only("field", field, _field_place(where, field, number))
                for number, field in enumerate(schema["fields"], start=1)
            ]
    return known


def _field_place(where: str, field: object, number: int) -> str:
    name = field.get("name") if isinstance(field, dict) else None
    return f"{where}, field {name if isinstance(name, str) else number}"


def _known_only(kind: str, raw: object, where: str) -> dict[str, Any]:
    """A copy with the properties that load reads; others are refused or mean nothing here."""
    if not isinstance(raw, dict):
        what = "a path or an address" if isinstance(raw, str) else "something else"
        raise wrong(where, f"the {kind} is {what}: write it out here, as an object")
    known = _KNOWN[kind]
    for name, value in raw.items():
        if name in known:
            continue
        harmless = _HARMLESS[kind].get(name)
        if name == "$schema" and isinstance(value, str) and value.startswith(_STANDARD_PROFILES):
            continue
        if name in ("$schema", "$ref") or name in _REFUSED[kind]:
            raise wrong(where, f"load does not do what {name} says: take it out")
        if harmless is not None:
            if not any(value == each and type(value) is type(each) for each in harmless):
                raise wrong(where, f"load does not do what {name} says here: take it out")
            continue
        if name in _DESCRIPTIVE[kind] or (":" in name and not name.startswith("journey:")):
            continue
        spelling = name.lower().replace("_", "").replace("-", "")
        near = get_close_matches(spelling, {each.lower(): each for each in known}, 1, 0.85)
        meant = next((each for each in known if [each.lower()] == near), None)
        asked = f"do you mean {meant}?" if meant else "a note of your own has a colon in its name"
        raise wrong(where, f"load knows no property {name}: {asked}")
    return {name: value for name, value in raw.items() if name in known}
