"""What a whole database is, as text that two databases can be compared by."""

from __future__ import annotations

import re
from typing import Any

from wellness_journey.database import settings
from wellness_journey.database.settings import Target

OPERATIONAL = (
    "auth.users",
    "public.log_sessions",
    "public.log_integration_sessions",
    "public.log_behavioral_changes",
    "public.log_pulse_checks",
    "public.log_journey_ends",
)
OURS = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
# Everything that must come back, as text, owners and grantees by name.
CATALOGUE = {
    "schemas": f"""
        select nspname, nspowner::regrole::text, {{acl(nspacl, 'n', nspowner)}}
        from pg_namespace as n where {OURS}
        """,
    "tables": f"""
        select c.oid::regclass::text, relkind, relowner::regrole::text, relrowsecurity,
            relforcerowsecurity, relpersistence, reloptions, {{acl(relacl, 'r', relowner)}}
        from pg_class as c inner join pg_namespace as n on n.oid = relnamespace where {OURS}
        """,
    "columns": f"""
        select attrelid::regclass::text, attnum, attname, format_type(atttypid, atttypmod),
            attnotnull, pg_get_expr(adbin, adrelid), attacl::text
        from pg_attribute inner join pg_class as c on c.oid = attrelid
        inner join pg_namespace as n on n.oid = relnamespace
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where attnum > 0 and not attisdropped and {OURS}
        """,
    "constraints": f"""
        select conrelid::regclass::text, conname, convalidated, pg_get_constraintdef(o.oid)
        from pg_constraint as o inner join pg_namespace as n on n.oid = connamespace where {OURS}
        """,
    "indexes": f"select schemaname, indexdef from pg_indexes, pg_namespace n "
    f"where n.nspname = schemaname and {OURS}",
    "triggers": """
        select tgrelid::regclass::text, tgname, tgenabled::text, pg_get_triggerdef(oid)
        from pg_trigger where not tgisinternal
        """,
    "policies": "select * from pg_policies",
    "functions": f"""
        select p.oid::regprocedure::text, proowner::regrole::text, pg_get_functiondef(p.oid),
            {{acl(proacl, 'f', proowner)}}
        from pg_proc as p inner join pg_namespace as n on n.oid = pronamespace where {OURS}
        """,
    # A view's text comes back with a cast more or less: `in` over varchar.
    "views": f"""
        select schemaname, viewname, viewowner,
            regexp_replace(definition, '::(character varying|text)(\\[\\])?|[()]', '', 'g')
        from pg_views inner join pg_namespace as n on n.nspname = schemaname where {OURS}
        """,
    "default grants": """
        select defaclrole::regrole::text, defaclobjtype, defaclacl::text from pg_default_acl
        """,
    "comments": f"""
        select i.type, i.identity, d.description
        from pg_description as d, pg_identify_object(d.classoid, d.objoid, d.objsubid) as i
        left join pg_namespace as n on n.nspname = i.schema
        where {OURS}
        """,
}


def catalogue(target: Target) -> dict[str, list[tuple[Any, ...]]]:
    """What the database is, without its rows; grants in one order."""

    def acl(match: re.Match[str]) -> str:
        # No grant written down and the default written down are one thing.
        column, kind, owner = match[1].split(", ")
        default = f"coalesce({column}, acldefault({kind}, {owner}))"
        return f'array(select unnest({default})::text collate "C" order by 1)'

    found = {}
    with settings.connect(target) as connection:
        for name, query in CATALOGUE.items():
            query = re.sub(r"\{acl\((.+?)\)\}", acl, query)
            rows = connection.execute(query.encode()).fetchall()
            found[name] = sorted(rows, key=repr)
    return found


def rows(target: Target, tables: tuple[str, ...] = ()) -> dict[str, list[Any]]:
    """All rows of `tables`, or of all that there are, as text, in one order."""
    with settings.connect(target) as connection:
        connection.execute("set timezone = 'UTC'")
        names = tables or [
            row[0]
            for row in connection.execute(
                "select c.oid::regclass::text from pg_class as c "
                f"inner join pg_namespace as n on n.oid = relnamespace "
                f"where relkind = 'r' and {OURS}".encode()
            )
        ]
        return {
            name: connection.execute(
                f'select t::text from {name} as t order by t::text collate "C"'.encode()
            ).fetchall()
            for name in names
        }
