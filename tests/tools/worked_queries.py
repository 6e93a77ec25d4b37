"""The worked queries of docs/marts.md: read, run, and written anew.

`python tests/tools/worked_queries.py` rewrites the results on the page from the database of PG*,
which has to be that of `journey demo`. With the name of another page it rewrites that one.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

PAGE = Path(__file__).resolve().parents[2] / "docs" / "marts.md"
_QUERY = re.compile(r"As `(journey_\w+)`:\n\n```sql\n(.*?)\n```\n\n((?:\|[^\n]*\n)+)", re.DOTALL)


@dataclass(frozen=True)
class Query:
    """One query of the page, the role that it is for, and the table shown below it."""

    role: str
    sql: str
    shown: str


def queries(page: str) -> list[Query]:
    """All queries of the page, in its order."""
    return [Query(*found) for found in _QUERY.findall(page)]


def run(connection: psycopg.Connection[Any], query: Query) -> tuple[list[str], list[Any]]:
    """Column names and rows, read as the query's role."""
    with connection.transaction():
        connection.execute(f"set local role {query.role}".encode())
        cursor = connection.execute(query.sql.encode())
        return [column.name for column in cursor.description or ()], cursor.fetchall()


def table(columns: list[str], rows: list[Any]) -> str:
    """A result as Markdown shows it."""
    lines = [columns, ["---"] * len(columns), *([_cell(value) for value in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value).lower() if isinstance(value, bool) else str(value)


def main(path: Path = PAGE) -> None:
    page = path.read_text(encoding="utf-8")
    with psycopg.connect("") as connection:
        for query in queries(page):
            above = f"{query.sql}\n```\n\n"
            answered = table(*run(connection, query))
            page = page.replace(above + query.shown, above + answered)
    path.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
