"""The column policy's file: an allow-list that gives every column a class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wellness_journey.rules import yaml_file
from wellness_journey.rules.yaml_file import UnusableError

FILE = "expectations/column_policy.yml"
CLASSES = ("key", "quasi", "measure", "code", "date", "free_text")
# dbt's own; before the first build there is nothing in them.
BUILT = ("staging", "intermediate", "marts", "published")
SCHEMAS = ("public", "intake", *BUILT, "quality")


@dataclass(frozen=True)
class Policy:
    """The class of each column, by schema.table.column, and names that only look bad."""

    classes: Mapping[str, str]
    harmless_names: Mapping[str, str]


def read(path: Path) -> Policy:
    """The policy of `path`.

    Raises:
        UnusableError: it is not as it must be; says where and what was expected.
    """
    try:
        return _read(path)
    except UnusableError as problem:
        raise UnusableError(f"{path.parent.name}/{path.name}: {problem}") from None


def _read(path: Path) -> Policy:
    content = yaml_file.read(path)
    if not isinstance(content, dict) or content.keys() != {"tables", "harmless_names"}:
        raise UnusableError("expected the keys tables and harmless_names, and no other")
    classes = _classes(content["tables"])
    harmless = content["harmless_names"] or {}
    if not isinstance(harmless, dict):
        raise UnusableError("harmless_names: expected schema.table.column: reason")
    for place, reason in harmless.items():
        if place not in classes:
            raise UnusableError(f"harmless_names: {place} is not in tables")
        if not isinstance(reason, str) or not reason.strip():
            raise UnusableError(f"harmless_names: {place} has no reason")
    return Policy(classes, harmless)


def _classes(tables: object) -> dict[str, str]:
    if not isinstance(tables, dict) or not tables:
        raise UnusableError("tables: expected schema.table with its columns by class")
    found: dict[str, str] = {}
    for table, by_class in tables.items():
        schema, _, name = str(table).partition(".")
        if schema not in SCHEMAS or not name:
            raise UnusableError(f"tables: {table} is not schema.table of {', '.join(SCHEMAS)}")
        if not isinstance(by_class, dict):
            raise UnusableError(f"{table}: expected columns by class")
        for assigned, columns in by_class.items():
            if assigned not in CLASSES:
                raise UnusableError(f"{table}: class {assigned} is not one of {', '.join(CLASSES)}")
            if not isinstance(columns, list):
                raise UnusableError(f"{table}: expected a list of columns under {assigned}")
            for column in columns:
                place = f"{table}.{column}"
                if place in found:
                    raise UnusableError(f"{place} has two classes")
                found[place] = assigned
    return found
