"""Objects of others that have the names of those that pending migrations make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from wellness_journey.database.obstacles import Obstacle, quoted
from wellness_journey.database.statements import Made, Statement

Connection = psycopg.Connection[Any]
Files = dict[str, list[Statement]]

# What `do` blocks make, which no parser sees; tests/database/test_objects.py compares this and the
# rest with a database's catalogue.
BY_BLOCKS: dict[str, tuple[Made, ...]] = {
    "prerequisites/002_auth.sql": (
        Made("table", "auth", "users"),
        Made("relation", "auth", "users_pkey"),
    ),
    "prerequisites/003_log_sessions.sql": (
        Made("table", "public", "log_sessions"),
        Made("relation", "public", "log_sessions_pkey"),
        Made("relation", "public", "idx_sessions_practitioner_id"),
        Made("relation", "public", "idx_sessions_patient_id"),
    ),
    "052_add_intake.sql": tuple(
        Made("trigger", "public", f"note_{event}", table)
        for event in ("insert", "update", "delete")
        for table in (
            "log_sessions",
            "log_integration_sessions",
            "log_behavioral_changes",
            "log_pulse_checks",
        )
    ),
}
_KINDS = {
    "r": "table",
    "p": "table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
    "S": "sequence",
    "i": "index",
    "I": "index",
    "c": "type",
}
_ROUTINES = {"p": "procedure", "a": "aggregate"}
_LONGEST_NAME = 63


def in_the_way(connection: Connection, files: Files) -> list[Obstacle]:
    """What has a name that one of `files`, the pending ones, needs; nothing of what they share.

    A file whose objects are all there was applied by hand: moving them would take the database
    apart.
    """
    made = {name: list(makes(connection, name, statements)) for name, statements in files.items()}
    found = {
        name: [(one, there) for one in ones for there in _there(connection, one)]
        for name, ones in made.items()
    }
    by_hand = [
        name
        for name, ones in made.items()
        if {one for one, _ in found[name]} == set(ones)
        and any(one.kind in ("table", "function") for one in ones)
    ]
    if by_hand:
        return [
            Obstacle(
                f"{', '.join(by_hand)}: all that these files make is in this database, "
                "but its ledger does not have them",
                note="They were applied by hand, for example in an SQL editor. Apply later "
                "files in the same way: `journey migrate` cannot go on from there.",
            )
        ]
    tables = {(one.schema, one.name) for ones in made.values() for one in ones}
    schemas = {
        one.name
        for ones in found.values()
        for one, (_, move) in ones
        if one.kind == "schema" and move
    }
    obstacles = []
    for name, ones in found.items():
        for one, (what, move) in ones:
            on_ours = one.kind in ("trigger", "policy") and (one.schema, one.detail) in tables
            # With its schema or table it moves too; a schema of the right owner is used as it is.
            if move and not on_ours and one.schema not in schemas:
                obstacles.append(
                    Obstacle(f"{what} is already there, and {name} makes one", (move,))
                )
    return obstacles


def makes(connection: Connection, name: str, statements: Sequence[Statement]) -> Iterator[Made]:
    """What the file makes in this database."""
    for one in BY_BLOCKS.get(name, ()):
        # Prerequisites make a table only where there is none.
        made_if_missing = one.kind == "table" and name.startswith("prerequisites/")
        if made_if_missing and is_there(connection, one.schema, one.name):
            return
        yield one
    for statement in statements:
        yield from statement.makes


def is_there(connection: Connection, schema: str, table: str) -> bool:
    """Whether there is a relation of that name, whether or not we may use its schema."""
    return _relation(connection, schema, table) is not None


def _free_name(connection: Connection, query: str, name: str, **where: str) -> str:
    """`old_` and the name, perhaps with a number: one that `query` does not find."""
    for number in range(1, 100):
        ending = "" if number == 1 else f"_{number}"
        new = f"old_{name}"[: _LONGEST_NAME - len(ending)] + ending
        if connection.execute(query.encode(), {**where, "name": new}).fetchone() is None:
            return new
    raise AssertionError("a hundred names are taken")


def moved_relation(connection: Connection, schema: str, name: str, relkind: str) -> str:
    """The statement that gives a relation another name."""
    new = _free_name(connection, _NAMED, name, schema=schema)
    old = quoted(connection, schema, name)
    return f"alter {_KINDS[relkind]} {old} rename to {quoted(connection, new)}"


def kind_of(relkind: str) -> str:
    """What a relation is, in words."""
    return _KINDS[relkind]


def _there(connection: Connection, made: Made) -> list[tuple[str, str]]:
    """What has that name, and the statement that moves it; no statement if it may stay."""
    found = None
    match made.kind:
        case "function":
            return _functions(connection, made)
        case "schema":
            found = _schema(connection, made)
        case "trigger" | "policy":
            found = _on_table(connection, made)
        case _:
            relkind = _relation(connection, made.schema, made.name)
            if relkind:
                what = f"the {kind_of(relkind)} {made.schema}.{made.name}"
                found = what, moved_relation(connection, made.schema, made.name, relkind)
            elif made.kind == "table":
                found = _type(connection, made)
    return [found] if found else []


def _relation(connection: Connection, schema: str, name: str) -> str | None:
    row = connection.execute(
        "select c.relkind::text from pg_catalog.pg_class as c "
        "inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace "
        "where n.nspname = %s and c.relname = %s",
        (schema, name),
    ).fetchone()
    return row[0] if row else None


def _type(connection: Connection, made: Made) -> tuple[str, str] | None:
    """A table needs its name as a type too. PostgreSQL renames array types out of the way."""
    row = connection.execute(
        "select t.typtype::text from pg_catalog.pg_type as t "
        "inner join pg_catalog.pg_namespace as n on n.oid = t.typnamespace "
        "where n.nspname = %s and t.typname = %s and t.typcategory <> 'A'",
        (made.schema, made.name),
    ).fetchone()
    if not row:
        return None
    new = _free_name(connection, _NAMED, made.name, schema=made.schema)
    kind = "domain" if row[0] == "d" else "type"
    name = quoted(connection, made.schema, made.name)
    return (
        f"the type {made.schema}.{made.name}",
        f"alter {kind} {name} rename to {quoted(connection, new)}",
    )


def _functions(connection: Connection, made: Made) -> list[tuple[str, str]]:
    """Those of that name and these arguments, or with more that have defaults: a call would be
    ambiguous."""
    types = [one for one in made.detail.split(", ") if one]
    rows = connection.execute(
        """
        select p.prokind::text, pg_catalog.oidvectortypes(p.proargtypes)
        from pg_catalog.pg_proc as p
        inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
        cross join lateral (
            select array(
                select pg_catalog.format_type(argument.type, null)
                from unnest(p.proargtypes) with ordinality as argument (type, number)
                where argument.number <= %(count)s
                order by argument.number
            ) as first_types
        ) as argument
        where n.nspname = %(schema)s and p.proname = %(name)s
            and argument.first_types = %(types)s::text[]
            and p.pronargs - p.pronargdefaults <= %(count)s
        order by p.pronargs, p.oid
        """,
        {"schema": made.schema, "name": made.name, "types": types, "count": len(types)},
    ).fetchall()
    found = []
    new = _free_name(connection, _ROUTINE_NAMED, made.name, schema=made.schema) if rows else ""
    for prokind, arguments in rows:
        kind = _ROUTINES.get(prokind, "function")
        name = f"{quoted(connection, made.schema, made.name)}({arguments})"
        what = f"the {kind} {made.schema}.{made.name}({arguments})"
        found.append((what, f"alter {kind} {name} rename to {quoted(connection, new)}"))
    return found


def _on_table(connection: Connection, made: Made) -> tuple[str, str] | None:
    catalogue, name, table = {
        "trigger": ("pg_trigger", "tgname", "tgrelid"),
        "policy": ("pg_policy", "polname", "polrelid"),
    }[made.kind]
    query = f"""
        select from pg_catalog.{catalogue} as one
        inner join pg_catalog.pg_class as c on c.oid = one.{table}
        inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = %(schema)s and c.relname = %(table)s and one.{name} = %(name)s
    """
    where = {"schema": made.schema, "table": made.detail}
    if connection.execute(query.encode(), {**where, "name": made.name}).fetchone() is None:
        return None
    new = _free_name(connection, query, made.name, **where)
    on = f"{quoted(connection, made.name)} on {quoted(connection, made.schema, made.detail)}"
    return f"the {made}", f"alter {made.kind} {on} rename to {quoted(connection, new)}"


def _schema(connection: Connection, made: Made) -> tuple[str, str] | None:
    row = connection.execute(
        "select pg_catalog.pg_get_userbyid(nspowner) from pg_catalog.pg_namespace "
        "where nspname = %s",
        (made.name,),
    ).fetchone()
    if not row:
        return None
    if made.owner == row[0]:
        return f"the {made}", ""
    return f"the {made} of {row[0]}", moved_schema(connection, made.name)


def moved_schema(connection: Connection, name: str) -> str:
    """The statement that gives a schema another name."""
    new = _free_name(connection, _SCHEMA_NAMED, name)
    return f"alter schema {quoted(connection, name)} rename to {quoted(connection, new)}"


_NAMED = """
    select from pg_catalog.pg_namespace as n
    where n.nspname = %(schema)s and (
        exists (select from pg_catalog.pg_class where relnamespace = n.oid and relname = %(name)s)
        or exists (
            select from pg_catalog.pg_type where typnamespace = n.oid and typname = %(name)s
        )
    )
"""
_ROUTINE_NAMED = """
    select from pg_catalog.pg_proc as p
    inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = %(schema)s and p.proname = %(name)s
"""
_SCHEMA_NAMED = "select from pg_catalog.pg_namespace where nspname = %(name)s"
