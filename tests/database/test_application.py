"""The application's tables as they are found, before anything is applied to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from checkout import ROOT
from database import Connection
from told import MIGRATIONS, SUPABASE, migrated, refused, run, statements
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

CASE = ROOT.parent / "shared" / "cases" / "session_table_view.sql"
COLUMNS = {
    "session_id": "uuid primary key",
    "practitioner_id": "uuid",
    "patient_id": "uuid",
    "session_date": "date",
    "created_at": "timestamptz",
}
ROW = "'{0}', '{0}', '{0}', '2025-03-01', '2025-03-01 10:00:00+00'".format(
    "00000000-0000-4000-8000-000000000001"
)


@pytest.fixture
def supabase(copy_of: Callable[[str], Target]) -> Iterator[Connection]:
    """A database with roles and auth, whose application has no log_sessions yet."""
    with settings.connect(copy_of("template0"), autocommit=True) as connection:
        for text in SUPABASE:
            connection.execute(text)
        yield connection


def listed(**changed: str | None) -> str:
    """The columns of a log_sessions, some of them changed or left out."""
    columns = {**COLUMNS, **changed}
    return ", ".join(f"{name} {kind}" for name, kind in columns.items() if kind)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"session_id": "bigint primary key"}, "session_id is bigint, and must be uuid"),
        ({"session_id": "text primary key"}, "session_id is text, and must be uuid"),
        ({"session_id": "uuid"}, "no primary key or unique constraint on session_id alone"),
        ({"session_id": None}, "lacks the column session_id (uuid)"),
        ({"practitioner_id": "integer"}, "practitioner_id is integer, and must be uuid"),
        ({"practitioner_id": None}, "lacks the column practitioner_id (uuid)"),
        ({"patient_id": "varchar(36)"}, "patient_id is character varying(36), and must be uuid"),
        ({"patient_id": None}, "lacks the column patient_id (uuid)"),
        ({"session_date": "text"}, "session_date is text, and must be date or timestamp"),
        ({"session_date": "integer"}, "session_date is integer, and must be date or timestamp"),
        ({"session_date": None}, "lacks the column session_date (date)"),
        ({"created_at": "text"}, "created_at is text, and must be timestamp with time zone"),
        ({"created_at": None}, "lacks the column created_at (timestamp with time zone)"),
    ],
)
def test_each_fault_of_log_sessions_is_named_and_mended_as_told(
    supabase: Connection, changed: dict[str, str | None], told: str
) -> None:
    """By column, what it is and what it must be; after the statements the migration goes on."""
    run(supabase, [f"create table public.log_sessions ({listed(**changed)})"])
    message = refused(supabase, with_prerequisites=False)
    assert f"- public.log_sessions{'.' if ' is ' in told else ' '}{told.removeprefix('has ')}" in (
        message.replace("log_sessions has no", "log_sessions no")
    )
    run(supabase, statements(message))
    migrated(supabase, with_prerequisites=False)


@pytest.mark.parametrize("kind", ["text", "varchar"])
def test_a_key_of_text_without_a_constraint_is_both_at_once(
    supabase: Connection, kind: str
) -> None:
    """Its type is changed in place, so it still lacks its constraint then."""
    run(supabase, [f"create table public.log_sessions ({listed(session_id=kind)})"])
    run(supabase, statements(refused(supabase, with_prerequisites=False)))
    migrated(supabase, with_prerequisites=False)


def test_a_partitioned_table_without_such_a_key_is_replaced(supabase: Connection) -> None:
    """No constraint of the key alone can be added to it."""
    columns = listed(session_id="uuid") + ", primary key (session_id, session_date)"
    run(
        supabase,
        [f"create table public.log_sessions ({columns}) partition by range (session_date)"],
    )
    message = refused(supabase, with_prerequisites=False)
    assert "public.log_sessions is a partitioned table, whose keys hold" in message
    run(supabase, statements(message))
    migrated(supabase, with_prerequisites=False)


def test_a_view_without_our_columns_is_told_without_them(supabase: Connection) -> None:
    """The table that replaces it has them all."""
    run(supabase, ["create materialized view public.log_sessions as select 1 as session_id"])
    message = refused(supabase, with_prerequisites=False)
    assert "lacks the column" not in message
    run(supabase, statements(message))
    migrated(supabase, with_prerequisites=False)


def test_all_faults_are_one_message(supabase: Connection) -> None:
    """Types, a missing column, and the key, with the statements in an order that works."""
    columns = listed(session_id="uuid", patient_id="varchar", session_date="text", created_at=None)
    run(supabase, [f"create unlogged table public.log_sessions ({columns})"])
    message = refused(supabase, with_prerequisites=False)
    for told in ("unlogged", "patient_id is", "session_date is", "created_at", "primary key"):
        assert told in message
    run(supabase, statements(message))
    migrated(supabase, with_prerequisites=False)


@pytest.mark.parametrize(
    "key",
    [
        "create unique index on public.log_sessions (session_id, patient_id)",
        "create unique index on public.log_sessions (session_id) where patient_id is not null",
        "alter table public.log_sessions add unique (session_id) deferrable",
        "create index on public.log_sessions (session_id)",
        "alter table public.log_sessions add primary key (patient_id)",
    ],
)
def test_a_key_that_no_foreign_key_may_name_is_none(supabase: Connection, key: str) -> None:
    """Of several columns, of some rows, deferrable, not unique, of another column."""
    run(supabase, [f"create table public.log_sessions ({listed(session_id='uuid')})", key])
    message = refused(supabase, with_prerequisites=False)
    assert "no primary key or unique constraint on session_id alone" in message
    run(supabase, statements(message))
    migrated(supabase, with_prerequisites=False)


@pytest.mark.parametrize(
    "create",
    [
        f"create table public.log_sessions ({listed(session_date='timestamptz')})",
        f"create table public.log_sessions ({listed(session_date='timestamp')})",
        f"create table public.log_sessions ({listed(created_at='timestamp')})",
        f"create table public.log_sessions ({listed(session_id='uuid unique')})",
        f"create table public.log_sessions ({listed(patient_id='public.person')})",
        f"create table public.log_sessions ({listed()}) partition by hash (session_id)",
        f"create table public.log_sessions ({listed(session_id='uuid')}); "
        "create unique index on public.log_sessions (session_id) include (patient_id)",
    ],
)
def test_what_works_is_not_refused(supabase: Connection, create: str) -> None:
    """Days with a time, a unique index, a domain of a domain, partitions."""
    run(supabase, ["create domain public.key as uuid", "create domain public.person as public.key"])
    run(supabase, create.split("; "))
    migrated(supabase, with_prerequisites=False)


@pytest.mark.parametrize("kind", ["view", "materialized view"])
def test_a_log_sessions_that_is_no_table_is_named_as_what_it_is(
    supabase: Connection, kind: str
) -> None:
    """It gives its name to a table of the application's."""
    run(
        supabase,
        [
            f"create table public.clinical_records ({listed(patient_id='varchar')})",
            f"create {kind} public.log_sessions as select * from public.clinical_records",
        ],
    )
    message = refused(supabase, with_prerequisites=False)
    assert f"public.log_sessions is a {kind}, and must be a table" in message
    assert "public.log_sessions.patient_id is character varying, and must be uuid" in message
    run(supabase, statements(message))
    migrated(supabase, with_prerequisites=False)
    row = supabase.execute(
        "select relkind::text, relrowsecurity from pg_class "
        "where oid = 'public.log_sessions'::regclass"
    ).fetchone()
    assert row == ("r", True)


def test_the_application_whose_sessions_are_a_view(supabase: Connection) -> None:
    """As it came in: nothing is made, the view is named, and the statements suffice."""
    if not CASE.exists():
        pytest.skip(f"NO CASE: {CASE} is not there")
    supabase.execute(CASE.read_bytes())
    message = refused(supabase, with_prerequisites=False)
    assert "public.log_sessions is a view, and must be a table" in message
    run(supabase, statements(message))
    migrated(supabase, with_prerequisites=False)


@pytest.mark.parametrize("day", ["3/1/26", "01-03-2026", "yesterday"])
def test_a_text_is_made_a_day_only_where_it_is_one(supabase: Connection, day: str) -> None:
    """PostgreSQL would guess the order of 3/1/26: the statement that is told ends in an error."""
    run(
        supabase,
        [
            f"create table public.log_sessions ({listed(session_date='text', created_at='text')})",
            f"insert into public.log_sessions values ({ROW})",
        ],
    )
    told = statements(refused(supabase, with_prerequisites=False))
    change = next(one for one in told if "column session_date" in one)
    supabase.execute("update public.log_sessions set session_date = %s", (day,))
    with pytest.raises(Exception, match="no ISO date"):
        supabase.execute(change.encode())
    supabase.execute("update public.log_sessions set session_date = '2026-01-03'")
    supabase.execute("set datestyle = 'ISO, DMY'")
    run(supabase, told)
    row = supabase.execute("select session_date::text from public.log_sessions").fetchone()
    assert row == ("2026-01-03",)


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (["alter table auth.users alter id type text"], "auth.users.id is text, and must be uuid"),
        (
            ["alter table auth.users drop constraint users_pkey"],
            "auth.users has no primary key or unique constraint on id alone",
        ),
        (
            [
                "alter table auth.users rename to people",
                "create view auth.users as table auth.people",
            ],
            "auth.users is a view, and must be a table",
        ),
        (
            [
                "drop function auth.uid()",
                "create function auth.uid() returns text language sql as 'select null'",
            ],
            "the function auth.uid() returns text, and must return uuid",
        ),
    ],
)
def test_what_auth_must_be_is_named(supabase: Connection, before: list[str], told: str) -> None:
    """Keys of practitioners and the caller's id are uuids."""
    run(supabase, [*before, f"create table public.log_sessions ({listed()})"])
    message = refused(supabase, with_prerequisites=False)
    assert f"- {told}" in message
    run(supabase, statements(message))
    if "uid" in told:
        supabase.execute((MIGRATIONS / "prerequisites" / "002_auth.sql").read_bytes())
    migrated(supabase, with_prerequisites=False)


def test_the_shape_is_asked_once(supabase: Connection) -> None:
    """A migrated database whose application went on is upgraded as before."""
    run(supabase, [f"create table public.log_sessions ({listed()})"])
    migrated(supabase, with_prerequisites=False)
    run(
        supabase,
        [
            "delete from journey_ledger.migrations where name like '054%'",
            "alter table public.log_sessions alter created_at type text",
        ],
    )
    migrated(supabase, with_prerequisites=False)
