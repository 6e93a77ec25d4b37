"""The suites: Great Expectations' own JSON, read strictly.

Great Expectations itself drops an expectation it cannot use, with a line in a log, and
leaves a run that looks complete. So whatever is not understood here becomes a problem that
names file and place, and its check a result in `error`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wellness_journey.errors import UsageError
from wellness_journey.rules.catalogue import Rule
from wellness_journey.rules.shapes import (
    NAME,
    NUMBER,
    Schema,
    has_shape,
    list_of,
    misshape,
)

COLUMNS_MATCH = "expect_table_columns_to_match_set"
NOT_NULL = "expect_column_values_to_not_be_null"
BETWEEN = "expect_column_values_to_be_between"
TYPE_IN_LIST = "expect_column_values_to_be_in_type_list"


@dataclass(frozen=True)
class Check:
    """One expectation and the rule it checks; with a problem it cannot be checked.

    `name` is the rule's id, the kind of expectation and the columns looked at.
    """

    name: str
    rule: Rule | None
    expectation: Mapping[str, Any] | None = None
    columns: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class Suite:
    """The checks of one table; the file is named after the table."""

    schema: str
    table: str
    checks: tuple[Check, ...]


class _UnusableError(Exception):
    """What is wrong with a suite or an expectation."""


# The only types there are: they answer with counts. Others (minimum, maximum, most common
# value, distinct values, queries) put values of rows into their results.
_COLUMN = {"column": NAME}
_BETWEEN = {"min_value": NUMBER, "max_value": NUMBER}
ALLOWED: Mapping[str, Mapping[str, Schema]] = {
    NOT_NULL: _COLUMN,
    "expect_column_values_to_be_unique": _COLUMN,
    BETWEEN: _COLUMN | _BETWEEN,
    "expect_column_values_to_be_in_set": _COLUMN
    | {"value_set": list_of({"anyOf": [NAME, NUMBER]})},
    "expect_compound_columns_to_be_unique": {"column_list": list_of(NAME)},
    COLUMNS_MATCH: {
        "column_set": list_of(NAME),
        "exact_match": {"type": "boolean"},
    },
    # Answers with the name of a type, as SQLAlchemy has it.
    TYPE_IN_LIST: _COLUMN | {"type_list": list_of(NAME)},
}

_SUITE: Schema = {
    "told": "expected an object with name, expectations and meta",
    "type": "object",
}
_META: Schema = {
    "told": 'meta.schema is missing: expected the table\'s schema, such as "public"',
    "type": "object",
    "required": ["schema"],
    "properties": {"schema": NAME},
}
_EXPECTATIONS: Schema = {
    "told": "expectations is empty: a suite without rules checks nothing",
    "type": "array",
    "minItems": 1,
}
_EXPECTATION: Schema = {
    "told": "expected an object with type, kwargs and meta",
    "type": "object",
}
_META_OF_EXPECTATION: Schema = {
    "told": "meta.rule is missing, or not alone",
    "type": "object",
    "required": ["rule"],
    "propertyNames": {"enum": ["rule"]},
}


def read(folder: Path, rules: Mapping[str, Rule]) -> list[Suite]:
    """Every suite of `folder`, by name; those that cannot be read hold one check that says so.

    Raises:
        UsageError: there is no suite at all.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise UsageError(f"{folder} holds no suites (*.json): is this a whole checkout?")
    return [_read_suite(path, rules) for path in paths]


def _read_suite(path: Path, rules: Mapping[str, Rule]) -> Suite:
    place = f"{path.parent.name}/{path.name}"
    try:
        schema, expectations = _parse(path)
    except _UnusableError as problem:
        return Suite("", path.stem, (Check(place, None, problem=f"{place}: {problem}"),))
    checks: dict[str, Check] = {}
    for number, expectation in enumerate(expectations, 1):
        check = _read_check(expectation, f"{place}, expectation {number}", rules)
        # Results are kept by name: a second one of the name gets its place for a name.
        if check.name in checks:
            name = f"{place}, expectation {number}"
            check = Check(name, check.rule, problem=f"{name}: {check.name} is checked before")
        checks[check.name] = check
    return Suite(schema, path.stem, tuple(checks.values()))


def _parse(path: Path) -> tuple[str, list[object]]:
    try:
        suite = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise _UnusableError(f"line {error.lineno}: not JSON ({error.msg})") from None
    except (OSError, UnicodeDecodeError) as error:
        raise _UnusableError(f"cannot be read ({type(error).__name__})") from None
    _refuse(suite, _SUITE)
    _refuse_unknown(suite.keys() - {"name", "id", "expectations", "meta", "notes"})
    if suite.get("name") != path.stem:
        raise _UnusableError(f'name is not that of the file: expected "{path.stem}"')
    _refuse(suite.get("meta"), _META)
    _refuse(suite.get("expectations"), _EXPECTATIONS)
    return suite["meta"]["schema"], suite["expectations"]


def _read_check(expectation: Any, place: str, rules: Mapping[str, Rule]) -> Check:
    rule = None
    try:
        _refuse(expectation, _EXPECTATION)
        meta = expectation.get("meta")
        _refuse(meta, _META_OF_EXPECTATION)
        rule = rules.get(str(meta["rule"]))
        if rule is None:
            raise _UnusableError(f"meta.rule {meta['rule']} is not in the catalogue")
        _refuse_unknown(expectation.keys() - {"type", "kwargs", "meta"})
        columns = _columns(expectation.get("type"), expectation.get("kwargs"))
    except _UnusableError as problem:
        return Check(place, rule, problem=f"{place}: {problem}")
    kind = expectation["type"].removeprefix("expect_").removeprefix("column_values_to_")
    name = " ".join([rule.rule_id, kind, *columns])
    return Check(name, rule, expectation, columns)


def _refuse(value: object, schema: Schema) -> None:
    if told := misshape(value, schema):
        raise _UnusableError(told)


def _refuse_unknown(keys: Iterable[str]) -> None:
    """By hand: of several unknown keys JSON Schema's errors name none alone."""
    if keys := sorted(keys):
        raise _UnusableError(f"unknown key {', '.join(keys)}")


def _columns(kind: object, kwargs: object) -> tuple[str, ...]:
    """The columns that must be there for an expectation, once its kwargs are as they must be."""
    if not isinstance(kind, str) or kind not in ALLOWED:
        raise _UnusableError(f"type {kind} is not one of {', '.join(ALLOWED)}")
    if not isinstance(kwargs, dict):
        raise _UnusableError("kwargs is missing")
    expected = ALLOWED[kind]
    unknown = kwargs.keys() - expected.keys()
    if unknown:
        raise _UnusableError(
            f"kwargs: unknown {', '.join(sorted(unknown))}; expected {', '.join(expected)}"
        )
    # A range may be open at one end.
    missing = expected.keys() - kwargs.keys()
    if missing and not missing < _BETWEEN.keys():
        raise _UnusableError(f"kwargs: {', '.join(sorted(missing))} missing")
    for name, value in kwargs.items():
        if not has_shape(value, expected[name]):
            raise _UnusableError(f"kwargs.{name} is empty or of the wrong kind")
    if kind == COLUMNS_MATCH:
        return ()
    return tuple(kwargs.get("column_list", [kwargs.get("column")]))
