"""What a database offers of the input contract, read from its catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from wellness_journey.database.objects import kind_of

Connection = psycopg.Connection[Any]

# Tables, partitioned tables, views, materialized views, foreign tables.
_KINDS = ("r", "p", "v", "m", "f")


@dataclass(frozen=True)
class Found:
    """A relation that is there: its kind in words, and the base type of each column by name."""

    oid: int
    kind: str
    types: Mapping[str, str]


def relation(connection: Connection, schema: str, name: str) -> Found | None:
    """The relation of that name; None where there is none."""
    row = connection.execute(
        "select c.oid, c.relkind::text from pg_catalog.pg_class as c "
        "inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace "
        "where n.nspname = %s and c.relname = %s and c.relkind = any(%s)",
        (schema, name, list(_KINDS)),
    ).fetchone()
    if row is None:
        return None
    return Found(row[0], kind_of(row[1]), _types(connection, row[0]))


def _types(connection: Connection, oid: int) -> dict[str, str]:
    """Each column's type, of a domain the type below it; `enum` for every enum."""
    rows = connection.execute(
        """
        with recursive typed (name, number, type) as (
            select attname::text, attnum::integer, atttypid
            from pg_catalog.pg_attribute
            where attrelid = %s and attnum > 0 and not attisdropped
            union all
            select typed.name, typed.number, below.typbasetype
            from typed
            inner join pg_catalog.pg_type as below on below.oid = typed.type
            where below.typtype = 'd'
        )
        select
            typed.name,
            case when base.typtype = 'e' then 'enum' else pg_catalog.format_type(base.oid, null) end
        from typed
        inner join pg_catalog.pg_type as base on base.oid = typed.type
        where base.typtype <> 'd'
        order by typed.number
        """,
        (oid,),
    ).fetchall()
    return dict(rows)
