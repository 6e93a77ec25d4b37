"""The questions of a pulse check: a list in dbt_project.yml, which everything else follows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wellness_journey.errors import UsageError
from wellness_journey.rules.shapes import Schema, misshape
from wellness_journey.rules.variables import FILE, variables

_NAME: Schema = {"type": "string", "pattern": r"^[a-z][a-z0-9_]{0,39}$"}
_MOST_OF_COMPOSITE = 7
_QUESTIONS: Schema = {
    "told": "questions: expected a list, each with name, column, label, lowest, highest, "
    "is_higher_better and is_in_composite",
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": [
            *("name", "column", "label", "lowest", "highest"),
            *("is_higher_better", "is_in_composite"),
        ],
        "additionalProperties": False,
        "properties": {
            "name": {
                "told": "questions: name {1} is not small letters, digits and _, up to 40",
                **_NAME,
            },
            "column": {
                "told": "questions: column {1} is not small letters, digits and _, up to 40",
                **_NAME,
            },
            "label": {"type": "string", "minLength": 1},
            "lowest": {"type": "integer"},
            "highest": {"type": "integer"},
            "is_higher_better": {"type": "boolean"},
            "is_in_composite": {"type": "boolean"},
        },
    },
}


@dataclass(frozen=True)
class Question:
    """One question: its answer is a whole number from `lowest` to `highest`, or missing."""

    name: str
    column: str
    label: str
    lowest: int
    highest: int
    is_higher_better: bool
    is_in_composite: bool


@dataclass(frozen=True)
class Questions:
    """The list of this checkout, and the one that its files are written for."""

    asked: tuple[Question, ...]
    written_for: tuple[Question, ...]


def read(root: Path) -> Questions:
    """The questions of `root`/dbt_project.yml.

    Raises:
        UsageError: the list is not as it must be; says what was expected.
    """
    found = variables(root)
    lists = []
    for variable in ("questions", "default_questions"):
        given: Any = found.get(variable)
        if told := misshape(given, _QUESTIONS):
            raise UsageError(f"{FILE}: {told}")
        lists.append(tuple(Question(**one) for one in given))
    asked = lists[0]
    for attribute in ("name", "column"):
        if len({getattr(one, attribute) for one in asked}) < len(asked):
            raise UsageError(f"{FILE}: questions: a {attribute} is there twice")
    for one in asked:
        if one.lowest >= one.highest:
            raise UsageError(f"{FILE}: questions: {one.name} has no scale from lowest to highest")
        if one.name == "composite" or one.column == "composite":
            raise UsageError(f"{FILE}: questions: composite is the name of their mean")
    of_composite = sum(one.is_in_composite for one in asked)
    if not of_composite:
        raise UsageError(f"{FILE}: questions: none is part of the composite")
    # Of more, two could be missing: what is withheld beside the composite counts on one.
    if of_composite > _MOST_OF_COMPOSITE:
        raise UsageError(
            f"{FILE}: questions: {of_composite} are part of the composite, and at most "
            f"{_MOST_OF_COMPOSITE} may be: set is_in_composite: false for some"
        )
    return Questions(*lists)
