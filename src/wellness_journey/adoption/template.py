"""First views of a clinic's tables, guessed by names, for somebody who knows them to correct."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from wellness_journey import files
from wellness_journey.adoption.contract import Column, Contract, Relation
from wellness_journey.adoption.found import Connection
from wellness_journey.adoption.words import identifier
from wellness_journey.errors import UsageError
from wellness_journey.intake import likeness

# What every database has, and what is ours.
_TABLES = """
    select n.nspname::text, c.relname::text, array_agg(a.attname::text order by a.attnum), (
        select k.attname::text
        from pg_catalog.pg_index as i
        inner join pg_catalog.pg_attribute as k on k.attrelid = c.oid and k.attnum = i.indkey[0]
        where i.indrelid = c.oid and i.indisprimary and i.indnkeyatts = 1
    )
    from pg_catalog.pg_class as c
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    inner join pg_catalog.pg_attribute as a on a.attrelid = c.oid
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped
        and n.nspname !~ '^(pg_|information_schema$|journey_ledger$)'
        and not n.nspname = any(%s)
    group by n.nspname, c.relname, c.oid
"""
_OURS = ("intake", "staging", "intermediate", "marts", "published", "quality")


@dataclass(frozen=True)
class _Table:
    schema: str
    name: str
    columns: list[str]
    key: str | None


def write(connection: Connection, contract: Contract, schema: str, folder: Path) -> list[Path]:
    """One file for each relation of the contract, with the statement that makes it in `schema`.

    Raises:
        UsageError: a file of that name is there.
        PlaceError: a file cannot be written.
    """
    rows = connection.execute(_TABLES, ([*_OURS, schema],)).fetchall()
    tables = {f"{row[0]}.{row[1]}": _Table(*row) for row in rows}
    guessed = _guessed(tables)
    paths = {folder / f"{name}.sql": name for name in contract.relations}
    if there := [str(path) for path in paths if path.exists()]:
        raise UsageError(
            f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} there already and may hold "
            "your corrections: name another folder, or move them away"
        )
    folder.mkdir(parents=True, exist_ok=True)
    return [
        files.write(
            path, _view(contract.relations[name], schema, tables.get(guessed.get(name, "")))
        )
        for path, name in paths.items()
    ]


def _guessed(tables: Mapping[str, _Table]) -> dict[str, str]:
    """The table that fits best, by relation."""
    headers = {name: (table.name, table.columns) for name, table in tables.items()}
    return {relation: name for name, relation in likeness.tables_of(headers).items()}


def _view(relation: Relation, schema: str, table: _Table | None) -> str:
    head = [
        f"-- {relation.name}: {relation.grain}.",
        "-- Check every line marked with a guess, and fill in what was not found.",
    ]
    if relation.is_optional:
        head.append("-- The clinic may do without it: then delete this file.")
    columns = [*_columns(relation, table)]
    last = len(columns) - 1
    lines = [
        f"    {sql}{',' if place < last else ''}{f' -- {note}' if note else ''}"
        for place, (sql, note) in enumerate(columns)
    ]
    source = (
        f"from {identifier(table.schema)}.{identifier(table.name)} as source; -- a guess"
        if table
        else "from your_table as source; -- no table was found that looks like it"
    )
    name = f"{identifier(schema)}.{relation.name}"
    return "\n".join([*head, f"create or replace view {name} as", "select", *lines, source, ""])


def _columns(relation: Relation, table: _Table | None) -> Iterator[tuple[str, str]]:
    found: dict[str, str] = {}
    if table:
        likely = likeness.columns_of(table.columns, relation.name)
        found = {column: table.columns[place] for place, column in likely.items()}
    for column in relation.columns.values():
        yield _column(column, table, found)


def _column(column: Column, table: _Table | None, found: Mapping[str, str]) -> tuple[str, str]:
    there = found.get(column.name)
    if table and there is None and column.name in table.columns:
        there = column.name
    if table and there is None and column.is_key:
        there = table.key
    if there:
        note = "" if there == column.name else "a guess"
        return f"source.{identifier(there)} as {column.name}", note
    kind = column.copied_as or "text"
    need = "may stay NULL" if column.is_optional else "not found, and needed"
    return f"null::{kind} as {column.name}", f"{need}: {column.meaning}"
