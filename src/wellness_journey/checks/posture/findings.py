"""What differs between the facts that must be and those that are there, with what mends it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from wellness_journey.checks.posture import mends
from wellness_journey.checks.posture.expected import SESSIONS, bare, subject
from wellness_journey.checks.posture.facts import OWNER, ROLES, Facts
from wellness_journey.checks.posture.names import before_to, shown

# By the kind of a fact: its rule, and what one is called.
KINDS = {
    "row-level security": ("PO-700", "row-level security of {}"),
    "policies": ("PO-701", "policy {}"),
    "triggers": ("PO-702", "trigger {}"),
    "rules": ("PO-702", "rule {}"),
    "event triggers": ("PO-702", "event trigger {}"),
    "settings": ("PO-702", "setting {}"),
    "functions": ("PO-703", "function {}"),
    "tables": ("PO-704", "table {}"),
    "columns": ("PO-704", "column {}"),
    "views": ("PO-704", "view {}"),
    "inheritance": ("PO-704", "inheritance {}"),
    "constraints": ("PO-705", "constraint {}"),
    "indexes": ("PO-706", "index {}"),
    "owners": ("PO-707", "owner of {}"),
    "grants": ("PO-708", "rights on {}"),
    "roles": ("PO-709", "role {}"),
    "memberships": ("PO-710", "{}"),
    "owner": ("PO-710", "role {}"),
    "default privileges": ("PO-711", "default privileges {}"),
    "publications": ("PO-712", "{}"),
    "relations": ("PO-713", "{}"),
    "routines": ("PO-714", "{}"),
    "logins": ("PO-715", "{}"),
}
STALE = "PO-716"
RULE_IDS = (*sorted({rule_id for rule_id, _ in KINDS.values()}), STALE)

# What a clinic may have beside ours. Columns, policies and rights of the tables that hold what
# patients say are not among it.
_ALLOWABLE = {
    *("event triggers", "settings", "inheritance", "indexes", "default privileges"),
    *("publications", "relations", "routines", "logins", "triggers"),
}


@dataclass(frozen=True)
class Finding:
    """One difference: of which rule, what it is about, what is wrong, and what mends it."""

    rule_id: str
    name: str
    problem: str
    mend: str
    is_allowable: bool

    @property
    def told(self) -> str:
        """In a line."""
        return f"{shown(self.name)}: {self.problem}"


def compare(wanted: Facts, found: Facts, owner: str) -> list[Finding]:
    """Every difference, by rule."""
    wanted = {**wanted, "owner": {owner: "a member of journey_pipeline"}}
    strangers = {
        name: is_
        for name, is_ in found["strangers"].items()
        if name not in wanted["owners"] and name != f"table {SESSIONS}"
    }
    overloads = _overloads(found, wanted)
    extra = found["functions"].keys() - wanted["functions"].keys()
    foreign = {bare(name) for name in strangers} - overloads
    gone = wanted["tables"].keys() - found["tables"].keys()
    unowned = wanted["functions"].keys() - found["functions"].keys()
    findings = []
    for kind in KINDS:
        if kind in ("relations", "routines"):
            continue
        for name in sorted({*wanted.get(kind, {}), *found[kind]}):
            is_, must = found[kind].get(name), wanted.get(kind, {}).get(name)
            about = subject(kind, name)
            # What is gone or a stranger is one finding, not one for each of its parts.
            if (
                is_ == must
                or about in foreign
                or (about in gone and kind != "tables")
                or (about in extra and kind != "functions")
                or (about in unowned and kind == "owners")
            ):
                continue
            finding = _difference(kind, name, must, is_, owner)
            if kind == "functions" and must and not mends.is_replaceable(must, is_):
                finding = replace(finding, mend=f"{finding.mend}\n{_granted(name, wanted)}")
            findings.append(finding)
    findings += [
        _stranger(name, is_, owner)
        for name, is_ in sorted(strangers.items())
        if bare(name) not in overloads
    ]
    return sorted(findings, key=lambda finding: finding.rule_id)


def judged(
    findings: Collection[Finding], allowed: Collection[str]
) -> tuple[list[Finding], list[Finding]]:
    """The findings that the allow-list does not name, and one for each entry that names none."""
    left = [one for one in findings if not (one.is_allowable and shown(one.name) in allowed)]
    names = {shown(one.name) for one in findings if one.is_allowable}
    stale = [
        Finding(STALE, name, "is on the allow-list, and not there or not for it", "", False)
        for name in sorted({*allowed} - names)
    ]
    return left, stale


def _granted(function: str, wanted: Facts) -> str:
    """The statements that give a function its rights."""
    return "\n".join(
        mends.of("grants", name, rights, None)
        for name, rights in wanted["grants"].items()
        if subject("grants", name) == function
    )


def _overloads(found: Facts, wanted: Facts) -> set[str]:
    """Functions with the name of one of ours and other arguments."""
    ours = {name.partition("(")[0] for name in wanted["functions"]}
    return {
        name
        for name in found["functions"]
        if name not in wanted["functions"] and name.partition("(")[0] in ours
    }


def _difference(kind: str, name: str, must: Any, is_: Any, owner: str) -> Finding:
    rule_id, called = KINDS[kind]
    must_be = owner if must == OWNER else must
    if kind == "owner":
        must_be = owner
    is_allowable = must is None and (
        kind in _ALLOWABLE
        # Of its own table the application has policies and rights of its own.
        or (kind in ("policies", "grants") and subject(kind, name) == SESSIONS)
        or (kind == "grants" and before_to(name)[1] not in (*ROLES, "PUBLIC"))
    )
    return Finding(
        rule_id,
        called.format(name),
        _problem(kind, must_be, is_, owner),
        mends.of(kind, name, must_be, is_),
        is_allowable,
    )


def _stranger(name: str, is_: Any, owner: str) -> Finding:
    kind = "routines" if name.startswith("routine ") else "relations"
    reached = [f"owned by {is_['owner']}"] if is_["owner"] else []
    reached += [f"granted to {', '.join(is_['grantees'])}"] if is_["grantees"] else []
    told = "in a schema of ours" if is_["ours"] else shown(", ".join(reached))
    return Finding(
        KINDS[kind][0],
        name,
        f"neither of the migrations nor of dbt, and {told}",
        mends.of("strangers", name, owner, is_),
        is_allowable=True,
    )


def _problem(kind: str, must: Any, is_: Any, owner: str) -> str:
    """What is wrong; of what is there, names and rights alone, never a text."""
    if kind == "owners":
        if is_ is None:
            return "is missing"
        return f"is {shown(owner if is_ == OWNER else is_)}, and must be {shown(must)}"
    if kind == "owner":
        return "is not a member of journey_pipeline"
    if is_ is None:
        return f"lacks {must}" if kind == "grants" else "is missing"
    if must is None:
        return {
            "row-level security": "is on where nothing is filtered",
            "grants": f"{shown(str(is_))}, which nobody granted here",
            "logins": f"{is_}, and is not on the allow-list",
            "publications": "sends or takes rows of ours",
            "triggers": "is not of the migrations, or a foreign key is not enforced",
        }.get(kind, "is not of the migrations")
    if kind == "grants":
        return f"{shown(str(is_))}, and must be {must}"
    if kind in ("row-level security", "roles"):
        return f"is {is_}, and must be {must}"
    if isinstance(must, dict):
        parts = [part for part in must if must[part] != is_.get(part)]
        return f"has another {' and another '.join(parts)}"
    return "is not as the migrations make it"


def by_rule(findings: Collection[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    """Each rule with its findings, be they none."""
    for rule_id in RULE_IDS:
        yield rule_id, [one for one in findings if one.rule_id == rule_id]
