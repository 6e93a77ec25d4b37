"""What must be in a database: the facts that the migrations make, and those of what dbt builds."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wellness_journey.checks.posture.facts import OWNER, Facts, Scope
from wellness_journey.checks.posture.names import before_on, before_to
from wellness_journey.rules.yaml_file import UnusableError

FILE = "expectations/posture/migrations.json"
SESSIONS = "public.log_sessions"
# The files that make what Supabase and the application have already.
AUTH, OWN_SESSIONS = "prerequisites/002_auth.sql", "prerequisites/003_log_sessions.sql"
# Who reads what dbt builds: `grants` in dbt_project.yml.
_READERS = {
    "staging": (),
    "intermediate": (),
    "marts": ("journey_restricted",),
    "published": ("journey_restricted", "journey_analyst"),
}
# Of a table of the application's own, what it is made of is its own affair.
_OF_THE_APPLICATION = ("tables", "columns", "constraints", "indexes", "owners", "inheritance")


@dataclass(frozen=True)
class Expected:
    """The facts of a database that was just migrated: ours, and those of the prerequisites, which
    a database with an application does not have."""

    ours: Facts
    prerequisites: Facts

    @property
    def owners(self) -> list[str]:
        """What the migrations' owner owns."""
        return [name for name, whose in self.ours["owners"].items() if whose == OWNER]

    def scope(self, ledger: Collection[str]) -> Scope:
        """What is ours in a database with that ledger."""
        owners = [*self.ours["owners"], *self.prerequisites["owners"]]
        with_auth = AUTH in ledger
        names = [name for name in owners if with_auth or not name.split()[1].startswith("auth.")]
        routines = {name.split()[1].partition("(")[0] for name in names if _is(name, "routine")}
        tables = tuple(name.split()[1] for name in names if _is(name, "table"))
        return Scope(tables, tuple(sorted(routines)), with_auth)

    def of(self, found: Facts, ledger: Collection[str], built: Collection[str]) -> Facts:
        """What must be in a database that holds `found`: its ledger says which prerequisites are
        ours, and `built` names what dbt may have built there."""
        wanted = {kind: dict(facts) for kind, facts in self.ours.items()}
        has_ledger = "schema journey_ledger" in found["owners"]
        for kind, facts in self.prerequisites.items():
            for name, value in facts.items():
                file = AUTH if _is_of_auth(kind, name) else OWN_SESSIONS
                # Of an application's own table, row-level security is always ours to demand.
                must = file in ledger or (kind, name) == ("row-level security", SESSIONS)
                if must or found[kind].get(name) == value:
                    wanted[kind][name] = value
        if not has_ledger:  # Migrated in an SQL editor.
            for kind, facts in wanted.items():
                wanted[kind] = {n: v for n, v in facts.items() if "journey_ledger" not in n}
        for name in list(found["owners"]):
            relation = name.split()[-1]
            if relation in built and name.split()[0] in ("table", "view"):
                wanted["owners"][name] = "journey_pipeline"
                for reader in _READERS[relation.partition(".")[0]]:
                    wanted["grants"][f"table {relation} to {reader}"] = "select"
        return wanted


def without_the_applications(found: Facts, ledger: Collection[str]) -> Facts:
    """`found` without what an application's own `log_sessions` is made of, and what the API's roles
    may do with it."""
    if OWN_SESSIONS in ledger:
        return found
    left = {}
    for kind, facts in found.items():
        left[kind] = {
            name: value
            for name, value in facts.items()
            if subject(kind, name) != SESSIONS
            or kind not in (*_OF_THE_APPLICATION, "grants")
            or (kind == "grants" and before_to(name)[1] not in ("authenticated", "service_role"))
        }
    return left


def subject(kind: str, name: str) -> str:
    """The relation or function that a fact is about; empty for facts about the database."""
    if kind in ("tables", "views", "row-level security", "functions"):
        return name
    if kind in (
        "columns",
        "constraints",
        "indexes",
        "inheritance",
        "policies",
        "triggers",
        "rules",
    ):
        return before_on(name)[1]
    if kind in ("owners", "strangers"):
        return bare(name)
    if kind == "grants":
        on = before_to(name)[0]
        return before_on(on)[1] if on.startswith("column ") else bare(on)
    return ""


def bare(name: str) -> str:
    """A name without the words for its kind."""
    for kind in ("materialized view ", "foreign table ", "large object "):
        if name.startswith(kind):
            return name.removeprefix(kind)
    return name.partition(" ")[2]


def read(path: Path) -> Expected:
    """The facts of `path`, as the migrations of this checkout make them.

    Raises:
        UnusableError: it cannot be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Expected(*(_facts(content[part]) for part in ("migrations", "prerequisites")))
    except (OSError, ValueError, LookupError, AttributeError, TypeError) as problem:
        place = "/".join(path.parts[-3:])
        raise UnusableError(
            f"{place}: cannot be read ({type(problem).__name__}): restore it from the checkout"
        ) from None


def _facts(content: Any) -> Facts:
    return {
        kind: {name: _text(value) for name, value in of.items()} for kind, of in content.items()
    }


def _text(value: Any) -> Any:
    """Long texts are kept as lines, so that a difference is read as one."""
    return "\n".join(value) if isinstance(value, list) else value


def _is(name: str, kind: str) -> bool:
    return name.startswith(f"{kind} ")


def _is_of_auth(kind: str, name: str) -> bool:
    about = subject(kind, name) or name
    return about.startswith("auth.") or name.startswith("schema auth")
