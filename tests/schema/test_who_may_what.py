"""Grants, roles, policies: who may do what (S05, S09, S10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from psycopg import errors

from database import Connection
from rows import ALICE, BOB, Session, acting_as
from tables import DAY_OF, TABLES, each_table, value, write

# Who may what --------------------------------------------------------------------------------


@each_table
def test_grants_are_exactly_what_the_policies_allow(connection: Connection, table: str) -> None:
    """S05: nothing for PUBLIC and anon; select and insert, and update where it may change."""
    granted = connection.execute(
        """
        select grantee::regrole::text, string_agg(privilege_type, ' ' order by privilege_type)
        from pg_class, aclexplode(relacl)
        where oid = %s::regclass and grantee::regrole::text not in ('postgres', '-')
        group by grantee
        """,
        (f"public.{table}",),
    ).fetchall()
    writes = "INSERT SELECT UPDATE" if table == "log_integration_sessions" else "INSERT SELECT"
    assert dict(granted) == {
        "authenticated": writes,
        "service_role": writes,
        "journey_pipeline": "SELECT",
    }
    row = connection.execute(
        "select relrowsecurity, relforcerowsecurity from pg_class where oid = %s::regclass",
        (f"public.{table}",),
    ).fetchone()
    assert row == (True, False)


def test_default_grants_of_the_platform_do_not_survive(copy_of: Callable[[str], Any]) -> None:
    """S05: where everything is granted by default, the migrations take it back."""
    from checkout import ROOT
    from wellness_journey.database import migrate, settings

    with settings.connect(copy_of("template0"), autocommit=True) as connection:
        for kind in ("tables", "functions"):
            connection.execute(
                f"alter default privileges in schema public grant all on {kind} "
                "to anon, authenticated, service_role".encode()
            )
        migrate.migrate(connection, ROOT / "migrations")
        open_to_anon = connection.execute(
            """
            select oid::regclass::text from pg_class
            where relnamespace = 'public'::regnamespace and relkind = 'r'
                and has_table_privilege('anon', oid, 'select, insert, update, delete, truncate')
            union all
            select oid::regprocedure::text from pg_proc
            where pronamespace = 'public'::regnamespace
                and has_function_privilege('anon', oid, 'execute')
            """
        ).fetchall()
        helpers = connection.execute(
            """
            select oid::regprocedure::text from pg_proc
            where pronamespace = 'public'::regnamespace and proname like 'journey%'
                and (
                    has_function_privilege('authenticated', oid, 'execute')
                    or has_function_privilege('service_role', oid, 'execute')
                )
            """
        ).fetchall()
    assert (open_to_anon, helpers) == ([], [])


@each_table
def test_policies_ask_for_the_caller_once(connection: Connection, table: str) -> None:
    """S09: policies are for authenticated, call auth.uid() once, and have an index to use."""
    policies = connection.execute(
        "select cmd, roles::text, coalesce(qual, with_check) from pg_policies "
        "where tablename = %s and roles <> '{journey_pipeline}' order by cmd",
        (table,),
    ).fetchall()
    commands = ["INSERT", "SELECT"] + ["UPDATE"] * (table == "log_integration_sessions")
    assert [policy[0] for policy in policies] == commands
    for _, roles, expression in policies:
        assert roles == "{authenticated}"
        assert "( SELECT auth.uid() AS uid)" in expression
    leading = connection.execute(
        "select indexdef from pg_indexes where tablename = %s and indexdef like %s",
        (table, "%(practitioner_id,%"),
    ).fetchall()
    assert len(leading) == 1


@each_table
def test_every_foreign_key_and_date_has_an_index(connection: Connection, table: str) -> None:
    """Work order: indexes on foreign keys, patient and date."""
    leading = {
        row[0]
        for row in connection.execute(
            """
            select a.attname
            from pg_index as i
            inner join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
            where i.indrelid = %s::regclass
            """,
            (f"public.{table}",),
        )
    }
    assert leading >= {"session_id", "practitioner_id", "patient_id"}
    assert DAY_OF[table] in leading


# Values --------------------------------------------------------------------------------------


def test_the_pipeline_reads_all_and_writes_nothing(connection: Connection) -> None:
    """S10: the pipeline reads by policies of its own and has no right to write."""
    for number, practitioner in ((1, ALICE), (2, BOB)):
        session = Session(number, practitioner).create(connection)
        for table in TABLES:
            write(connection, table, session)
    with acting_as(connection, "journey_pipeline"):
        for table in (*TABLES, "log_sessions"):
            assert value(connection, f"select count(*) from public.{table}") == 2
            for statement in (
                f"insert into public.{table} default values",
                f"update public.{table} set patient_id = gen_random_uuid()",
                f"delete from public.{table}",
                f"truncate public.{table}",
            ):
                with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                    connection.execute(statement.encode())


@pytest.mark.parametrize(
    ("role", "readable"),
    [
        ("journey_analyst", {"published", "quality"}),
        ("journey_restricted", {"marts", "published", "quality"}),
        ("anon", set()),
        ("authenticated", set()),
        ("service_role", set()),
        (
            "journey_pipeline",
            {"intake", "staging", "intermediate", "marts", "published", "quality"},
        ),
    ],
)
def test_schemas_are_read_by_whom_the_design_says(
    connection: Connection, role: str, readable: set[str]
) -> None:
    """Design: analysts see published and quality, the restricted role marts too."""
    schemas = ("intake", "staging", "intermediate", "marts", "published", "quality")
    found = connection.execute(
        "select s from unnest(%s::text[]) as s where has_schema_privilege(%s, s, 'usage')",
        (list(schemas), role),
    ).fetchall()
    assert {row[0] for row in found} == readable
