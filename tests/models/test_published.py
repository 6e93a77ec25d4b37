"""What analysts can read, taken from the catalogue: roll-ups that one macro has withheld from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress

import psycopg
import pytest
from psycopg import sql

from actors import COUNTING
from checkout import ROOT
from database import Connection
from wellness_journey.database.settings import Target, connect

# Every relation that is not the server's; whether any column may be read, whether anything changed.
RELATIONS = """
    select
        n.nspname,
        c.relname,
        has_any_column_privilege(%(role)s, c.oid, 'select'),
        has_any_column_privilege(%(role)s, c.oid, 'insert, update, references')
        or has_table_privilege(%(role)s, c.oid, 'delete, truncate, trigger')
    from pg_class as c
    inner join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
"""
KEY_OR_DATE = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}|\d{4}-\d\d|\d\d[./]\d\d|\d{5}", re.I
)
KEY_OR_DATE_NAME = re.compile(
    r"(^|_)(id|key|uuid|name|date|month|year|at)$|^(date|day|month|year)_of"
)


@pytest.fixture
def connection(built: str, copy_of: Callable[[str], Target]) -> Iterator[Connection]:
    with connect(copy_of(built), autocommit=True) as connection:
        yield connection


def keys_and_dates(connection: Connection) -> set[str]:
    """Columns of `published` that are one by type, by name, or by a text that they hold."""
    found = set()
    for table, column, kind in connection.execute(
        "select c.relname, a.attname, format_type(a.atttypid, null) from pg_attribute as a "
        "inner join pg_class as c on c.oid = a.attrelid "
        "where c.relnamespace = 'published'::regnamespace and a.attnum > 0 "
        "and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f')"
    ).fetchall():
        texts: list[tuple[str]] = []
        if kind == "text":
            query = sql.SQL("select distinct {} from {} where {} is not null").format(
                sql.Identifier(column), sql.Identifier("published", table), sql.Identifier(column)
            )
            texts = connection.execute(query).fetchall()
        if (
            kind not in ("text", "integer", "numeric", "boolean")
            or KEY_OR_DATE_NAME.search(column)
            or any(KEY_OR_DATE.search(text) for (text,) in texts)
        ):
            found.add(f"{table}.{column}")
    return found


def test_published_holds_no_key_and_no_date(connection: Connection) -> None:
    """Analysts read roll-ups: no column is a key, a date or a name, whatever kind of relation."""
    assert keys_and_dates(connection) == set()
    connection.execute(
        """
        create view published.a as
        select session_id as x, 1 as patient_name from marts.dim_sessions;
        create materialized view published.b as
        select patient_id::text as x, session_date::text as y, days_elapsed as birth_year
        from marts.dim_sessions;
        create table published.c as select cohort_month as x, array[1] as y from marts.dim_sessions;
        """
    )
    made = "a.x a.patient_name b.x b.y b.birth_year c.x c.y"
    assert keys_and_dates(connection) == set(made.split())


@pytest.mark.parametrize(
    ("role", "schemas"),
    [
        ("journey_analyst", {"published", "quality", "journey_ledger"}),
        ("journey_restricted", {"marts", "published", "quality", "journey_ledger"}),
    ],
)
def test_readers_read_what_is_theirs_after_a_build(
    connection: Connection, role: str, schemas: set[str]
) -> None:
    """Grants survive the rebuilds: all relations of these schemas can be read, and no others."""
    relations = connection.execute(RELATIONS, {"role": role}).fetchall()
    readable = set()
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
    for schema, table, *_ in relations:
        with suppress(psycopg.errors.InsufficientPrivilege):
            name = sql.Identifier(schema, table)
            connection.execute(sql.SQL("select * from {} limit 1").format(name))
            readable.add((schema, table))
    theirs = {(schema, table) for schema, table, *_ in relations if schema in schemas}
    # They count rows about patients, or confirm a guess of such a count.
    closed = {("quality", table) for table in COUNTING}
    assert readable == (theirs - closed if role == "journey_analyst" else theirs)
    # Of one of these, analysts read all but two columns.
    in_part = {("quality", "built_tables")} if role == "journey_analyst" else set()
    assert readable | in_part == {row[:2] for row in relations if row[2]}
    assert [row for row in relations if row[3]] == []
    assert {row[0] for row in relations} > {"staging", "intermediate", "marts", "public", *schemas}


def test_one_macro_decides_what_is_withheld() -> None:
    """No published model compares with the threshold itself; all ask `withhold`.

    `published_count` rounds no number that may be shown to one that may not.
    """
    project = ROOT / "dbt_project"
    for path in (project / "models").rglob("*.sql"):
        text = path.read_text()
        assert not re.search(r"var\(\W*min_cell", text), path.name
        if path.parent.name == "published":
            # Or it shows what a model before it has decided.
            assert re.search(r"\b(withhold|withheld_figures)\(|ref\('shown_", text), path.name
    macros = "".join(path.read_text() for path in sorted((project / "macros").glob("*.sql")))
    deciding = re.findall(
        r"{% macro (?:withhold|published_count)\(.*?{%- endmacro %}", macros, re.S
    )
    assert len(deciding) == 2
    without_comments = re.sub(r"{#-.*?-#}", "", macros, flags=re.S)
    assert without_comments.count("min_cell") == "".join(deciding).count("min_cell") > 0
