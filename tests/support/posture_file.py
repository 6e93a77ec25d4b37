"""The security state that the migrations make, as the text of a file."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from checkout import ROOT
from database import Connection
from wellness_journey.checks.posture import adopted, facts
from wellness_journey.checks.posture.facts import Facts, Scope
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target

# What is told beside facts, or is no fact of a migration.
_LEFT_OUT = ("owner", "strangers", "logins")


def written(target: Target, folder: Path) -> str:
    """The text, by way of `target`, an empty database; `folder` is for copies of files."""
    shutil.copytree(ROOT / "migrations" / "prerequisites", folder / "prerequisites")
    with settings.connect(target, autocommit=True) as connection:
        migrate.migrate(connection, folder)
        before = _facts(connection)
        migrate.migrate(connection, ROOT / "migrations")
        after = _facts(connection)
    prerequisites = {
        kind: {
            name: is_
            for name, is_ in of.items()
            if kind != "roles" and after[kind].get(name) == is_
        }
        for kind, of in before.items()
    }
    # The ledger is there from the first file on.
    for of in prerequisites.values():
        for name in [name for name in of if "journey_ledger" in name]:
            del of[name]
    ours = {
        kind: {name: is_ for name, is_ in of.items() if name not in prerequisites[kind]}
        for kind, of in after.items()
    }
    return _text({"migrations": ours, "prerequisites": prerequisites})


def _facts(connection: Connection) -> Facts:
    """Those of the whole database, in which nothing is but what the files made."""
    names = connection.execute(
        """
        select n.nspname || '.' || c.relname, true
        from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname in ('public', 'auth') and c.relkind = 'r'
        union
        select n.nspname || '.' || p.proname, false
        from pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname in ('public', 'auth')
        """
    ).fetchall()
    tables = tuple(name for name, is_table in names if is_table)
    functions = tuple(name for name, is_table in names if not is_table)
    found = facts.read(connection, Scope(tables, functions, True), ["schema auth"])
    return {kind: of for kind, of in found.items() if kind not in _LEFT_OUT}


def _text(content: dict[str, Facts]) -> str:
    """JSON with a line for each fact, and one for each line of a function."""
    parts = []
    for part, kinds in content.items():
        listed = []
        for kind, of in sorted(kinds.items()):
            lines = [f"      {json.dumps(name)}: {_value(is_)}" for name, is_ in sorted(of.items())]
            if lines:
                listed.append(f"    {json.dumps(kind)}: {{\n" + ",\n".join(lines) + "\n    }")
        parts.append(f"  {json.dumps(part)}: {{\n" + ",\n".join(listed) + "\n  }")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _value(is_: Any) -> str:
    if isinstance(is_, str) and "\n" in is_:
        lines = [f"        {json.dumps(line, ensure_ascii=False)}" for line in is_.split("\n")]
        return "[\n" + ",\n".join(lines) + "\n      ]"
    return json.dumps(is_, ensure_ascii=False, sort_keys=True)


def adopted_text(target: Target, file: Path) -> None:
    """Compare `file` with what `journey adopt` makes in `target`, or write it anew."""
    with settings.connect(target, autocommit=True) as connection:
        found = facts.read(connection, adopted.SCOPE, ["schema intake"])
    kept = adopted.without_made_for_a_clinic(found)
    ours = {kind: of for kind, of in kept.items() if kind not in _LEFT_OUT}
    text = _text({"migrations": ours, "prerequisites": {}})
    if os.environ.get("POSTURE") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), "meant? `make posture`"
