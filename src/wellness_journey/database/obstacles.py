"""What keeps migrations from being applied, and the statements that remove it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg


@dataclass(frozen=True)
class Obstacle:
    """`what` is wrong and where; `note`, what to know; `statements`, to be run by its owner."""

    what: str
    statements: tuple[str, ...] = ()
    note: str = ""

    def __str__(self) -> str:
        lines = [f"- {self.what}", *([f"  {self.note}"] if self.note else [])]
        return "\n".join([*lines, *(f"    {statement};" for statement in self.statements)])


def listed(obstacles: Iterable[Obstacle]) -> str:
    """All of them, one below the other."""
    return "\n".join(map(str, obstacles))


def quoted(connection: psycopg.Connection[Any], *names: str) -> str:
    """A name with its schema as SQL needs it, with quotation marks only where they must be."""
    row = connection.execute(
        "select string_agg(quote_ident(one.name), '.' order by one.number) "
        "from unnest(%s::text[]) with ordinality as one (name, number)",
        (list(names),),
    ).fetchone()
    return str(row[0]) if row else ""
