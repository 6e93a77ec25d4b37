"""Objects of others under the names of ours: found before anything is applied, moved as told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from checkout import ROOT
from database import Connection
from told import MIGRATIONS, migrated, refused, run, statements
from wellness_journey.database import migrate, objects, settings
from wellness_journey.database.settings import Target
from wellness_journey.database.statements import Made, Statement, split

CASE = ROOT.parent / "shared" / "cases" / "same_names_other_shape.sql"


@pytest.fixture
def empty(copy_of: Callable[[str], Target]) -> Iterator[Connection]:
    """A database with nothing in it."""
    with settings.connect(copy_of("template0"), autocommit=True) as connection:
        yield connection


def made(connection: Connection) -> dict[str, list[Made]]:
    """What each file makes in that database."""
    return {
        one.name: list(objects.makes(connection, one.name, split(one.text)))
        for one in migrate.migrations(MIGRATIONS)
    }


# What migrations make -------------------------------------------------------------------------


def test_what_the_files_make_is_what_the_catalogue_has(
    empty: Connection, database: Connection
) -> None:
    """Each table, index, function, trigger, policy and schema is known, and no other."""
    known = {
        (one.kind.replace("table", "relation"), one.schema, one.name, one.detail)
        for ones in made(empty).values()
        for one in ones
    }
    found = database.execute(
        """
        with ours as (
            select oid, nspname::text as name from pg_namespace
            where nspname !~ '^pg_' and nspname not in ('information_schema', 'journey_ledger')
        ),
        tables as (
            select c.oid, ours.name as schema, c.relname::text as name
            from pg_class as c inner join ours on ours.oid = c.relnamespace
            where c.relkind not in ('t', 'c')
        )
        select 'relation', schema, name, '' from tables
        union all
        select 'schema', '', name, '' from ours where name not in ('public', 'auth')
        union all
        select 'function', ours.name, p.proname, (
            select coalesce(string_agg(format_type(a.type, null), ', ' order by a.number), '')
            from unnest(p.proargtypes) with ordinality as a (type, number)
        )
        from pg_proc as p inner join ours on ours.oid = p.pronamespace
        where p.oid <> 'auth.uid()'::regprocedure
        union all
        select 'trigger', tables.schema, t.tgname, tables.name
        from pg_trigger as t inner join tables on tables.oid = t.tgrelid where not t.tgisinternal
        union all
        select 'policy', tables.schema, p.polname, tables.name
        from pg_policy as p inner join tables on tables.oid = p.polrelid
        where p.polname not like 'Users can % own sessions'
        """
    ).fetchall()
    assert known == set(found)


def test_statements_end_where_postgresql_ends_them() -> None:
    """A semicolon within quotes, a comment, `$$` or another tag is none; lines are the file's."""
    text = (
        "-- one; two\nselect ';', E'\\';', $a$;$$;$a$;\n\n-- it's\n"
        "do $$\nbegin\n    null;\nend\n$$;\n"
        "comment on table public.\"a;b\" is 'c'; select 1\n-- the end;\n"
    )
    assert [(one.line, one.head) for one in split(text)] == [
        (2, "select ';', E'\\';', $a$;$$;$a$;"),
        (5, "do $$"),
        (10, "comment on table public.\"a;b\" is 'c';"),
        (10, "select 1"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("create table public.x (a int constraint k primary key)", ["public.x", "public.k"]),
        ("create unique index i on only public.x (a)", ["public.i"]),
        ("create function public.f(a int, out b numeric(5, 2)) returns int", None),
        ('create policy "Who may; see" on public.x', ["policy Who may; see on public.x"]),
        (
            "create function public.f(a integer default f(1, 2), b text) ",
            ["public.f(integer, text)"],
        ),
        ("create table public.x as select 'create table public.y ('", ["public.x"]),
        ("alter table public.x drop constraint k, add constraint k primary key (a)", []),
        ("alter table public.x add constraint k unique (a)", ["public.k"]),
        ("create or replace function public.f() returns int", []),
        ("create schema if not exists s authorization o", ["schema s"]),
        ("drop table public.x", []),
    ],
)
def test_what_a_statement_makes(text: str, expected: list[str] | None) -> None:
    """By the names that must be free; what is replaced or dropped needs none."""
    found = [str(one) for one in Statement(text).makes]
    assert found == (["public.f(int, numeric(5, 2))"] if expected is None else expected)


# What is in the way ---------------------------------------------------------------------------


def taken(one: Made) -> str:
    """SQL that makes another object under that name."""
    if one.kind == "table":
        return f"create table {one.schema}.{one.name} (old integer)"
    if one.kind == "relation":
        kinds = ("create sequence {0}.{1}", "create view {0}.{1} as select 1 as old")
        kinds += ("create materialized view {0}.{1} as select 1 as old",)
        return kinds[len(one.name) % 3].format(one.schema, one.name)
    if one.kind == "function":
        return (
            f"create function {one.schema}.{one.name}({one.detail}) returns integer "
            "language sql as 'select 1'"
        )
    if one.kind == "trigger":
        return (
            f"create trigger {one.name} before insert on {one.schema}.{one.detail} "
            "for each row execute function public.old_trigger()"
        )
    if one.kind == "policy":
        return f'create policy "{one.name}" on {one.schema}.{one.detail} using (true)'
    return f"create schema {one.name}"


@pytest.mark.parametrize("left_out", [0, -1])
def test_every_name_that_is_taken_is_freed_as_told(empty: Connection, left_out: int) -> None:
    """All are listed at once; after exactly these statements the migration goes through."""
    run(
        empty,
        ["create function public.old_trigger() returns trigger language plpgsql as 'begin end'"],
    )
    for path in sorted((MIGRATIONS / "prerequisites").glob("*.sql")):
        empty.execute(path.read_bytes())
    # The server's, so other tests may have made it.
    if empty.execute("select to_regrole('journey_pipeline')").fetchone() == (None,):
        empty.execute("create role journey_pipeline nologin noinherit")
    # A schema of the pipeline is used as it is; what is in it is in the way.
    run(empty, ["create schema quality authorization journey_pipeline"])
    every = made(empty)
    ours = {(one.schema, one.name) for ones in every.values() for one in ones}
    some = [
        one
        for ones in every.values()
        # A file all of whose objects are there was applied by hand.
        for one in ones
        if one not in ones[left_out:][:1]
        and (one.schema, one.detail) not in ours
        and "intake" not in (one.name, one.schema)
    ]
    some = [one for one in some if one.name != "quality"]
    run(empty, map(taken, some))
    moves = statements(refused(empty))
    assert len(moves) == len(some) > 40
    run(empty, moves)
    migrated(empty)


def test_a_schema_in_the_way_moves_with_all_that_is_in_it(empty: Connection) -> None:
    """One statement for the schema, none for its tables."""
    run(empty, ["create schema intake", "create table intake.touched_sessions (old integer)"])
    message = refused(empty)
    assert "the schema intake of postgres is already there, and 052_add_intake.sql" in message
    assert statements(message) == ["alter schema intake rename to old_intake"]
    run(empty, statements(message))
    migrated(empty)


def test_a_schema_of_somebody_else_is_not_built_into(empty: Connection) -> None:
    """Where a schema such as marts belongs to another owner, nothing is built into it."""
    run(empty, ["create schema marts"])
    message = refused(empty)
    assert "the schema marts of postgres is already there" in message
    assert statements(message) == ["alter schema marts rename to old_marts"]


def test_an_application_with_such_tables_is_told_all_at_once(empty: Connection) -> None:
    """Table, the index that keeps its name, and function; nothing is left behind by a refusal."""
    if not CASE.exists():
        pytest.skip(f"NO CASE: {CASE} is not there")
    empty.execute(CASE.read_bytes())
    told = statements(refused(empty))
    assert [one.split(" rename to ")[0] for one in told] == [
        "alter table public.log_pulse_checks",
        "alter index public.log_pulse_checks_pkey",
        "alter function public.calculate_compliance_score(uuid, integer)",
    ]
    run(empty, told)
    migrated(empty)


def test_a_new_name_is_free(empty: Connection) -> None:
    """What was moved away once does not stop the next move, and names have at most 63 bytes."""
    long = "old_" + "x" * 59
    run(
        empty,
        [
            "create table public.log_pulse_checks (id integer)",
            "create view public.old_log_pulse_checks as select 1 as id",
            "create type public.old_log_pulse_checks_2 as enum ()",
            "create type public.log_behavioral_changes as enum ()",
            "create domain public.log_integration_sessions as integer",
            f"create table public.{long} (id integer)",
        ],
    )
    told = statements(refused(empty))
    assert told == [
        "alter domain public.log_integration_sessions rename to old_log_integration_sessions",
        "alter type public.log_behavioral_changes rename to old_log_behavioral_changes",
        "alter table public.log_pulse_checks rename to old_log_pulse_checks_3",
    ]
    run(empty, told)
    migrated(empty)


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (
            "create procedure public.{0}(uuid) language sql as ''",
            "alter procedure public.{0}(uuid)",
        ),
        (
            "create aggregate public.{0}(uuid) (sfunc = public.step, stype = uuid[])",
            "alter aggregate public.{0}(uuid)",
        ),
        (
            "create function public.{0}(uuid, integer) returns integer language sql as 'select 1'",
            None,
        ),
        (
            "create function public.{0}(uuid, integer default 3) returns integer "
            "language sql as 'select 1'",
            "alter function public.{0}(uuid, integer)",
        ),
    ],
)
def test_functions_are_known_by_their_arguments(
    empty: Connection, before: str, told: str | None
) -> None:
    """One with other arguments is not in the way, unless a call could mean it by its defaults; a
    procedure is moved as one."""
    name = "get_integration_milestones"
    step = "create function public.step(uuid[], uuid) returns uuid[] language sql as 'select $1'"
    run(empty, [step, before.format(name)])
    if told is None:
        migrated(empty)
        return
    found = statements(refused(empty))
    assert found == [f"{told.format(name)} rename to old_{name}"]
    run(empty, found)
    migrated(empty)


def test_what_was_applied_by_hand_is_not_taken_apart(empty: Connection) -> None:
    """An SQL editor keeps no ledger: the tables in use are recognised, and nobody is told to
    move them."""
    for one in migrate.migrations(MIGRATIONS):
        empty.execute(one.text.encode())
    message = refused(empty)
    assert "044_add_integration_sessions.sql, 045_add_behavioral_changes.sql" in message
    assert "its ledger does not have them" in message
    assert statements(message) == []


def test_a_ledger_of_another_shape_is_moved(empty: Connection) -> None:
    """A schema journey_ledger of another tool's migrations."""
    run(empty, ["create schema journey_ledger", "create table journey_ledger.migrations (id text)"])
    message = refused(empty)
    assert "journey_ledger.migrations" in message
    assert statements(message) == ["alter schema journey_ledger rename to old_journey_ledger"]
    run(empty, statements(message))
    migrated(empty)
