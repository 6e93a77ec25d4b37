"""Shapes of what YAML and JSON files hold, by JSON Schema, told in our words.

A schema says under `told` what a reader is told of a value that has another shape. `{0}`, `{1}` …
stand for the keys that lead to the place, the last one included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Schema = Mapping[str, Any]

NAME: Schema = {"type": "string", "minLength": 1}
NUMBER: Schema = {"type": "number"}


def list_of(items: Schema) -> Schema:
    """A list with at least one of `items`."""
    return {"type": "array", "minItems": 1, "items": items}


def has_shape(value: object, schema: Schema) -> bool:
    """Whether `value` is as `schema` has it."""
    return next(_validator()(schema).iter_errors(value), None) is None


def misshape(value: object, schema: Schema) -> str | None:
    """What is told of the first place, from the top of the file, that is not as `schema` has it."""
    errors = list(_validator()(schema).iter_errors(value))
    if not errors:
        return None
    # At one place the first in the schema's order.
    first = min(errors, key=lambda error: _place(value, _keys(error)))
    told = schema.get("told", "")
    inner: Any = schema
    for step in list(first.absolute_schema_path)[:-1]:
        inner = inner[step]
        if isinstance(inner, Mapping):
            told = inner.get("told", told)
    return str(told).format(*_keys(first))


@cache
def _validator() -> Any:
    # Only verbs that read such a file wait for it.
    from jsonschema import Draft202012Validator

    return Draft202012Validator


def _keys(error: ValidationError) -> list[Any]:
    """The keys that lead to what is wrong; a key that is wrong itself is the last of them."""
    is_key = "propertyNames" in list(error.absolute_schema_path)[-2:-1]
    return [*error.absolute_path, *([error.instance] if is_key else [])]


def _place(value: Any, keys: Sequence[Any]) -> tuple[int, ...]:
    """Where in the file that is: the number of each key among its fellows."""
    place = []
    for key in keys:
        place.append(list(value).index(key) if isinstance(value, Mapping) else int(key))
        value = value[key]
    return tuple(place)
