"""What a clinic's relations lack of the input contract, each with the SQL that would supply it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql

from wellness_journey.adoption import found as catalogue
from wellness_journey.adoption.contract import Column, Contract, Relation
from wellness_journey.adoption.found import Connection, Found
from wellness_journey.adoption.words import identifier
from wellness_journey.database.obstacles import Obstacle
from wellness_journey.database.settings import PIPELINE_ROLE
from wellness_journey.rules.variables import FILE

# The type to write for a column of a kind, where none is there yet.
_USUAL_TYPE = {"count": "integer", "flag": "boolean", "time": "timestamptz", "day": "date"}


def found(connection: Connection, contract: Contract, schema: str) -> dict[str, Found]:
    """The relations of the contract that are there."""
    there = {name: catalogue.relation(connection, schema, name) for name in contract.relations}
    return {name: one for name, one in there.items() if one}


def lacking(
    connection: Connection, contract: Contract, schema: str, there: dict[str, Found]
) -> list[Obstacle]:
    """All that must change before the pipeline can read `schema`; asks the catalogue first, and
    looks at rows only to see whether keys are unique."""
    if not _exists(connection, schema):
        return [Obstacle(f"there is no schema {schema}", (f"create schema {identifier(schema)}",))]
    obstacles = [
        one
        for relation in contract.relations.values()
        for one in _of_relation(contract, relation, schema, there.get(relation.name))
    ]
    obstacles += _rights(connection, schema, there)
    if not obstacles:
        obstacles += [
            one
            for relation in contract.relations.values()
            if relation.name in there
            for one in _double_keys(connection, relation, schema)
        ]
    return obstacles


def of_types(contract: Contract, schema: str, there: dict[str, Found]) -> list[Obstacle]:
    """As `lacking`, of relations, columns and types alone."""
    return [
        one
        for relation in contract.relations.values()
        for one in _of_relation(contract, relation, schema, there.get(relation.name))
    ]


def _exists(connection: Connection, schema: str) -> bool:
    query = "select from pg_catalog.pg_namespace where nspname = %s"
    return connection.execute(query, (schema,)).fetchone() is not None


def _of_relation(
    contract: Contract, relation: Relation, schema: str, there: Found | None
) -> Iterator[Obstacle]:
    told = f"{schema}.{relation.name}"
    if there is None:
        if not relation.is_optional:
            note = "Make a view of your tables; `journey adopt --template DIR` writes a first one:"
            if relation.is_of_attribute:
                note = f"{FILE} names an attribute. Empty it there, or make a view of your tables:"
            yield Obstacle(
                f"there is no {told}: {relation.grain}", (_skeleton(relation, schema),), note
            )
        return
    if relation.is_unnamed:
        name = f"{identifier(schema)}.{relation.name}"
        yield Obstacle(
            f"{told} is there, and {FILE} names no attribute",
            (f"select distinct value from {name}", f"drop {there.kind} {name}"),
            "Name it there, each value with its label, such as attribute: {name: site, values: "
            "{N: North, S: South}}. The first statement shows the values. Or drop the relation:",
        )
    for column in relation.columns.values():
        type_there = there.types.get(column.name)
        if type_there is None:
            if not column.is_optional:
                yield Obstacle(
                    f"{told} has no column {column.name} ({column.kind})",
                    _added(column, schema, relation.name, there),
                    column.meaning,
                )
        elif type_there not in contract.kinds[column.kind]:
            yield Obstacle(
                f"{told}.{column.name} is {type_there}, and must be "
                f"{' or '.join(contract.kinds[column.kind])}",
                note=f"Cast it in a view, or give the column another type. {column.meaning}",
            )


def _skeleton(relation: Relation, schema: str) -> str:
    columns = ",\n        ".join(
        f"null::{_usual_type(column)} as {column.name}"
        for column in relation.columns.values()
        if not column.is_optional
    )
    return (
        f"create view {identifier(schema)}.{relation.name} as\n    select\n        {columns}\n"
        "    from (your table)"
    )


def _added(column: Column, schema: str, relation: str, there: Found) -> tuple[str, ...]:
    if there.kind == "table":
        name = f"{identifier(schema)}.{relation}"
        return (f"alter table {name} add column {column.name} {_usual_type(column)}",)
    return (f"(in the view) select …, your_expression::{_usual_type(column)} as {column.name}",)


def _usual_type(column: Column) -> str:
    return _USUAL_TYPE.get(column.kind) or column.copied_as or "text"


# Rights --------------------------------------------------------------------------------------


def _rights(connection: Connection, schema: str, there: dict[str, Found]) -> Iterator[Obstacle]:
    """What the pipeline's role may not read, with the least that lets it."""
    role = connection.execute(
        "select rolname::text from pg_catalog.pg_roles where rolname = %s", (PIPELINE_ROLE,)
    ).fetchone()
    if role is None:
        yield Obstacle(
            f"there is no role {PIPELINE_ROLE}, which the grants below are for",
            (f"create role {PIPELINE_ROLE} nologin noinherit",),
        )
    # Rights that PUBLIC has, a role that is to come will have too.
    reader = PIPELINE_ROLE if role else "public"
    yield from _to_use(connection, schema, reader)
    seen: set[int] = set()
    for name, one in there.items():
        told = f"{identifier(schema)}.{name}"
        yield from _to_read(connection, one.oid, told, reader, seen)


def _to_read(
    connection: Connection, oid: int, told: str, reader: str, seen: set[int]
) -> Iterator[Obstacle]:
    """A view that its owner reads passes row-level security by; one that reads as whoever asks
    (`security_invoker`) needs rights and policies on all that it reads."""
    if oid in seen:
        return
    seen.add(oid)
    if not _one(connection, "select has_table_privilege(%s, %s::oid, 'select')", reader, oid):
        yield Obstacle(
            f"{PIPELINE_ROLE} may not read {told}", (f"grant select on {told} to {PIPELINE_ROLE}",)
        )
    is_filtered, is_invoker = connection.execute(
        """
        select
            c.relrowsecurity and not exists (
                select
                from pg_catalog.pg_policy as p
                where p.polrelid = c.oid and p.polpermissive and p.polcmd in ('r', '*')
                    and (
                        p.polroles = '{0}'
                        or exists (
                            select
                            from pg_catalog.pg_roles as r
                            where r.oid = any(p.polroles) and r.rolname = %s
                        )
                    )
                    and pg_catalog.pg_get_expr(p.polqual, p.polrelid) = 'true'
            ),
            coalesce(array_to_string(c.reloptions, ',') ~ 'security_invoker=(true|on|1|yes)', false)
        from pg_catalog.pg_class as c
        where c.oid = %s
        """,
        (PIPELINE_ROLE, oid),
    ).fetchall()[0]
    if is_filtered:
        yield Obstacle(
            f"row-level security hides rows of {told} from {PIPELINE_ROLE}",
            (
                f"create policy {identifier('Pipeline can view all rows')} on {told} "
                f"for select to {PIPELINE_ROLE} using (true)",
            ),
        )
    if is_invoker:
        below = connection.execute(_READ_BY_VIEW, (oid,)).fetchall()
        for schema in sorted({schema for _, _, schema in below}):
            yield from _to_use(connection, schema, reader)
        for one, name, _ in below:
            yield from _to_read(connection, one, name, reader, seen)


def _to_use(connection: Connection, schema: str, reader: str) -> Iterator[Obstacle]:
    if not _one(connection, "select has_schema_privilege(%s, %s, 'usage')", reader, schema):
        yield Obstacle(
            f"{PIPELINE_ROLE} may not use the schema {schema}",
            (f"grant usage on schema {identifier(schema)} to {PIPELINE_ROLE}",),
        )


def read_by_pipeline(connection: Connection, contract: Contract, schema: str) -> set[str]:
    """The relations of the contract that are there, and those that they read, by name."""
    todo = [
        (one.oid, f"{schema}.{name}") for name, one in found(connection, contract, schema).items()
    ]
    read: dict[int, str] = {}
    while todo:
        oid, name = todo.pop()
        if oid not in read:
            read[oid] = name
            below = connection.execute(_READ_BY_VIEW, (oid,)).fetchall()
            todo += [(one, told) for one, told, _ in below]
    return set(read.values())


_READ_BY_VIEW = """
    select distinct d.refobjid, format('%%I.%%I', n.nspname, c.relname), n.nspname::text
    from pg_catalog.pg_rewrite as r
    inner join pg_catalog.pg_depend as d on d.objid = r.oid
        and d.classid = 'pg_catalog.pg_rewrite'::regclass
        and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid <> r.ev_class
    inner join pg_catalog.pg_class as c on c.oid = d.refobjid
        and c.relkind in ('r', 'p', 'v', 'm', 'f')
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where r.ev_class = %s
    order by 2
"""


def _one(connection: Connection, query: str, *values: object) -> bool:
    row = connection.execute(query.encode(), values).fetchone()
    return bool(row and row[0])


# Rows ----------------------------------------------------------------------------------------


def _double_keys(connection: Connection, relation: Relation, schema: str) -> Iterator[Obstacle]:
    for column in relation.columns.values():
        if not column.is_key:
            continue
        name = f"{identifier(schema)}.{relation.name}"
        query = (
            f"select {column.name} from {name} group by {column.name} "
            f"having count(*) > 1 or {column.name} is null"
        )
        try:
            is_double = connection.execute(
                sql.SQL("select exists ({})").format(sql.SQL(query))
            ).fetchone()
        except psycopg.errors.InsufficientPrivilege:
            user = connection.info.user
            yield Obstacle(
                f"{user} may not read {name}", (f"grant select on {name} to {identifier(user)}",)
            )
            continue
        if is_double == (True,):
            yield Obstacle(
                f"{name}.{column.name} is missing in some row, or is there twice; see which:",
                (query,),
                "Each row needs a key of its own, or rows would be counted twice.",
            )
