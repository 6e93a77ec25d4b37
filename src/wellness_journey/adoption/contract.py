"""The input contract: relations and columns that the pipeline reads, and what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wellness_journey.errors import UsageError
from wellness_journey.rules import lists, yaml_file
from wellness_journey.rules.instruments import Instrument
from wellness_journey.rules.questions import Question
from wellness_journey.rules.shapes import NAME, Schema, list_of, misshape

FILE = "expectations/input.yml"
# What the copy holds of a column; of text nothing.
_COPIED_AS = {
    "key": "uuid",
    "day": "date",
    "time": "timestamptz",
    "number": "numeric",
    "count": "integer",
    "flag": "boolean",
    "code": "text",
}


_COLUMN: Schema = {
    "told": "{1}.{3}: expected kind and meaning, and perhaps is_key, is_optional and unit",
    "type": "object",
    "required": ["kind", "meaning"],
    "additionalProperties": False,
    "properties": {
        "kind": {"enum": [*_COPIED_AS, "text"]},
        "meaning": NAME,
        "is_key": {"type": "boolean"},
        "is_optional": {"type": "boolean"},
        "unit": NAME,
    },
}
_CONTENT: Schema = {
    "told": "expected kinds and relations, each relation with grain and columns",
    "type": "object",
    "required": ["kinds", "relations"],
    "additionalProperties": False,
    "properties": {
        "kinds": {"type": "object", "additionalProperties": list_of(NAME)},
        "relations": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["grain", "columns"],
                "additionalProperties": False,
                "properties": {
                    "grain": NAME,
                    "is_optional": {"type": "boolean"},
                    "with_questions": {"type": "boolean"},
                    "with_scores": {"type": "boolean"},
                    "with_attribute": {"type": "boolean"},
                    "columns": {"type": "object", "additionalProperties": _COLUMN},
                },
            },
        },
    },
}


@dataclass(frozen=True)
class Column:
    """A column of the contract; `copied_as` is its type in the copy, None if it is not copied."""

    name: str
    kind: str
    meaning: str
    is_key: bool = False
    is_optional: bool = False
    unit: str = ""

    @property
    def copied_as(self) -> str | None:
        return _COPIED_AS.get(self.kind)


@dataclass(frozen=True)
class Relation:
    """A table or view of the contract; `is_unnamed` where it would be of the attribute, and
    dbt_project.yml names none."""

    name: str
    grain: str
    is_optional: bool
    columns: Mapping[str, Column]
    is_of_attribute: bool = False
    is_unnamed: bool = False


@dataclass(frozen=True)
class Contract:
    """All relations by name, and the types of PostgreSQL that each kind of column can have."""

    relations: Mapping[str, Relation]
    kinds: Mapping[str, tuple[str, ...]]


def read(root: Path) -> Contract:
    """The contract of this checkout, with the lists of its dbt_project.yml.

    Raises:
        UsageError: a file cannot be read.
    """
    try:
        content: Any = yaml_file.read(root / FILE)
    except yaml_file.UnusableError as error:
        raise UsageError(f"{FILE}: {error}") from None
    if told := misshape(content, _CONTENT):
        raise UsageError(f"{FILE}: {told}")
    known = lists.read(root)
    is_named = known.attribute is not None
    relations = {}
    for name, relation in content["relations"].items():
        columns = [_column(*one) for one in relation["columns"].items()]
        if relation.get("with_questions"):
            columns = _inserted(columns, "notes", map(_answer, known.questions.asked))
        if relation.get("with_scores"):
            columns = _inserted(columns, "session_notes", map(_score, known.instruments.known))
        is_of_attribute = relation.get("with_attribute", False)
        relations[name] = Relation(
            name,
            relation["grain"],
            relation.get("is_optional", False) and not (is_of_attribute and is_named),
            {column.name: column for column in columns},
            is_of_attribute,
            is_unnamed=is_of_attribute and not is_named,
        )
    return Contract(relations, {kind: tuple(types) for kind, types in content["kinds"].items()})


def _column(name: str, of: Mapping[str, Any]) -> Column:
    return Column(
        name,
        of["kind"],
        " ".join(of["meaning"].split()),
        of.get("is_key", False),
        of.get("is_optional", False),
        of.get("unit", ""),
    )


def _answer(question: Question) -> Column:
    """The answer to a question, which a row may leave out."""
    better = "higher" if question.is_higher_better else "lower"
    meaning = (
        f"{question.label}, a whole number from {question.lowest} to {question.highest}; "
        f"{better} is better. NULL: not answered."
    )
    return Column(question.column, "number", meaning, unit="points")


def _score(instrument: Instrument) -> Column:
    """The score of an instrument, which its rows have and others do not."""
    better = "higher" if instrument.is_higher_better else "lower"
    meaning = (
        f"Score of {instrument.name}, a whole number from {instrument.lowest} to "
        f"{instrument.highest}; {better} is better. NULL: no score."
    )
    return Column(instrument.column, "number", meaning, unit="points", is_optional=True)


def _inserted(columns: list[Column], before: str, more: Iterable[Column]) -> list[Column]:
    place = next(number for number, column in enumerate(columns) if column.name == before)
    return [*columns[:place], *more, *columns[place:]]
