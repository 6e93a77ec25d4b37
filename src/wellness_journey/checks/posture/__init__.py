"""Posture: the security state of the running database against what the migrations make.

Looked at are the catalogue's facts of everything of ours (tables, policies, triggers, functions,
rights, roles and more), and whatever else the API's roles or ours can reach. The expected facts are
a file, which a test keeps equal to a database that was just migrated; what the clinic has beside
them is on an allow-list. No row of a table is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from wellness_journey.checks.posture import adopted, allowed, expected, facts, findings
from wellness_journey.checks.posture.findings import RULE_IDS, STALE, Finding
from wellness_journey.checks.privacy import policy_file
from wellness_journey.checks.results import CheckResult, Status
from wellness_journey.checks.way import Way
from wellness_journey.database import ledger
from wellness_journey.database.refusals import trouble
from wellness_journey.rules import catalogue
from wellness_journey.rules.yaml_file import UnusableError

__all__ = ["RULE_IDS", "compare"]

# So many findings of a rule are kept with their statements; `journey check` names all.
_KEPT = 50


def compare(
    connection: psycopg.Connection[Any],
    root: Path,
    rules: Mapping[str, catalogue.Rule],
    way: Way,
) -> list[CheckResult]:
    """One result per rule, of the database of `connection` against the files of `root`. Writes
    nothing."""
    try:
        must = expected.read(root / (adopted.FILE if way.adoption else expected.FILE))
        reasons = allowed.read(root / allowed.FILE)
        policy = policy_file.read(root / policy_file.FILE)
    except UnusableError as problem:
        return _all_in_error(str(problem))
    built = {
        table
        for place in policy.classes
        if (table := place.rpartition(".")[0]).partition(".")[0] in policy_file.BUILT
    }
    try:
        applied = _ledger(connection)
        scope = adopted.SCOPE if way.adoption else must.scope(applied)
        found = facts.read(connection, scope, must.owners)
        if way.adoption:
            found = adopted.without_the_clinics(
                connection, found, way.contract, way.adoption.schema
            )
    except psycopg.Error as error:
        if connection.broken:
            raise
        return _all_in_error(f"the catalogue could not be read: {trouble(error)}")
    owner = next(iter(found["owner"]), "")
    found = expected.without_the_applications(found, applied)
    wanted = must.of(found, applied, built)
    if way.adoption:
        wanted, found = map(adopted.without_made_for_a_clinic, (wanted, found))
    left, stale = findings.judged(findings.compare(wanted, found, owner), reasons)
    looked_at = _looked_at(wanted, found)
    looked_at[STALE] = len(reasons)
    return [
        _judged(rules[rule_id], looked_at[rule_id], listed)
        for rule_id, listed in findings.by_rule([*left, *stale])
    ]


def _ledger(connection: psycopg.Connection[Any]) -> Collection[str]:
    """The names of the migrations that were applied, as far as anybody wrote them down."""
    try:
        with connection.transaction():
            return ledger.read(connection) or ()
    except psycopg.errors.InsufficientPrivilege:
        return ()


def _looked_at(wanted: facts.Facts, found: facts.Facts) -> Counter[str]:
    """How many facts of each rule there must be or are."""
    counted: Counter[str] = Counter()
    for kind, (rule_id, _) in findings.KINDS.items():
        counted[rule_id] += len({*wanted.get(kind, {}), *found.get(kind, {})})
    strangers = found["strangers"]
    routines = sum(name.startswith("routine ") for name in strangers)
    counted[findings.KINDS["relations"][0]] += len(strangers) - routines
    counted[findings.KINDS["routines"][0]] += routines
    return counted


def _judged(rule: catalogue.Rule, looked_at: int, listed: list[Finding]) -> CheckResult:
    status: Status = rule.when_broken if listed else "pass"
    return replace(
        _blank(rule.rule_id),
        status=status,
        checked=looked_at,
        failing=len(listed),
        places=tuple(map(_place, listed)),
        query=_script(listed),
    )


def _place(finding: Finding) -> str:
    """The finding in a line, with its statement where that is one line."""
    if not finding.mend:
        return finding.told
    if "\n" in finding.mend:
        return f"{finding.told} (`journey explain {finding.rule_id}` prints what mends it)"
    return f"{finding.told}. To mend it: {finding.mend}"


def _script(listed: list[Finding]) -> str | None:
    """What differs as comments, each with the statements that mend it."""
    parts = [f"-- {finding.told}\n{finding.mend}".rstrip() for finding in listed[:_KEPT]]
    if len(listed) > _KEPT:
        more = f"{len(listed) - _KEPT} more"
        parts.append(f"-- {more}: `journey check --select {listed[0].rule_id}` names them")
    return "\n\n".join(parts) or None


def _all_in_error(said: str) -> list[CheckResult]:
    return [replace(_blank(rule_id), problem=said) for rule_id in RULE_IDS]


def _blank(rule_id: str) -> CheckResult:
    return CheckResult("posture", rule_id, rule_id, "the database", "error")
