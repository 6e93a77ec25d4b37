"""The models' own SQL, for tables whose rows a test made."""

from __future__ import annotations

import re
from collections.abc import Iterable

from builds import COMPILED
from database import Connection


def query_of(model: str) -> str:
    """What dbt made of a model, for any database."""
    path = next(COMPILED.rglob(f"{model}.sql"))
    return re.sub(r'"\w+"\."(\w+)"\."(\w+)"', r"\1.\2", path.read_text())


def insertion(connection: Connection, table: str) -> str:
    """The statement that fills a table (`schema.name`) by its model's query."""
    found = connection.execute(f"select * from {table} limit 0".encode()).description
    columns = ", ".join(column.name for column in found or ())
    query = query_of(table.split(".")[1])
    return f"insert into {table} ({columns}) select {columns} from ({query}) as built"


def build(connection: Connection, tables: Iterable[str]) -> None:
    """Empties and fills the tables, one after the other."""
    for table in tables:
        connection.execute(f"truncate {table}".encode())
        connection.execute(insertion(connection, table).encode())
