"""Rights that were granted by hand: a build takes them back, never stopped by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from database import Connection
from increments import run
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target

# Of capitals, a hyphen and a quotation mark; and one that differs from ours by its capitals alone.
ODD = ('"Jane-O""Hara"', '"JOURNEY_RESTRICTED"')
TABLES = ("marts.dim_sessions", "published.rpt_review_flags", "intermediate.int_session_weeks")
ACL = """
    select c.oid::regclass::text, array_agg(concat_ws(' ', grantee, privilege, grantable)
        order by grantee)
    from pg_class as c
    left join lateral (
        select grantee::regrole::text as grantee, privilege_type as privilege,
            is_grantable as grantable
        from (
            select (aclexplode(c.relacl)).*
            union all
            select (aclexplode(attacl)).* from pg_attribute where attrelid = c.oid
        ) as held
        where grantee <> c.relowner
    ) as held on true
    where c.oid = any(%s::regclass[])
    group by 1
"""


@pytest.fixture
def target(built: str, own_copy_of: Callable[[str], Target]) -> Target:
    """A small cohort, built."""
    return own_copy_of(built)


@pytest.fixture
def roles(database: Connection) -> Iterator[tuple[str, ...]]:
    """Roles that are gone at the end."""
    names = (*ODD, "passes_on", "is_dropped")
    for name in names:
        database.execute(f"create role {name}".encode())
    yield names
    for name in names:
        if database.execute("select to_regrole(%s)", (name,)).fetchone() != (None,):
            database.execute(f"drop owned by {name}".encode())
            database.execute(f"drop role {name}".encode())


def rights(database: Connection) -> dict[str, list[str]]:
    return dict(database.execute(ACL.encode(), (list(TABLES),)).fetchall())


@pytest.mark.parametrize("arguments", [(), ("--full-refresh",)], ids=["kept", "made anew"])
def test_a_build_takes_back_what_was_granted(
    target: Target, database: Connection, roles: tuple[str, ...], arguments: tuple[str, ...]
) -> None:
    """To everyone, to roles of any name, to a column, with the option to grant it on and what that
    role then granted, to a role that was dropped since, by default privileges: no build stops, and
    after it each table has the rights that its model names."""
    before = rights(database)
    assert any("journey_restricted SELECT f" in found for found in before["marts.dim_sessions"])
    schemas = "marts, published, intermediate, staging"
    database.execute(f"grant usage on schema {schemas} to passes_on".encode())
    views = "staging.stg_sessions"
    for table in (*TABLES, views, "marts.ref_instruments"):
        database.execute(
            f"""
            grant select on {table} to public, {ODD[0]}, {ODD[1]}, is_dropped;
            grant select, insert on {table} to passes_on with grant option;
            grant select on {table} to journey_analyst with grant option;
            set role passes_on;
            grant select on {table} to public;
            grant insert on {table} to {ODD[0]};
            reset role;
            """.encode()
        )
    database.execute(
        f"""
        grant select (patient_id) on {TABLES[0]} to public;
        grant update (session_id) on {TABLES[0]} to {ODD[0]} with grant option;
        drop owned by is_dropped;
        drop role is_dropped;
        alter default privileges for role journey_pipeline grant select on tables to public;
        """.encode()
    )
    assert all("- SELECT f" in found for found in rights(database).values())
    assert run(target, SEED_AS_OF, *arguments).not_built == ()
    assert rights(database) == before
