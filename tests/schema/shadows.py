"""Shadows of every name that our functions use, as a caller could make them before the first call.

Each is a trap: whoever is made to run it is told to the client as a notice, which no rollback
takes back.
"""

from __future__ import annotations

import re
from contextlib import suppress

import psycopg

from database import Connection

KINDS = ("relations", "types", "functions", "operators")
# Two places: one that PostgreSQL searches unasked for relations and types, and one of the
# caller's own, in case that somebody lets callers make schemas.
SCHEMAS = ("pg_temp", "hostile")
_OURS = """
    select prosrc from pg_catalog.pg_proc
    where pronamespace = any('{public, auth, quality, intake}'::regnamespace[])
"""
# Spelled by the grammar, not looked up; shadowed all the same.
_ALIASES = {"integer": "int4", "bigint": "int8", "boolean": "bool", "decimal": "numeric"}
_TYPES = [
    *("date", "timestamp", "timestamptz", "interval", "int4", "int8", "numeric", "bool"),
    *("text", "varchar", "name", "uuid", "oid", "jsonb"),
]
_TRAP = """
create function {schema}.trap(p_through pg_catalog.text) returns pg_catalog.bool
language plpgsql as $$
begin
    raise notice 'trapped % through %', current_user, p_through;
    return true;
end $$;
"""
# What cannot be made (an argument of type "any", say) is left out; a test looks what is missing.
_MAKE = {
    "relations": """
        select format(
            'create {temporary} view {view} as select *, {schema}.trap(%%L) as trap from %%s; '
            'grant select on {view} to public',
            c.relname, c.relname, c.oid::regclass, c.relname
        )
        from pg_class as c
        where c.relkind in ('r', 'v') and c.relname = any(%(words)s)
            and c.relnamespace in ('pg_catalog'::regnamespace, 'public'::regnamespace)
    """,
    "types": """
        select format(
            'create domain {schema}.%%I as pg_catalog.%%I check ({schema}.trap(%%L))',
            t.typname, t.typname, t.typname
        )
        from pg_type as t
        where t.typname = any(%(words)s::text[] || %(types)s::text[])
            and t.typnamespace = 'pg_catalog'::regnamespace and t.typtype = 'b'
    """,
    "functions": """
        select format(
            'create function {schema}.%%I(%%s) returns %%s%%s language plpgsql as '
            '$$ begin perform {schema}.trap(%%L); return%%s; end $$',
            p.proname,
            replace(oidvectortypes(p.proargtypes), '"any"', 'anyelement'),
            case when p.proretset then 'setof ' end,
            format_type(p.prorettype, null),
            p.proname,
            case when not p.proretset then ' null' end
        )
        from pg_proc as p
        where p.proname = any(%(words)s) and p.pronamespace = 'pg_catalog'::regnamespace
    """,
    "operators": """
        select format(
            'create function {schema}.operator_%%s(%%s, %%s) returns %%s language plpgsql as '
            '$$ begin perform {schema}.trap(%%L); return null; end $$; '
            'create operator {schema}.%%s '
            '(leftarg = %%s, rightarg = %%s, function = {schema}.operator_%%s)',
            o.oid, format_type(o.oprleft, null), format_type(o.oprright, null),
            format_type(o.oprresult, null), o.oprname, o.oprname,
            format_type(o.oprleft, null), format_type(o.oprright, null), o.oid
        )
        from pg_operator as o
        inner join pg_type as l on l.oid = o.oprleft and l.typname = any(%(types)s)
        inner join pg_type as r on r.oid = o.oprright and r.typname = any(%(types)s)
        where o.oprname = any(%(words)s)
    """,
}
_FOUND = {
    "relations": """
        select c.relname from pg_class as c
        where c.relkind in ('r', 'v') and c.relname = any(%(words)s)
            and c.relnamespace = any(%(places)s::regnamespace[])
    """,
    "types": """
        select t.typname from pg_type as t
        where t.typname = any(%(words)s) and t.typtype in ('b', 'd')
            and t.typnamespace = any(%(places)s::regnamespace[])
    """,
    "functions": """
        select p.proname from pg_proc as p
        where p.proname = any(%(words)s) and p.pronamespace = any(%(places)s::regnamespace[])
    """,
    "operators": """
        select o.oprname from pg_operator as o
        where o.oprname = any(%(words)s) and o.oprnamespace = any(%(places)s::regnamespace[])
    """,
}


def words(connection: Connection) -> list[str]:
    """Every word and run of operator characters in the bodies of our functions."""
    bodies = "\n".join(row[0] for row in connection.execute(_OURS).fetchall())
    bodies = re.sub(r"--.*|'[^']*'", "", bodies)
    found = set(re.findall(r"[a-z_][a-z0-9_]*|[-+*/<>=~!@#%^&|`?]+", bodies))
    return sorted(found | {_ALIASES[word] for word in found & _ALIASES.keys()})


def names(connection: Connection, kind: str, *places: str) -> set[str]:
    """Those of our functions' words that are the name of something of this kind in `places`."""
    arguments = {"words": words(connection), "places": list(places)}
    return {row[0] for row in connection.execute(_FOUND[kind].encode(), arguments).fetchall()}


def make(connection: Connection, kind: str) -> None:
    """As the caller: shadows of this kind, in the temporary schema and in its own."""
    arguments = {"words": words(connection), "types": _TYPES}
    for schema in SCHEMAS:
        connection.execute(_TRAP.format(schema=schema).encode())
        is_temporary = schema == "pg_temp"
        query = _MAKE[kind].format(
            schema=schema,
            temporary="temporary" if is_temporary else "",
            view="%%I" if is_temporary else f"{schema}.%%I",
        )
        for (order,) in connection.execute(query.encode(), arguments).fetchall():
            with suppress(psycopg.Error), connection.transaction():
                connection.execute(order.encode())
