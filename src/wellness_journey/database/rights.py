"""Rights that the migrating login lacks, each with the least grant that is enough."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg

from wellness_journey.database.objects import Files
from wellness_journey.database.obstacles import Obstacle, quoted

Connection = psycopg.Connection[Any]

_PIPELINE = "journey_pipeline"
_MADE_ROLE = re.compile(r"comment\s+on\s+role\s+(\w+)", re.I)


def lacking(connection: Connection, files: Files, missing: list[str]) -> Iterator[Obstacle]:
    """What `current_user` may not do that `files` do; `missing`, what prerequisites make first."""
    login, database, is_superuser = _one(
        connection,
        "select current_user::text, current_database()::text, rolsuper "
        "from pg_catalog.pg_roles where rolname = current_user",
    )
    if is_superuser:
        return
    me = quoted(connection, login)
    statements = [one for name, ones in files.items() for one in ones]
    made = [one for statement in statements for one in statement.makes]
    new = {one.name for one in made if one.kind == "schema"}
    there = {row[0] for row in connection.execute("select nspname from pg_catalog.pg_namespace")}

    yield from _to_make_what_is_missing(connection, login, me, missing)
    makes_schema = bool(new - there) or "journey_ledger" not in there
    makes_schema |= "auth" not in there and "table auth.users" in missing
    if makes_schema and not _may(
        connection, "has_database_privilege(current_database(), 'create')"
    ):
        yield Obstacle(
            f"{login} lacks the right CREATE on the database {database}",
            (f"grant create on database {quoted(connection, database)} to {me}",),
        )
    within = {one.schema for one in made if one.kind in ("table", "relation", "function")}
    for schema in sorted(within & there):
        yield from _in_schema(connection, schema, login, me)
    if any(statement.refers_to("auth.users") for statement in statements):
        yield from _to_refer_to_users(connection, login, me)
    yield from _to_make_roles(connection, statements_text(files), login, me)
    ours = {(one.schema, one.name) for one in made if one.kind == "table"}
    changed = {change for statement in statements if (change := statement.changes)}
    if any(statement.refers_to("public.log_sessions") for statement in statements):
        changed.add(("public", "log_sessions"))
    for schema, table in sorted(changed - ours):
        yield from _to_own(connection, schema, table, login, me)
    yield from _to_keep_the_ledger(connection, login, me)


def statements_text(files: Files) -> str:
    """All statements of `files` as one text."""
    return "\n".join(one.text for ones in files.values() for one in ones)


def _to_make_what_is_missing(
    connection: Connection, login: str, me: str, missing: list[str]
) -> Iterator[Obstacle]:
    """The prerequisites make roles, one of which row-level security does not filter."""
    roles = [what for what in missing if what.startswith("role ")]
    if not roles:
        return
    attributes = ["createrole"]
    if "role service_role" in roles:
        attributes.append("bypassrls")
    lacks = [
        attribute
        for attribute, column in (("createrole", "rolcreaterole"), ("bypassrls", "rolbypassrls"))
        if attribute in attributes and not _role_has(connection, column)
    ]
    if "bypassrls" in attributes and connection.info.server_version < 160000:
        yield Obstacle(
            f"{login} may not make {', '.join(roles)}: before PostgreSQL 16 only a superuser may "
            "make a role with BYPASSRLS",
            note="Apply migrations/prerequisites/001_roles.sql once as a superuser, with psql.",
        )
    elif lacks:
        yield Obstacle(
            f"{login} lacks {', '.join(name.upper() for name in lacks)}, which making "
            f"{', '.join(roles)} needs",
            (f"alter role {me} {' '.join(lacks)}",),
        )


def _in_schema(connection: Connection, schema: str, login: str, me: str) -> Iterator[Obstacle]:
    may, owner = _one(
        connection,
        "select has_schema_privilege(oid, 'create') and has_schema_privilege(oid, 'usage'), "
        "pg_catalog.pg_get_userbyid(nspowner) from pg_catalog.pg_namespace where nspname = %s",
        schema,
    )
    if may:
        return
    grant = f"grant usage, create on schema {quoted(connection, schema)} to {me}"
    if owner == _PIPELINE:
        grant = f"grant {_PIPELINE} to {me}"
    yield Obstacle(f"{login} lacks the right CREATE on the schema {schema}", (grant,))


def _to_refer_to_users(connection: Connection, login: str, me: str) -> Iterator[Obstacle]:
    found = connection.execute(
        "select has_schema_privilege(n.oid, 'usage'), "
        "coalesce(has_column_privilege(c.oid, a.attnum, 'references'), true) "
        "from pg_catalog.pg_namespace as n "
        "left join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = 'users' "
        "left join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attname = 'id' "
        "where n.nspname = 'auth'"
    ).fetchone()
    if found is None:
        return
    if not found[0]:
        yield Obstacle(
            f"{login} lacks the right USAGE on the schema auth",
            (f"grant usage on schema auth to {me}",),
        )
    if not found[1]:
        yield Obstacle(
            f"{login} lacks the right REFERENCES on auth.users",
            (f"grant references on auth.users to {me}",),
        )


def _to_make_roles(connection: Connection, text: str, login: str, me: str) -> Iterator[Obstacle]:
    roles = _MADE_ROLE.findall(text)
    if not roles:
        return
    if not _role_has(connection, "rolcreaterole"):
        yield Obstacle(f"{login} lacks the attribute CREATEROLE", (f"alter role {me} createrole",))
    if connection.info.server_version < 160000:
        return
    # They belong to the server: another database may have made them.
    for (role,) in connection.execute(
        "select rolname::text from pg_catalog.pg_roles where rolname = any(%s) "
        "and not pg_has_role(current_user, oid, 'member with admin option') order by 1",
        (roles,),
    ).fetchall():
        yield Obstacle(
            f"{login} is no member of {role} WITH ADMIN OPTION",
            (f"grant {role} to {me} with admin option",),
        )


def _to_own(
    connection: Connection, schema: str, table: str, login: str, me: str
) -> Iterator[Obstacle]:
    found = connection.execute(
        "select pg_has_role(current_user, c.relowner, 'usage'), "
        "pg_catalog.pg_get_userbyid(c.relowner) from pg_catalog.pg_class as c "
        "inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace "
        "where n.nspname = %s and c.relname = %s",
        (schema, table),
    ).fetchone()
    if found is None or found[0]:
        return
    owner = found[1]
    if owner == _PIPELINE:
        yield Obstacle(
            f"{schema}.{table} belongs to {owner}, and {login} is no member of it",
            (f"grant {_PIPELINE} to {me}",),
        )
    else:
        yield Obstacle(
            f"{schema}.{table} belongs to {owner}, and {login} is not its owner",
            (f"alter table {quoted(connection, schema, table)} owner to {me}",),
            f"Connect as {owner} (PGUSER), or give it the table:",
        )


def _to_keep_the_ledger(connection: Connection, login: str, me: str) -> Iterator[Obstacle]:
    found = connection.execute(
        "select pg_catalog.pg_get_userbyid(n.nspowner), "
        "has_schema_privilege(n.oid, 'usage'), c.oid is null, "
        "case when c.oid is null then has_schema_privilege(n.oid, 'create') "
        "else has_table_privilege(c.oid, 'insert') and has_table_privilege(c.oid, 'select') end "
        "from pg_catalog.pg_namespace as n "
        "left join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = 'migrations' "
        "where n.nspname = 'journey_ledger'"
    ).fetchone()
    if found is None or (found[1] and found[3]):
        return
    yield Obstacle(
        f"{login} may not write journey_ledger, the ledger of migrations of {found[0]}",
        note=f"Connect as {found[0]} (PGUSER), the role that migrated this database.",
    )


def _role_has(connection: Connection, column: str) -> bool:
    query = f"select {column} from pg_catalog.pg_roles where rolname = current_user"  # noqa: S608 - our names
    return bool(_one(connection, query)[0])


def _may(connection: Connection, question: str) -> bool:
    return bool(_one(connection, f"select {question}")[0])


def _one(connection: Connection, query: str, *values: str) -> tuple[Any, ...]:
    row = connection.execute(query.encode(), values).fetchone()
    if row is None:
        raise LookupError(query)
    return tuple(row)
