"""What a cell of docs/security.md says, as it is tried."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import psycopg

from actors import Actor, Clinic
from database import Connection
from rows import Session

TABLES = (
    "public.log_sessions",
    "public.log_integration_sessions",
    "public.log_behavioral_changes",
    "public.log_pulse_checks",
    "public.log_journey_ends",
)

FUNCTIONS = (
    "calculate_compliance_score",
    "get_integration_milestones",
    "get_behavioral_changes_summary",
)

# What a refusal says, and the word that the page has for it. Anything else is no word at all.
WORDS = {
    r"permission denied for (table|schema|function) \w+": "42501 right",
    r'new row violates row-level security policy for table "\w+"': "42501 policy",
    r"session not found or access denied": "42501 session",
    r"log_\w+ is an audit trail: (update|delete|truncate) is refused": "42501 guard",
}

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
    "public.log_journey_ends": lambda session, connection: session.end(connection),
}

CHANGES = {
    "public.log_sessions": "session_date = session_date",
    "public.log_integration_sessions": "completed = true",
    "public.log_behavioral_changes": "change_sentiment = 'NEUTRAL'",
    "public.log_pulse_checks": "mood_level = 1",
    "public.log_journey_ends": "end_type = 'NOT_ENDED'",
}


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
            "intake.count_rows": "select intake.count_rows('log_sessions')",
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
