"""The column policy's file: an allow-list that gives every column a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from wellness_journey.rules import yaml_file
from wellness_journey.rules.shapes import NAME, Schema, has_shape, list_of, misshape
from wellness_journey.rules.yaml_file import UnusableError

FILE = "expectations/column_policy.yml"
CLASSES = ("key", "quasi", "measure", "code", "date", "free_text")
# dbt's own; before the first build there is nothing in them.
BUILT = ("staging", "intermediate", "marts", "published")
SCHEMAS = ("public", "intake", *BUILT, "quality")

_CONTENT: Schema = {
    "told": "expected the keys tables, adopted, vocabularies and harmless_names, and no other",
    "type": "object",
    "required": ["tables", "adopted", "vocabularies", "harmless_names"],
    "propertyNames": {"enum": ["tables", "adopted", "vocabularies", "harmless_names"]},
}
_TABLES: Schema = {
    "told": "tables: expected schema.table with its columns by class",
    "type": "object",
    "minProperties": 1,
    "propertyNames": {
        "told": f"tables: {{0}} is not schema.table of {', '.join(SCHEMAS)}",
        "type": "string",
        "pattern": rf"^({'|'.join(SCHEMAS)})\.(.|\n)",
    },
    "additionalProperties": {
        "told": "{0}: expected columns by class",
        "type": "object",
        "propertyNames": {
            "told": f"{{0}}: class {{1}} is not one of {', '.join(CLASSES)}",
            "enum": list(CLASSES),
        },
        "additionalProperties": {
            "told": "{0}: expected a list of columns under {1}",
            "type": "array",
        },
    },
}
_VOCABULARIES: Schema = {
    "told": "vocabularies: expected names of columns, each with a list of codes",
    "type": "object",
    "additionalProperties": list_of(NAME),
}
_HARMLESS: Schema = {
    "told": "harmless_names: expected schema.table.column: reason",
    "type": "object",
}
_REASON: Schema = {"type": "string", "pattern": r"\S"}


@dataclass(frozen=True)
class Policy:
    """The class of each column, by schema.table.column, and of those that only a database with a
    clinic's own tables has; codes by the name of their column; names that only look bad."""

    classes: Mapping[str, str]
    adopted: Mapping[str, str]
    vocabularies: Mapping[str, Sequence[str]]
    harmless_names: Mapping[str, str]


def read(path: Path) -> Policy:
    """The policy of `path`.

    Raises:
        UnusableError: it is not as it must be; says where and what was expected.
    """
    try:
        # A check reads it three times, and it takes a quarter of a second.
        return _read(path, path.read_bytes() if path.is_file() else b"")
    except UnusableError as problem:
        raise UnusableError(f"{path.parent.name}/{path.name}: {problem}") from None


@lru_cache(maxsize=1)
def _read(path: Path, held: bytes) -> Policy:
    """The policy of `path`, read anew when it holds something else."""
    content = yaml_file.read(path)
    _refuse(content, _CONTENT)
    classes = _classes(content["tables"])
    _refuse(content["vocabularies"], _VOCABULARIES)
    harmless = content["harmless_names"] or {}
    _refuse(harmless, _HARMLESS)
    for place, reason in harmless.items():
        if place not in classes:
            raise UnusableError(f"harmless_names: {place} is not in tables")
        if not has_shape(reason, _REASON):
            raise UnusableError(f"harmless_names: {place} has no reason")
    return Policy(classes, _classes(content["adopted"]), content["vocabularies"], harmless)


def _classes(tables: Any) -> dict[str, str]:
    _refuse(tables, _TABLES)
    found: dict[str, str] = {}
    for table, by_class in tables.items():
        for assigned, columns in by_class.items():
            for column in columns:
                place = f"{table}.{column}"
                if place in found:
                    raise UnusableError(f"{place} has two classes")
                found[place] = assigned
    return found


def _refuse(value: object, schema: Schema) -> None:
    if told := misshape(value, schema):
        raise UnusableError(told)
