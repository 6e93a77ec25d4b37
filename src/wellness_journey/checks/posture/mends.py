"""The statement that brings a fact back to what the migrations make, by the kind of the fact.

Each function takes the name of the fact, what is expected and what is there; None is nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wellness_journey.checks.posture.names import before_on, before_to, member

Mend = Callable[[str, Any, Any], str]


def of(kind: str, name: str, expected: Any, found: Any) -> str:
    """The statements, each on lines of its own."""
    return _MENDS[kind](name, expected, found)


def _tables(name: str, expected: Any, found: Any) -> str:
    if found is None or expected["kind"] != found["kind"]:
        return f"-- Restore {name} from a backup: docs/operating.md says how."
    statements = []
    if expected["kept"] != found["kept"]:
        statements.append(f"alter table {name} set {expected['kept']};")
    if expected["replica identity"] != found["replica identity"]:
        statements.append(f"alter table {name} replica identity {expected['replica identity']};")
    return "\n".join(statements)


def _row_level_security(name: str, expected: Any, found: Any) -> str:
    statements = []
    if expected is None:
        statements.append(f"alter table {name} disable row level security;")
    elif found is None:
        statements.append(f"alter table {name} enable row level security;")
    if found == "on, and forced":
        statements.append(f"alter table {name} no force row level security;")
    return "\n".join(statements)


def _columns(name: str, expected: Any, found: Any) -> str:
    column, table = before_on(name)
    if expected is None:
        return f"alter table {table} drop column {column};"
    if found is None:
        default = f" default {expected['default']}" if expected["default"] else ""
        must = "" if expected["nullable"] else " not null"
        return f"alter table {table} add column {column} {expected['type']}{default}{must};"
    changes = []
    if expected["type"] != found["type"]:
        changes.append(f"type {expected['type']}")
    if expected["nullable"] != found["nullable"]:
        changes.append("drop not null" if expected["nullable"] else "set not null")
    if expected["default"] != found["default"]:
        told = f"set default {expected['default']}" if expected["default"] else "drop default"
        changes.append(told)
    return "\n".join(f"alter table {table} alter column {column} {change};" for change in changes)


def _views(name: str, expected: Any, found: Any) -> str:
    if expected is None:
        return f"drop view {name};"
    options = f" with ({expected['options']})" if expected["options"] else ""
    return f"create or replace view {name}{options} as\n{expected['definition']}"


def _constraints(name: str, expected: Any, found: Any) -> str:
    constraint, table = before_on(name)
    if found is not None and found == f"{expected} NOT VALID":
        return f"alter table {table} validate constraint {constraint};"
    dropped = f"alter table {table} drop constraint {constraint};"
    added = f"alter table {table} add constraint {constraint} {expected};"
    return _in_place(expected, found, dropped, added)


def _indexes(name: str, expected: Any, found: Any) -> str:
    return _in_place(expected, found, f"drop index {before_on(name)[0]};", f"{expected};")


def _inheritance(name: str, expected: Any, found: Any) -> str:
    child, parent = before_on(name)
    return f"alter table {child} no inherit {parent};"


def _policies(name: str, expected: Any, found: Any) -> str:
    return _in_place(expected, found, f"drop policy {name};", f"{expected};")


def _triggers(name: str, expected: Any, found: Any) -> str:
    trigger, table = before_on(name)
    if expected is None:
        if found["definition"]:
            return f"drop trigger {name};"
        return f"alter table {table} enable trigger {trigger};"
    statements = []
    if found is None or expected["definition"] != found["definition"]:
        statements += [f"drop trigger {name};"] if found else []
        statements.append(f"{expected['definition']};")
    state = "always " if expected["state"] == "always" else ""
    return "\n".join([*statements, f"alter table {table} enable {state}trigger {trigger};"])


def _rules(name: str, expected: Any, found: Any) -> str:
    return f"drop rule {name};"


def _event_triggers(name: str, expected: Any, found: Any) -> str:
    return f"drop event trigger {name};"


def _functions(name: str, expected: Any, found: Any) -> str:
    if expected is None:
        return f"drop routine {name};"
    made = f"{expected.rstrip()};"
    if is_replaceable(expected, found):
        return made
    # One that is made anew has no rights but PUBLIC's.
    dropped = f"drop routine {name};\n" if found is not None else ""
    return f"{dropped}{made}\nrevoke all on routine {name} from public;"


def is_replaceable(expected: str, found: str | None) -> bool:
    """Whether a function that is there can be replaced, and so keeps its rights."""
    return found is not None and _head(expected) == _head(found)


def _head(definition: str) -> str:
    """What cannot be replaced: arguments, and what is returned."""
    return definition.partition("\n LANGUAGE ")[0]


def _owners(name: str, expected: Any, found: Any) -> str:
    return f"alter {name} owner to {expected};"


def _grants(name: str, expected: Any, found: Any) -> str:
    on, grantee = before_to(name)
    columns = ""
    if on.startswith("column "):
        column, table = before_on(on.removeprefix("column "))
        on, columns = f"table {table}", f" ({column})"

    def rights(listed: str) -> str:
        # What the migrations grant is never for handing on.
        named = (one.removesuffix(" with grant option") for one in listed.split(", "))
        return f"{', '.join(f'{one}{columns}' for one in named)} on {on}"

    taken = "" if found is None else f"revoke {rights(found)} from {grantee};"
    given = "" if expected is None else f"grant {rights(expected)} to {grantee};"
    return "\n".join(filter(None, (taken, given)))


def _roles(name: str, expected: Any, found: Any) -> str:
    if found is None:
        return f"create role {name} with {expected};"
    words = [word for word in expected.split() if word not in found.split()]
    return f"alter role {name} with {' '.join(words)};"


def _memberships(name: str, expected: Any, found: Any) -> str:
    one, other = member(name)
    return f"revoke {other} from {one};"


def _owner(name: str, expected: Any, found: Any) -> str:
    return f"grant journey_pipeline to {expected};"


def _logins(name: str, expected: Any, found: Any) -> str:
    if name.startswith("member "):
        return _memberships(name, expected, found)
    words = {
        "is a superuser": "nosuperuser",
        "bypasses row-level security": "nobypassrls",
        "may replicate": "noreplication",
    }
    return f"alter {name} with {' '.join(words[one] for one in found.split(', '))};"


def _default_privileges(name: str, expected: Any, found: Any) -> str:
    whose, grantee = before_to(name)
    role, _, objects = whose.rpartition(" on ")
    return f"alter default privileges {role} revoke all on {objects} from {grantee};"


def _publications(name: str, expected: Any, found: Any) -> str:
    if name.startswith("subscription "):
        return f"alter {name} disable;"
    if found == ["all tables"]:
        return f"drop {name};"
    return "\n".join(f"alter {name} drop {part};" for part in found)


def _settings(name: str, expected: Any, found: Any) -> str:
    if name.startswith("right to set "):
        parameter, grantee = before_to(name.removeprefix("right to set "))
        return f"revoke set, alter system on parameter {parameter} from {grantee};"
    setting, _, where = name.partition(" for ")
    if where == "the server":
        return f"alter system reset {setting};\nselect pg_reload_conf();"
    return f"alter {where} reset {setting};"


def _strangers(name: str, expected: Any, found: Any) -> str:
    if found["ours"]:
        return f"drop {name};"
    kind = name.partition(" ")[0]
    statements = []
    if grantees := found["grantees"]:
        on = name if kind in ("routine", "sequence", "large") else f"table {_bare(name)}"
        statements.append(f"revoke all on {on} from {', '.join(grantees)};")
    if found["owner"]:
        statements.append(f"alter {name} owner to {expected};")
    return "\n".join(statements)


def _bare(name: str) -> str:
    """A relation's name without the word for its kind."""
    for kind in ("materialized view ", "foreign table ", "table ", "view "):
        if name.startswith(kind):
            return name.removeprefix(kind)
    return name


def _in_place(expected: Any, found: Any, dropped: str, added: str) -> str:
    """Out with what is there, in with what must be."""
    statements = [dropped] if found is not None else []
    return "\n".join([*statements, *([added] if expected is not None else [])])


_MENDS: dict[str, Mend] = {
    "tables": _tables,
    "row-level security": _row_level_security,
    "columns": _columns,
    "views": _views,
    "constraints": _constraints,
    "indexes": _indexes,
    "inheritance": _inheritance,
    "policies": _policies,
    "triggers": _triggers,
    "rules": _rules,
    "event triggers": _event_triggers,
    "functions": _functions,
    "owners": _owners,
    "grants": _grants,
    "roles": _roles,
    "memberships": _memberships,
    "owner": _owner,
    "logins": _logins,
    "default privileges": _default_privileges,
    "publications": _publications,
    "settings": _settings,
    "strangers": _strangers,
}
