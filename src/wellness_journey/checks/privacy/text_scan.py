"""Free text, scanned for identifiers: counts by column and rule, never what was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from wellness_journey.checks.privacy.plain_text import numbers, plain
from wellness_journey.checks.privacy.policy_file import read
from wellness_journey.checks.privacy.text_rules import KINDS, finds
from wellness_journey.checks.results import CheckResult, Status
from wellness_journey.database.refusals import trouble
from wellness_journey.rules import catalogue
from wellness_journey.rules.yaml_file import UnusableError

if TYPE_CHECKING:
    from wellness_journey.checks.way import Way


def scan(
    connection: psycopg.Connection[Any], path: Path, rules: Mapping[str, catalogue.Rule], way: Way
) -> list[CheckResult]:
    """One result per kind of identifier, over the columns of free text in the policy of `path`.

    `checked` and `failing` count texts. Reads; writes, logs and keeps nothing.
    """
    try:
        policy = way.policy(read(path))
    except UnusableError as problem:
        return _all_in_error(str(problem))
    columns: dict[str, list[str]] = defaultdict(list)
    for place, assigned in policy.classes.items():
        if assigned == "free_text":
            table, _, column = place.rpartition(".")
            columns[table].append(column)

    texts, hits = 0, {kind.rule_id: dict[str, int]() for kind in KINDS}
    for table, names in columns.items():
        try:
            row = connection.execute(_counts(table, names)).fetchone() or ()
        except psycopg.Error as error:
            if connection.broken:
                raise
            said = f"{table} could not be scanned: {trouble(error)}"
            return _all_in_error(said)
        counts = iter(row)
        for name in names:
            texts += next(counts)
            for kind in KINDS:
                hits[kind.rule_id][f"{table}.{name}"] = next(counts)
    return [_judged(rules[rule_id], texts, found) for rule_id, found in hits.items()]


def _counts(table: str, columns: Sequence[str]) -> sql.Composed:
    """One pass: for each column its texts, then those in which each kind is found."""
    # offset 0 keeps what was worked out from being worked out once more for every rule.
    query = sql.SQL(
        "select {} from (select *, {} from (select {} from {} offset 0) as texts offset 0) as found"
    )
    texts, digits, counts = [], [], []
    for number, column in enumerate(columns):
        text, its_numbers = sql.Identifier(f"text_{number}"), sql.Identifier(f"numbers_{number}")
        texts.append(sql.SQL("{} as {}").format(plain(sql.Identifier(column)), text))
        digits.append(sql.SQL("{} as {}").format(numbers(text), its_numbers))
        counts.append(sql.SQL("count({})").format(text))
        counts += [
            sql.SQL("count(*) filter (where {})").format(finds(kind, text, its_numbers))
            for kind in KINDS
        ]
    comma = sql.SQL(", ")
    return query.format(
        comma.join(counts),
        comma.join(digits),
        comma.join(texts),
        sql.Identifier(*table.split(".")),
    )


def _judged(rule: catalogue.Rule, texts: int, hits: Mapping[str, int]) -> CheckResult:
    failing = sum(hits.values())
    status: Status = rule.when_broken if failing else "pass" if texts else "not_applicable"
    places = tuple(sorted(place for place, count in hits.items() if count))
    blank = _blank(rule.rule_id)
    return replace(blank, status=status, checked=texts, failing=failing, places=places)


def _all_in_error(said: str) -> list[CheckResult]:
    return [replace(_blank(kind.rule_id), problem=said) for kind in KINDS]


def _blank(rule_id: str) -> CheckResult:
    return CheckResult("text_scan", rule_id, rule_id, "free text", "error")
