"""Every actor, every command: the tables of docs/security.md are what the database does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from actors import (
    ACTORS,
    JOURNEY_ROLES,
    OWNERS_RIGHTS,
    UNKNOWN,
    A,
    Actor,
    B,
    Clinic,
    documented,
    make_owner,
    running,
)
from conftest import ROOT
from rows import Connection, Session
from wellness_journey import settings
from wellness_journey.settings import Target

PAGE = ROOT / "docs" / "security.md"
TABLES = (
    "public.log_sessions",
    "public.log_integration_sessions",
    "public.log_behavioral_changes",
    "public.log_pulse_checks",
)
COMMANDS = ("select", "insert", "update", "delete", "truncate")
FUNCTIONS = (
    "calculate_compliance_score",
    "get_integration_milestones",
    "get_behavioral_changes_summary",
)
SCHEMAS = ("journey_ledger", "intake", "staging", "intermediate", "marts", "published", "quality")
GRID = {
    **dict.fromkeys(TABLES, COMMANDS),
    "Functions": (*FUNCTIONS, "journey_* helpers", "quality.oracle"),
    "Schemas": SCHEMAS,
}
CELLS = [(place, actor, column) for place in GRID for actor in ACTORS for column in GRID[place]]
# What a refusal says, and the word that the page has for it. Anything else is no word at all.
WORDS = {
    r"permission denied for (table|schema|function) \w+": "42501 right",
    r'new row violates row-level security policy for table "\w+"': "42501 policy",
    r"session not found or access denied": "42501 session",
    r"log_\w+ is an audit trail: (update|delete|truncate) is refused": "42501 guard",
}
VOCABULARY = {"yes", "none", *WORDS.values()}
NEW_ROWS: dict[str, Callable[[Session, Connection], object]] = {
    "public.log_sessions": lambda session, connection: connection.execute(
        "insert into public.log_sessions (practitioner_id, patient_id, session_date) "
        "values (%(practitioner_id)s, %(patient_id)s, '2025-03-02')",
        session.owner,
    ),
    "public.log_integration_sessions": lambda session, connection: session.integration_session(
        connection, "PHQ9_ASSESSMENT"
    ),
    "public.log_behavioral_changes": lambda session, connection: session.change(connection),
    "public.log_pulse_checks": lambda session, connection: session.pulse_check(connection),
}
CHANGES = {
    "public.log_sessions": "session_date = session_date",
    "public.log_integration_sessions": "completed = true",
    "public.log_behavioral_changes": "change_sentiment = 'NEUTRAL'",
    "public.log_pulse_checks": "mood_level = 1",
}


@pytest.fixture(scope="module", params=["embedded", "postgres_15"])
def clinic(request: pytest.FixtureRequest) -> Iterator[Clinic]:
    """Two practitioners' rows in a database of an owner who is not a superuser, on each server."""
    with running(request.getfixturevalue(request.param)) as clinic:
        yield clinic


def attempt(connection: Connection, place: str, column: str, session: Session | None) -> Any:
    """Do what a cell is about, to the rows of `session` or all; how many rows that was."""
    if session is None:
        order = {
            "update": f"update {place} set {CHANGES.get(place)}",
            "delete": f"delete from {place}",
        }
        return connection.execute(order[column].encode()).rowcount
    key = {"id": session.session_id}
    if place == "Schemas":
        (table,) = connection.execute(
            "select min(c.oid::regclass::text) from pg_class as c "
            "where c.relnamespace = (select oid from pg_namespace where nspname = %s) "
            "and c.relkind = 'r' "
            "and c.relname similar to '(actors|synthetic|touched_sessions|migrations)%%'",
            (column,),
        ).fetchone() or ("",)
        return connection.execute(f"select * from {table}".encode()).rowcount
    if place == "Functions":
        calls = {
            "journey_* helpers": "select public.journey_identifier_in('calm')",
            "quality.oracle": "select quality.oracle('get_integration_milestones', %(id)s)",
        }
        call = calls.get(column, f"select * from public.{column}(%(id)s)")
        return connection.execute(call.encode(), key).rowcount
    if column == "insert":
        NEW_ROWS[place](session, connection)
        return 1
    statement = {
        "select": f"select * from {place} where session_id = %(id)s",
        "update": f"update {place} set {CHANGES[place]} where session_id = %(id)s",
        "delete": f"delete from {place} where session_id = %(id)s",
        # Without cascade, foreign keys alone would save the sessions.
        "truncate": f"truncate {place} cascade",
    }[column]
    return connection.execute(statement.encode(), key).rowcount


def told(clinic: Clinic, actor: Actor, *what: Any) -> psycopg.Error | int:
    """What the database answers: an error or a number of rows."""
    try:
        with clinic.acting(actor) as connection:
            return int(attempt(connection, *what))
    except psycopg.Error as error:
        return error


def word(answer: psycopg.Error | int) -> str:
    """The page's word for an answer; the answer itself where the page has none."""
    if not isinstance(answer, psycopg.Error):
        return "yes" if answer else "none"
    message = answer.diag.message_primary or ""
    for pattern, name in WORDS.items():
        if answer.sqlstate == "42501" and re.fullmatch(pattern, message):
            return name
    return f"{answer.sqlstate} {message}"


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
    """Design: each table that dbt built, not one of each schema, has the readers of the page."""
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
        row for row in found if (cells["Schemas", row[1], row[0]] == "yes") is not bool(row[3])
    ]
    assert wrong == []
