"""What is told of a refused statement holds no value, whatever the value looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import psycopg2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from database import Connection
from wellness_journey.database.refusals import refusal
from wellness_journey.database.settings import Target

# Each quotes the value somewhere: in its message, detail, hint, context or where it points to.
QUOTING = (
    "select %s::text::integer",
    "select %s::text::numeric",
    "select %s::text::date",
    "select %s::text::timestamptz",
    "select %s::text::interval",
    "select %s::text::uuid",
    "select %s::text::boolean",
    "select %s::text::inet",
    "select ('9' || '999999999999999999' || %s)::integer",
    "select ('{\"a\":' || %s)::json",
    "select ('[1, ' || %s)::jsonb",
    "select ('{' || %s)::integer[]",
    "select (%s || '.x')::regclass",
    "select (%s || ' x')::regtype",
    "select (%s || ' x y')::tsquery",
    "select date_trunc(%s || 'x', now())",
    "select now() at time zone (%s || 'x')",
    "select current_setting('x.' || %s)",
    "select pg_size_bytes(%s || 'x')",
    "select to_date('1' || %s, 'YYYY-MM-DD-DAY')",
    "insert into pg_temp.rows (code) values (%s), (%s)",
    "insert into pg_temp.rows (code, needed) values (%s, null)",
    "insert into pg_temp.rows (code, score) values (%s, 9)",
    "insert into pg_temp.rows (small) values (%s)",
    "insert into pg_temp.rows (code, parent) values (%s, %s)",
    "select pg_temp.raised('P0001', %s)",
    "select pg_temp.raised('23514', %s)",
    "select pg_temp.raised('42501', %s)",
    "select pg_temp.raised('42703', %s)",
    "select pg_temp.raised('53100', %s)",
    "select pg_temp.raised('57P01', %s)",
    "select pg_temp.raised('ZZ999', %s)",
    "select pg_temp.run(%s)",
)
NAMES = {
    *("code", "needed", "score", "small", "parent", "rows", "parents"),
    *("rows_code_key", "rows_score_check", "rows_parent_fkey"),
}
NAME = f"(?:column|table|constraint|type) (?:{'|'.join(NAMES)})"
# An unknown SQLSTATE has the class of its family.
KINDS = "|".join(name for name in dir(psycopg.errors) if name[0].isupper())
TOLD = re.compile(
    rf"(?:{KINDS}|\w+Error) \(SQLSTATE \w{{5}}\)"
    rf"(?:: {NAME}(?:, {NAME})*)?(?: at line 1(?:: (?P<word>.+))?)?"
)
TABLES = """
create temporary table parents (code text primary key);
create temporary table rows (
    code text unique, small varchar(3), needed integer not null default 1,
    score integer check (score < 6), parent text references parents
);
create function pg_temp.raised(code text, said text) returns void language plpgsql as $$
begin
    raise exception 'column "%" of relation % failed', said, said
        using errcode = code, detail = 'Failing row contains (' || said || ')', hint = said;
end $$;
create function pg_temp.run(said text) returns void language plpgsql as $$
begin
    execute 'select ' || said || ' from x y z';
end $$;
"""


@pytest.fixture(scope="module")
def drivers(shared_target: Target) -> Iterator[tuple[Connection, Any]]:
    """The same server by psycopg, as our own code has it, and by psycopg2, as dbt has it."""
    place = {"host": shared_target.host, "port": shared_target.port, "user": shared_target.user}
    ours = psycopg.connect(**place, dbname=shared_target.database, autocommit=True)
    theirs = psycopg2.connect(**place, dbname=shared_target.database)
    theirs.autocommit = True
    for connection in (ours, theirs):
        connection.cursor().execute(TABLES)
    yield ours, theirs
    ours.close()
    theirs.close()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    value=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=4, max_size=40)
)
@example(value='x"\nDETAIL:  Key (a)=(zebedee) column "zebedee" of relation "zebedee"')
@example(value="constraint \"zebedee\" 'zebedee'\nCONTEXT:  zebedee\n\nLINE 1: zebedee")
@example(value="zebedee quillfeather")
@example(value="2025-13-45")
@example(value="471104711471104711")
def test_no_value_survives(drivers: tuple[Connection, Any], value: str) -> None:
    """Every way that PostgreSQL quotes a value, with any value, by both drivers.

    What is told is of a form that has no room for a value.
    """
    quoted = 0
    for connection in drivers:
        for statement in QUOTING:
            try:
                connection.cursor().execute(statement, [value] * statement.count("%s"))
            except (psycopg.Error, psycopg2.Error) as error:
                told = TOLD.fullmatch(refusal(error, statement))
                assert told, statement
                assert (told["word"] or "") in statement
                quoted += value in str(error)
    assert quoted > 10


def test_an_error_of_the_client_is_its_kind_only(drivers: tuple[Connection, Any]) -> None:
    """What could not even be sent or read has no SQLSTATE, and words that quote it."""
    with pytest.raises(psycopg.DataError, match="10000-01-01") as caught:
        drivers[0].execute("select date '10000-01-01'").fetchone()
    assert refusal(caught.value) == "DataError (no SQLSTATE: was the connection lost?)"


def test_what_the_code_names_is_named(drivers: tuple[Connection, Any]) -> None:
    """The place in the statement is told with the name that stands there, never a literal."""
    for statement, told in {
        "select 1,\n    no_such": "UndefinedColumn (SQLSTATE 42703) at line 2: no_such",
        "select 1 from no.such": "UndefinedTable (SQLSTATE 42P01) at line 1: no.such",
        'select "no such"': 'UndefinedColumn (SQLSTATE 42703) at line 1: "no such"',
        "select 'zebedee'::integer": "InvalidTextRepresentation (SQLSTATE 22P02) at line 1",
        "insert into pg_temp.rows (score) values (9)": (
            "CheckViolation (SQLSTATE 23514): table rows, constraint rows_score_check"
        ),
    }.items():
        for connection in drivers:
            with pytest.raises((psycopg.Error, psycopg2.Error)) as caught:
                connection.cursor().execute(statement)
            assert refusal(caught.value, statement) == told
