"""Every actor, every command: the tables of docs/security.md are what the database does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import psycopg
import pytest

from actors import (
    ACTORS,
    COUNTING,
    JOURNEY_ROLES,
    OWNERS_RIGHTS,
    UNKNOWN,
    A,
    B,
    Clinic,
    documented,
    make_owner,
    running,
)
from cells_of_the_page import FUNCTIONS, TABLES, WORDS, attempt, told, word
from checkout import ROOT
from database import Connection
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

PAGE = ROOT / "docs" / "security.md"

COMMANDS = ("select", "insert", "update", "delete", "truncate")

SCHEMAS = ("journey_ledger", "intake", "staging", "intermediate", "marts", "published", "quality")

GRID = {
    **dict.fromkeys(TABLES, COMMANDS),
    "Functions": (*FUNCTIONS, "journey_* helpers", "quality.oracle", "intake.count_rows"),
    "Schemas": SCHEMAS,
}

CELLS = [(place, actor, column) for place in GRID for actor in ACTORS for column in GRID[place]]

VOCABULARY = {"yes", "none", *WORDS.values()}


@pytest.fixture(scope="module", params=["embedded", "postgres_15"])
def clinic(request: pytest.FixtureRequest) -> Iterator[Clinic]:
    """Two practitioners' rows in a database of an owner who is not a superuser, on each server."""
    with running(request.getfixturevalue(request.param)) as clinic:
        yield clinic


# The page ------------------------------------------------------------------------------------


def test_the_page_has_every_cell_and_no_other() -> None:
    """Actors, tables and commands of docs/security.md are those that are tried."""
    assert set(documented(PAGE)) == set(CELLS)


def test_the_page_explains_each_of_its_words() -> None:
    """The legend of docs/security.md explains the words that the cells use, and no other."""
    text = PAGE.read_text(encoding="utf-8")
    legend = text[text.index("| word |") :].split("\n\n")[0]
    assert set(re.findall(r"^\| `([^`]+)` \|", legend, re.M)) == VOCABULARY
    assert set(documented(PAGE).values()) == VOCABULARY


# The cells -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("place", "actor", "column"), CELLS)
def test_cell(clinic: Clinic, place: str, actor: str, column: str) -> None:
    """S02 to S06, S10: each actor gets what docs/security.md says, on both servers."""
    answer = told(clinic, ACTORS[actor], place, column, ACTORS[actor].session)
    expected = documented(PAGE).get((place, actor, column), "not in the table")
    assert word(answer) == expected
    if expected == "42501 right" and column in ("update", "delete"):
        # The right to select, which a condition needs, is not the one that is asked for.
        assert word(told(clinic, ACTORS[actor], place, column, None)) == expected


def test_no_helper_is_anybodys(clinic: Clinic) -> None:
    """S02: of the functions behind the tables, nobody but the owner may call a single one."""
    callable_by = {}
    for name, actor in ACTORS.items():
        with clinic.acting(actor) as connection:
            callable_by[name] = connection.execute(
                "select count(*) from pg_proc where pronamespace = 'public'::regnamespace "
                "and proname like 'journey\\_%%' and has_function_privilege(oid, 'execute')"
            ).fetchone()
    helpers = callable_by.pop("table owner")
    assert helpers is not None
    assert helpers[0] > 8
    assert set(callable_by.values()) == {(0,)}


@pytest.mark.parametrize("column", [*FUNCTIONS, *TABLES[1:]])
@pytest.mark.parametrize("actor", ["practitioner A, own rows", "authenticated, no claims"])
def test_unknown_sessions_are_told_like_foreign_ones(
    clinic: Clinic, actor: str, column: str
) -> None:
    """S04, F09: not a word, code, hint or detail tells a foreign session from none."""
    place, column = ("Functions", column) if column in FUNCTIONS else (column, "insert")
    answers = []
    # The first error of a connection is told with one line of context more, whatever it asks.
    for session in (UNKNOWN, B, UNKNOWN):
        error = told(clinic, ACTORS[actor], place, column, session)
        assert word(error) == "42501 session"
        assert isinstance(error, psycopg.Error)
        diag = error.diag
        answers.append((diag.message_primary, diag.message_detail, diag.message_hint, diag.context))
    assert answers[1] == answers[2]


@pytest.mark.parametrize("claims", ['{"sub": "no-uuid"}', "no JSON", '{"sub": ""}', "[]", "{}"])
@pytest.mark.parametrize("column", [*FUNCTIONS, *TABLES[1:]])
def test_bad_claims_do_not_tell_which_sessions_exist(
    clinic: Clinic, column: str, claims: str
) -> None:
    """F09, S04: also with claims that are no id, on a connection that served others before."""
    place, column = ("Functions", column) if column in FUNCTIONS else (column, "insert")
    answers = set()
    with clinic.acting(ACTORS["practitioner A, own rows"]) as api:
        for _ in range(6):  # from then on the plan is kept, and nothing is evaluated to make it
            attempt(api, place, column, A)
        api.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
        for session in (B, UNKNOWN):
            with pytest.raises(psycopg.Error) as caught, api.transaction():
                attempt(api, place, column, session)
            answers.add((caught.value.sqlstate, caught.value.diag.message_primary))
    assert len(answers) == 1


# The owner -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bare(clinic: Clinic) -> Iterator[Connection]:
    """As a superuser in a database of the same server that has the prerequisites only."""
    bare = Clinic(clinic.server)
    try:
        with settings.connect(clinic.server, autocommit=True) as connection:
            connection.execute(f"create database {bare.target.database}".encode())
        for path in sorted((ROOT / "migrations" / "prerequisites").glob("*.sql")):
            bare.connect().execute(path.read_bytes())
        yield bare.connect()
    finally:
        bare.logins = {}
        bare.remove()


def migrate_as(connection: Connection, owner: str) -> None:
    connection.execute(f"set local role {owner}".encode())
    for path in sorted((ROOT / "migrations").glob("*.sql")):
        connection.execute(path.read_bytes())


@pytest.mark.parametrize("right", [None, *OWNERS_RIGHTS])
def test_the_owner_needs_each_of_its_rights(bare: Connection, right: str | None) -> None:
    """A role with the rights of docs/security.md migrates a database; without one it cannot."""
    with bare.transaction(force_rollback=True):
        make_owner(bare, "some_owner", bare.info.dbname)
        if right is None:
            migrate_as(bare, "some_owner")
            return
        bare.execute(OWNERS_RIGHTS[right][1].format("some_owner", bare.info.dbname).encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege), bare.transaction():
            migrate_as(bare, "some_owner")


def test_every_right_of_the_owner_is_on_the_page() -> None:
    """docs/security.md names what the owner needs."""
    text = " ".join(PAGE.read_text(encoding="utf-8").replace("`", "").split())
    assert [right for right in OWNERS_RIGHTS if right not in text] == []


@pytest.mark.parametrize("self_grant", ["", "set, inherit"])
def test_the_owner_makes_the_roles_of_a_fresh_server(bare: Connection, self_grant: str) -> None:
    """048: a role that may create roles makes them itself, without a superuser's help."""
    with bare.transaction(force_rollback=True):
        make_owner(bare, "some_owner", bare.info.dbname)
        for role in JOURNEY_ROLES:
            bare.execute(f"alter role {role} rename to other_{role}".encode())
        if self_grant and bare.info.server_version >= 160000:
            bare.execute(f"set local createrole_self_grant = '{self_grant}'".encode())
        migrate_as(bare, "some_owner")


# What dbt builds -----------------------------------------------------------------------------


def test_what_dbt_builds_is_read_by_whom_the_page_says(
    built: str, copy_of: Callable[[str], Target]
) -> None:
    """Design: each table that dbt built, not one of each schema, has the readers of the page.

    Analysts read no table of `quality` that counts rows about patients, or would confirm a guess of
    such a count.
    """
    cells = documented(PAGE)
    with settings.connect(copy_of(built)) as connection:
        found = connection.execute(
            """
            select n.nspname, r.rolname, c.relname,
                has_schema_privilege(r.oid, n.oid, 'usage')
                and has_table_privilege(r.oid, c.oid, 'select')
            from pg_class as c
            inner join pg_namespace as n on n.oid = c.relnamespace
            cross join pg_roles as r
            where n.nspname = any(%s) and c.relkind in ('r', 'v')
                and (r.rolname = any(%s) or r.rolname in ('anon', 'service_role'))
            """,
            (list(SCHEMAS), list(JOURNEY_ROLES)),
        ).fetchall()
    assert {row[0] for row in found} == set(SCHEMAS)
    wrong = [
        row
        for row in found
        if (
            cells["Schemas", row[1], row[0]] == "yes"
            and not (row[1] == "journey_analyst" and row[2] in COUNTING)
        )
        is not bool(row[3])
    ]
    assert wrong == []
