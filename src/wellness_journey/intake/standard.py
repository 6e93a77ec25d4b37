"""What frictionless, the library of the standards, finds wrong with a descriptor, in our words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_VERSION = "https://datapackage.org/profiles/2.0/datapackage.json"
_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "object": "an object",
    "string": "a text",
    "number": "a number",
}
# Its words on the left; a value, which it repeats, is not told.
_WORDS = (
    (r"'(\w+)' is a required property.*", "{0} is missing"),
    (r".* is not of type '(\w+)' at property '([\w/]+)'", "{1} must be {0}"),
    (
        r".* is not valid under any of the given schemas at property '(\w+)'",
        "{0} must be a list of texts",
    ),
    (
        r"field type \"(.*)\" is not supported",
        "there is no type {0}: it is date, datetime, integer, number, boolean or string",
    ),
    (r"names of the fields are not unique.*", "two fields have one name"),
    (r".* at property '([\w/]+)'", "{0} is not what the standard has for it"),
)


def faults(package: Mapping[str, Any]) -> tuple[str, list[str]] | None:
    """Where the package is no valid one, and why; None where it is valid.

    The place is the first resource, or field of it, that has a fault of its own.
    """
    resources = package.get("resources")
    found = _notes(package)
    if not found:
        return None
    for number, resource in enumerate(resources if isinstance(resources, list) else [], start=1):
        if of_resource := _notes({"resources": [resource]}):
            where = f"resource {_name(resource, number)}"
            of_field = _first_field(resource)
            return (f"{where}, {of_field[0]}", of_field[1]) if of_field else (where, of_resource)
    return "", found


def _first_field(resource: Mapping[str, Any]) -> tuple[str, list[str]] | None:
    fields = resource["schema"].get("fields") if isinstance(resource.get("schema"), dict) else None
    for number, field in enumerate(fields if isinstance(fields, list) else [], start=1):
        if notes := _notes({"resources": [{"name": "rows", "schema": {"fields": [field]}}]}):
            return f"field {_name(field, number)}", notes
    return None


def _name(named: Mapping[str, Any], number: int) -> str:
    name = named.get("name")
    return name if isinstance(name, str) else str(number)


def _notes(package: Mapping[str, Any]) -> list[str]:
    # Imported for a folder with a descriptor alone: it takes half a second.
    from frictionless import FrictionlessException, Package

    checked = {**package, "$schema": _VERSION}
    # It asks the server that a path names, and reads files, so it gets a path of ours.
    if isinstance(package.get("resources"), list):
        checked["resources"] = [{**each, "path": "rows.csv"} for each in package["resources"]]
    try:
        Package.from_descriptor(checked)
    except FrictionlessException as error:
        return list(dict.fromkeys(_ours(e.note) for e in error.reasons or [error.error]))
    return []


def _ours(note: str) -> str:
    for theirs, ours in _WORDS:
        if match := re.fullmatch(theirs, note, re.DOTALL):
            return ours.format(*(_TYPES.get(part, part) for part in match.groups()))
    return note
