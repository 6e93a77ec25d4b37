"""The attribute that outcomes and weekly trends are split by: a variable in dbt_project.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wellness_journey.errors import UsageError
from wellness_journey.rules.shapes import Schema, misshape
from wellness_journey.rules.variables import FILE, variables

# Groups of the patients whose sessions have different values, or none.
OF_SEVERAL, OF_NONE = "several", "none"
_ATTRIBUTE: Schema = {
    "told": "attribute: expected {{}}, or a name and values, such as "
    "{{name: site, values: {{N: North, S: South}}}}",
    "type": "object",
    "required": ["name", "values"],
    "additionalProperties": False,
    "properties": {
        "name": {
            "told": "attribute: the name is not small letters, digits and _, up to 40",
            "type": "string",
            "pattern": r"^[a-z][a-z0-9_]{0,39}$",
        },
        "values": {
            "told": "attribute: expected values, each a text with its label, such as "
            "{{N: North, S: South}}; write a number, yes or no in quotation marks",
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"type": "string", "minLength": 1},
            "additionalProperties": {
                "told": "attribute: the label of {1} is not up to 60 letters, digits, spaces and "
                ". ( ) / -, with a letter or digit first",
                "type": "string",
                "pattern": r"^\w[\w .()/-]{0,59}$",
            },
        },
    },
}


@dataclass(frozen=True)
class Attribute:
    """What the clinic's sessions are told apart by: its name, and by code the published label."""

    name: str
    values: Mapping[str, str]

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of patients, as they are published."""
        return (*dict.fromkeys(self.values.values()), OF_SEVERAL, OF_NONE)


def read(root: Path) -> Attribute | None:
    """The attribute that `root` names; None where it names none.

    Raises:
        UsageError: it is not as it must be.
    """
    given: Any = variables(root).get("attribute") or None
    if given is None:
        return None
    if told := misshape(given, _ATTRIBUTE):
        raise UsageError(f"{FILE}: {told}")
    attribute = Attribute(given["name"], dict(given["values"]))
    for label in attribute.values.values():
        if label.casefold() in (OF_SEVERAL, OF_NONE):
            raise UsageError(
                f"{FILE}: attribute: {label} is the label of patients whose sessions have "
                f"{'no value' if label.casefold() == OF_NONE else 'different values'}: take another"
            )
    return attribute
