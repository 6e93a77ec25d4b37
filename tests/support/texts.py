"""Texts that hold identifiers, texts that hold none, and what the scan finds in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from psycopg import sql

from database import Connection
from wellness_journey.checks.privacy.plain_text import numbers, plain
from wellness_journey.checks.privacy.text_rules import KINDS, Kind, finds

FIXTURES = Path(__file__).parents[1] / "fixtures"


def by_heading(name: str) -> dict[str, list[str]]:
    """The texts of a fixture by the heading in brackets above them; without one by ''."""
    found: dict[str, list[str]] = defaultdict(list)
    heading = ""
    for line in (FIXTURES / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            heading = line.strip("[]")
        elif line and not line.startswith("# "):
            found[heading].append(line)
    return dict(found)


BY_ID = {kind.rule_id: kind for kind in KINDS}
# The rules by what the guard calls what they find.
GUARDED = {kind.refused: kind.rule_id for kind in KINDS if kind.refused}
ALLOWED = by_heading("notes_allowed.txt")[""]
NEAR_MISSES = by_heading("texts_not_found.txt")
TO_FIND = by_heading("texts_found.txt") | {
    GUARDED[kind]: notes for kind, notes in by_heading("notes_refused.txt").items()
}


def found(connection: Connection, kind: Kind, texts: Iterable[str]) -> list[str]:
    """Those of `texts` in which `kind` is found."""
    text, its_numbers = sql.Identifier("text"), sql.Identifier("numbers")
    query = sql.SQL(
        "select given from pg_catalog.unnest({}::text[]) as t (given)"
        " cross join lateral (select {} as text offset 0) as plain"
        " cross join lateral (select {} as numbers offset 0) as digits where {}"
    ).format(
        list(texts), plain(sql.Identifier("given")), numbers(text), finds(kind, text, its_numbers)
    )
    return [given for (given,) in connection.execute(query)]
