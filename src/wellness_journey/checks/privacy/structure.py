"""What the structure of the database says: comments, labels of types, and the values of codes.

Text can hide in all of them. They are read by the server only: told is the place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from wellness_journey.checks.privacy.plain_text import numbers, plain
from wellness_journey.checks.privacy.policy_file import SCHEMAS
from wellness_journey.checks.privacy.text_rules import KINDS, finds

_FUNCTIONS = (
    "calculate_compliance_score",
    "get_integration_milestones",
    "get_behavioral_changes_summary",
)

# Each comment with the kind of its object and its names, and each label of a type.
_SAID = sql.SQL("""
    select a.type as kind, a.object_names as names, d.description as said
    from pg_catalog.pg_description as d
    cross join lateral
        pg_catalog.pg_identify_object_as_address(d.classoid, d.objoid, d.objsubid) as a
    left join pg_catalog.pg_index as i on i.indexrelid = d.objoid and a.type = 'index'
    left join pg_catalog.pg_class as indexed on indexed.oid = i.indrelid
    where (d.objoid >= 16384 or a.type = 'schema')
        and split_part(a.object_names[1], '.', 1) = any({schemas})
        and (
            split_part(a.object_names[1], '.', 1) <> 'public'
            or a.type = 'schema'
            or a.object_names[2] = any({operational})
            or a.type = 'function' and (
                a.object_names[2] like 'journey\\_%' or a.object_names[2] = any({functions})
            )
            or indexed.relname = any({operational})
        )
    union all
    select 'role', array[r.rolname::text], d.description
    from pg_catalog.pg_shdescription as d
    inner join pg_catalog.pg_roles as r on r.oid = d.objoid
    where d.classoid = 'pg_catalog.pg_authid'::pg_catalog.regclass
        and r.rolname like 'journey\\_%'
    union all
    select 'label of type', array[n.nspname::text, t.typname::text], e.enumlabel::text
    from pg_catalog.pg_enum as e
    inner join pg_catalog.pg_type as t on t.oid = e.enumtypid
    inner join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
    where n.nspname = any({schemas}) and n.nspname <> 'public'
        or exists (
            select from pg_catalog.pg_attribute as a
            inner join pg_catalog.pg_class as c on c.oid = a.attrelid
            inner join pg_catalog.pg_namespace as owner on owner.oid = c.relnamespace
            where a.atttypid in (t.oid, t.typarray)
                and owner.nspname = any({schemas})
                and (owner.nspname <> 'public' or c.relname = any({operational}))
        )
""")
# What a place is called by its names alone.
_RELATIONS = ("table", "view", "materialized view", "foreign table")


def told_in_structure(
    connection: psycopg.Connection[Any], operational: Sequence[str]
) -> tuple[int, list[str]]:
    """How many comments and labels there are, and the places of those that hold an identifier.

    Of `public`, what belongs to the tables of `operational` and to the functions.
    """
    text = sql.Identifier("text")
    rows = connection.execute(
        sql.SQL(
            "select kind, names, {found} from ({said}) as said"
            " cross join lateral (select {plain} as text offset 0) as plain"
            " cross join lateral (select {numbers} as numbers offset 0) as digits order by 1, 2"
        ).format(
            found=_any_kind(text, sql.Identifier("numbers")),
            said=_SAID.format(
                schemas=list(SCHEMAS), operational=list(operational), functions=list(_FUNCTIONS)
            ),
            plain=plain(sql.Identifier("said", "said")),
            numbers=numbers(text),
        )
    ).fetchall()
    odd = [
        ".".join(names)
        if kind.removesuffix(" column") in _RELATIONS
        else f"{kind} {'.'.join(names)}"
        for kind, names, is_found in rows
        if is_found
    ]
    return len(rows), list(dict.fromkeys(odd))


def _any_kind(text: sql.Composable, its_numbers: sql.Composable) -> sql.Composed:
    return sql.SQL(" or ").join(finds(kind, text, its_numbers) for kind in KINDS)


def codes_out_of_vocabulary(
    connection: psycopg.Connection[Any], vocabularies: Mapping[str, Sequence[str]]
) -> list[str]:
    """Which columns hold a value that is not in their vocabulary; by schema.table.column."""
    by_table: dict[str, list[str]] = defaultdict(list)
    for place in vocabularies:
        table, _, name = place.rpartition(".")
        by_table[table].append(name)
    odd = []
    for table, names in by_table.items():
        # One pass over each table.
        query = sql.SQL("select {} from {}").format(
            sql.SQL(", ").join(
                sql.SQL("coalesce(bool_or({}::text <> all({}::text[])), false)").format(
                    sql.Identifier(name), list(vocabularies[f"{table}.{name}"])
                )
                for name in names
            ),
            sql.Identifier(*table.split(".")),
        )
        found = connection.execute(query).fetchone() or ()
        odd += [f"{table}.{name}" for name, is_odd in zip(names, found, strict=True) if is_odd]
    return odd


def identifiers_in_texts(connection: psycopg.Connection[Any], columns: Sequence[str]) -> list[str]:
    """Those of `columns`, as schema.table.column, of which a value holds an identifier."""
    odd = []
    text = sql.Identifier("text")
    for place in columns:
        table, _, name = place.rpartition(".")
        found = connection.execute(
            sql.SQL(
                "select coalesce(bool_or({found}), false)"
                " from (select *, {numbers} as numbers from (select {plain} as text"
                " from (select distinct {column}::text as given from {table}) as given offset 0"
                ") as plain offset 0) as digits"
            ).format(
                found=_any_kind(text, sql.Identifier("numbers")),
                numbers=numbers(text),
                plain=plain(sql.Identifier("given")),
                column=sql.Identifier(name),
                table=sql.Identifier(*table.split(".")),
            )
        ).fetchone()
        if found == (True,):
            odd.append(place)
    return odd
