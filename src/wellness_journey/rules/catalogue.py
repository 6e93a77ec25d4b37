"""The catalogue: what must hold, why it is worth what it is worth, and who acts.

`expectations/rules.yml` says each rule once. A check names its rule: an expectation by
`meta.rule`, a dbt test by its own name, the policy and the scan by their ids. What a rule leaves
out is taken from its table, and then from the defaults below.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import psycopg

from wellness_journey.errors import UsageError
from wellness_journey.rules import yaml_file
from wellness_journey.rules.shapes import Schema, misshape

FILE = "expectations/rules.yml"
RULE_ID = re.compile(r"[A-Z]{2}-[0-9]{3}")

_CHOICES = {
    "category": ("conformance", "completeness", "plausibility"),
    "context": ("verification", "validation"),
    "severity": ("critical", "major", "minor"),
}
_DEFAULTS: dict[str, Any] = {
    **{name: choices[0] for name, choices in _CHOICES.items()},
    "columns": [],
    "needs": [],
    "constraints": [],
    "threshold": 0,
    "is_usual": False,
}
_TEXTS = ("table", "sentence", "acts", "action")
_FIELDS = {*_TEXTS, *_DEFAULTS}
_OF_A_TABLE = _FIELDS - {"sentence", "columns", "needs", "constraints", "threshold", "is_usual"}

_CONTENT: Schema = {
    "told": "expected a list of tables, each with its rules",
    "type": "array",
    "minItems": 1,
}
_TABLE: Schema = {
    "told": "expected table, acts, action and rules, a mapping by rule id",
    "type": "object",
    "required": ["rules"],
    "properties": {"rules": {"type": "object"}},
}
_GIVEN: Schema = {
    "told": "expected sentence and what else is said of the rule",
    "type": "object",
}
# Of a rule with what it takes from its table and from the defaults, in the order of the messages.
_RULE: Mapping[str, Schema] = {
    **{name: {"told": f"{name} is missing", "type": "string", "pattern": r"\S"} for name in _TEXTS},
    **{
        name: {"told": f"{name} is not one of {', '.join(choices)}", "enum": list(choices)}
        for name, choices in _CHOICES.items()
    },
    **{
        name: {
            "told": f"{name} is not a list of names",
            "type": "array",
            "items": {"type": "string"},
        }
        for name in ("columns", "needs", "constraints")
    },
    "threshold": {
        "told": "threshold is not a percentage from 0 to below 100",
        "type": "number",
        "minimum": 0,
        "exclusiveMaximum": 100,
    },
    "is_usual": {"told": "is_usual is not true or false", "type": "boolean"},
}


@dataclass(frozen=True)
class Rule:
    """One rule. `threshold` is the share of failing rows that is tolerated, in percent.

    What `is_usual` fails by some rows in every clinic, and is judged by the last runs. A table that
    lacks a column of `needs` gives it nothing to check.
    """

    rule_id: str
    sentence: str
    table: str
    columns: tuple[str, ...]
    needs: tuple[str, ...]
    category: str
    context: str
    severity: str
    threshold: Decimal
    acts: str
    action: str
    constraints: tuple[str, ...]
    is_usual: bool

    @property
    def when_broken(self) -> Literal["warn", "fail"]:
        """Only what is critical fails."""
        return "fail" if self.severity == "critical" else "warn"

    @property
    def test_name(self) -> str:
        """How a dbt test of it is called; a second one goes on after two underscores."""
        words = re.sub(r"[^a-z0-9]+", "_", self.sentence.lower().replace("'", "")).strip("_")
        return f"{self.rule_id.lower().replace('-', '_')}_{words}"

    def tolerates(self, failing: int, checked: int) -> bool:
        """Whether so many failing rows are within the threshold."""
        return failing * 100 <= self.threshold * checked


def read(path: Path) -> dict[str, Rule]:
    """Every rule of `path`, by id.

    Raises:
        UsageError: the file is not as it must be; says where, and what was expected.
    """
    place = f"{path.parent.name}/{path.name}"
    try:
        content = yaml_file.read(path)
    except yaml_file.UnusableError as problem:
        raise UsageError(f"{place}: {problem}") from None
    _refuse(content, _CONTENT, place)
    rules: dict[str, Rule] = {}
    for entry in content:
        for rule in _of_table(entry, place):
            if rule.rule_id in rules:
                raise UsageError(f"{place}: {rule.rule_id} is there twice")
            rules[rule.rule_id] = rule
    return rules


def wanted(rules: Mapping[str, Rule], asked: str) -> Rule:
    """The rule that is asked for by its id, in any case, or by the name of a test of it.

    Raises:
        UsageError: there is none; names those that come near.
    """
    rule_id = asked.upper().replace("_", "-")
    if RULE_ID.match(rule_id) and (rule_id[6:7] in ("", "-")):
        rule_id = rule_id[:6]
    if rule_id in rules:
        return rules[rule_id]
    near = difflib.get_close_matches(rule_id, rules, n=3)
    near += [one for one in rules if asked.casefold() in rules[one].sentence.casefold()][:3]
    told = "; did you mean " + ", ".join(f"{one} ({rules[one].sentence})" for one in near)
    raise UsageError(f"there is no rule {asked}{told if near else ''}: {FILE} lists them")


def keep(connection: psycopg.Connection[Any], rules: Iterable[Rule]) -> None:
    """Put `rules` in the place of what quality.rules holds."""
    connection.execute("delete from quality.rules")
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into quality.rules (rule_id, sentence, tested, columns, category, context,"
            " severity, threshold_pct, acts, action)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    *(rule.rule_id, rule.sentence, rule.table, ", ".join(rule.columns)),
                    *(rule.category, rule.context, rule.severity, rule.threshold),
                    *(rule.acts, rule.action),
                )
                for rule in rules
            ],
        )


def _of_table(entry: Any, place: str) -> list[Rule]:
    _refuse(entry, _TABLE, place)
    shared = {name: value for name, value in entry.items() if name != "rules"}
    _refuse_unknown(shared.keys() - _OF_A_TABLE, f"{place}, {entry.get('table')}")
    return [_rule(rule_id, given, shared, place) for rule_id, given in entry["rules"].items()]


def _rule(rule_id: object, given: Any, shared: Mapping[str, Any], place: str) -> Rule:
    place = f"{place}, {rule_id}"
    if not isinstance(rule_id, str) or not RULE_ID.fullmatch(rule_id):
        raise UsageError(f"{place}: expected an id such as PC-004")
    _refuse(given, _GIVEN, place)
    _refuse_unknown(given.keys() - _FIELDS, place)
    # What is missing is told as what is empty.
    found = {**dict.fromkeys(_TEXTS), **_DEFAULTS, **shared, **given}
    for name, schema in _RULE.items():
        _refuse(found[name], schema, place)
    for name in _TEXTS:
        found[name] = found[name].strip()  # a folded text ends in a line break
    for name in ("columns", "needs", "constraints"):
        found[name] = tuple(found[name])
    # JSON Schema has no word for "not a number", which YAML can write.
    if math.isnan(found["threshold"]):
        raise UsageError(f"{place}: {_RULE['threshold']['told']}")
    found["threshold"] = Decimal(str(found["threshold"]))
    return Rule(rule_id=rule_id, **found)


def _refuse(value: object, schema: Schema, place: str) -> None:
    if told := misshape(value, schema):
        raise UsageError(f"{place}: {told}")


def _refuse_unknown(keys: Iterable[str], place: str) -> None:
    """By hand: of several unknown keys JSON Schema's errors name none alone."""
    if keys := sorted(keys):
        raise UsageError(f"{place}: unknown key {', '.join(keys)}")
