"""The column policy: the database's catalogue against an allow-list of classified columns.

What nobody classified is a failure, in every analytics schema and in the operational
tables. Names and types are judged as well: they catch a column that was classified in a
hurry, and comments must not hold what free text must not. Of rows only the values of codes are
read: they must be of their vocabulary, or hold no identifier.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from wellness_journey.checks.privacy import structure
from wellness_journey.checks.privacy.column_names import is_identifier_like
from wellness_journey.checks.privacy.policy_file import BUILT, SCHEMAS, Policy, read
from wellness_journey.checks.results import CheckResult, Status
from wellness_journey.database.refusals import trouble
from wellness_journey.rules import catalogue
from wellness_journey.rules.yaml_file import UnusableError

if TYPE_CHECKING:
    from wellness_journey.checks.way import Way

# The application's database may hold other tables in `public`: these are the ones we read.
_OPERATIONAL = (
    "log_sessions",
    "log_integration_sessions",
    "log_behavioral_changes",
    "log_pulse_checks",
    "log_journey_ends",
)

# Types that cannot hold text.
_PLAIN_TYPE = re.compile(
    r"(uuid|boolean|smallint|integer|bigint|real|double precision|numeric(\([\d,]+\))?|date"
    r"|interval|(time|timestamp)(\(\d\))? (with|without) time zone)(\[\])?"
)
# Text, and lists of it: only for a closed vocabulary. Any other type can hide text, also one made
# here: an enum, a domain or a composite type can be altered while its columns look the same.
_TEXT_TYPE = re.compile(r"(text|name|character( varying)?(\(\d+\))?)(\[\])?")
_KEY_OR_DATE_TYPE = re.compile(r"(uuid|date|timestamp).*")


@dataclass(frozen=True)
class _Column:
    place: str
    schema: str
    name: str
    type: str


@dataclass(frozen=True)
class _Rule:
    rule_id: str
    schemas: tuple[str, ...]
    offends: Callable[[_Column, Policy], bool]


def _is_unclassified(column: _Column, policy: Policy) -> bool:
    return column.place not in policy.classes


def _looks_like_identifier(column: _Column, policy: Policy) -> bool:
    if column.place in policy.harmless_names or policy.classes.get(column.place) == "free_text":
        return False
    return is_identifier_like(column.name)


def _can_hold_text(column: _Column, policy: Policy) -> bool:
    assigned = policy.classes.get(column.place)
    if assigned == "free_text":
        return True
    if _TEXT_TYPE.fullmatch(column.type):
        return assigned != "code"
    return not _PLAIN_TYPE.fullmatch(column.type)


def _points_to_a_person(column: _Column, policy: Policy) -> bool:
    if _KEY_OR_DATE_TYPE.fullmatch(column.type):
        return True
    return policy.classes.get(column.place, "measure") not in ("measure", "code")


_RULES = (
    _Rule("PH-001", SCHEMAS, _is_unclassified),
    _Rule("PH-002", SCHEMAS, _looks_like_identifier),
    _Rule("PH-003", (*BUILT, "quality"), _can_hold_text),
    _Rule("PH-004", ("published",), _points_to_a_person),
)
_STALE, _COMMENTS, _VOCABULARY, _CODES = "PH-005", "PH-006", "PH-760", "PH-761"
# Whose codes have a vocabulary: elsewhere a row may hold another value, and has rules against it.
_OF_MODELS = ("intermediate", "marts", "published")
# A view of `staging` shows what `public` has, and these of `quality` what its tables have.
_VIEWS = "quality.shown_"
_WITH_VALUES = ("public", "intake", *_OF_MODELS, "quality")


def compare(
    connection: psycopg.Connection[Any], path: Path, rules: Mapping[str, catalogue.Rule], way: Way
) -> list[CheckResult]:
    """The policy of `path` against the catalogue of `connection`. Writes nothing."""
    # Of `public`, nothing is ours where the clinic has its own tables.
    operational = () if way.is_adopted else _OPERATIONAL
    told = structure.told_in_structure(connection, operational)
    comments = _judged(rules[_COMMENTS], *told)
    try:
        policy = way.policy(read(path))
    except UnusableError as problem:
        ids = [*(rule.rule_id for rule in _RULES), _STALE, _VOCABULARY, _CODES]
        return [*(replace(_blank(rule_id), problem=str(problem)) for rule_id in ids), comments]
    columns = _catalogue(connection, operational)
    results = []
    for rule in _RULES:
        looked_at = [column for column in columns if column.schema in rule.schemas]
        odd = [column.place for column in looked_at if rule.offends(column, policy)]
        results.append(_judged(rules[rule.rule_id], len(looked_at), odd))

    is_built = any(column.schema in BUILT for column in columns)
    places = {column.place for column in columns}
    # A clinic's columns of free text are in a schema of its own.
    entries = [
        place
        for place in policy.classes
        if place.split(".")[0] in SCHEMAS and (is_built or place.split(".")[0] not in BUILT)
    ]
    gone = sorted(set(entries) - places)
    results.append(_judged(rules[_STALE], len(entries), gone))
    return [*results, *_values(connection, columns, policy, rules), comments]


def _values(
    connection: psycopg.Connection[Any],
    columns: Sequence[_Column],
    policy: Policy,
    rules: Mapping[str, catalogue.Rule],
) -> list[CheckResult]:
    """What columns classed as code hold: of those with a vocabulary, then of all others."""
    codes = [
        column
        for column in columns
        if column.schema in _WITH_VALUES
        and not column.place.startswith(_VIEWS)
        and policy.classes.get(column.place) == "code"
        and _TEXT_TYPE.fullmatch(column.type)
    ]
    closed = {
        column.place: policy.vocabularies[column.name]
        for column in codes
        if column.schema in _OF_MODELS and column.name in policy.vocabularies
    }
    others = [column.place for column in codes if column.place not in closed]
    try:
        odd = structure.codes_out_of_vocabulary(connection, closed)
        found = structure.identifiers_in_texts(connection, others)
    except psycopg.Error as error:
        if connection.broken:
            raise
        said = f"codes could not be read: {trouble(error)}"
        return [replace(_blank(rule_id), problem=said) for rule_id in (_VOCABULARY, _CODES)]
    return [
        _judged(rules[_VOCABULARY], len(closed), odd),
        _judged(rules[_CODES], len(others), found),
    ]


def _judged(rule: catalogue.Rule, checked: int, odd: Sequence[str]) -> CheckResult:
    status: Status = rule.when_broken if odd else "pass" if checked else "not_applicable"
    return replace(
        _blank(rule.rule_id),
        status=status,
        checked=checked,
        failing=len(odd),
        places=tuple(odd),
    )


def _blank(rule_id: str) -> CheckResult:
    tested = "comments" if rule_id == _COMMENTS else "columns"
    return CheckResult("column_policy", rule_id, rule_id, tested, "error")


def _catalogue(connection: psycopg.Connection[Any], operational: Sequence[str]) -> list[_Column]:
    """Every column of ours; of `public` those of `operational`."""
    rows = connection.execute(
        sql.SQL(
            "select n.nspname::text, c.relname::text, a.attname::text,"
            " pg_catalog.format_type(a.atttypid, a.atttypmod)"
            " from pg_catalog.pg_attribute as a"
            " inner join pg_catalog.pg_class as c on c.oid = a.attrelid"
            " inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace"
            " where a.attnum > 0 and not a.attisdropped"
            " and c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname = any({})"
            " and (n.nspname <> 'public' or c.relname = any({}))"
            " order by n.nspname, c.relname, a.attnum"
        ).format(list(SCHEMAS), list(operational))
    )
    return [
        _Column(f"{schema}.{table}.{name}", schema, name, kind)
        for schema, table, name, kind in rows
    ]
