"""Why the database refused a row: what a terminal may say, and what only the rejects file may."""

from __future__ import annotations

import re
from typing import Any

import psycopg

from wellness_journey.database.refusals import refusal
from wellness_journey.intake.reasons import Fault

Connection = psycopg.Connection[Any]

# What the guards of the migrations say; another trigger's words can hold a value.
_OURS = re.compile(
    r"\w+ must be between 1900-01-01 and tomorrow \(UTC\)"
    r"|\w+ looks as if it holds (an e-mail address|a web address|a record number"
    r"|a social security or national number|a telephone number|a date of birth|a postal address"
    r"|the number of a (document or device|card or account)|the name of an account)"
    r": leave identifiers out of free text"
    r"|session not found or access denied"
    r"|the dosing session has no finite session_date"
)


def fault_of(connection: Connection, error: psycopg.Error) -> tuple[Fault, str | None]:
    """The reason, and the column where it refers to a row of auth.users that is not there."""
    said = error.diag.message_primary or ""
    if isinstance(error, psycopg.errors.NotNullViolation) and error.diag.column_name:
        return Fault(f"{error.diag.column_name} has no value"), None
    if error.diag.constraint_name:
        comment, column, target = _constraint(connection, error)
        if isinstance(error, psycopg.errors.ForeignKeyViolation) and column:
            of_users = target == "auth.users"
            remedy = "load auth_users first, or mend the key" if of_users else "mend the key"
            fault = Fault(f"{column} is not in {target}", remedy, server_words=said)
            return fault, column if of_users else None
        if comment:
            told = f"breaks the rule that {comment} ({error.diag.constraint_name})"
            return Fault(told), None
    elif _OURS.fullmatch(said):
        return Fault(said), None
    return Fault(f"the database refused the row: {refusal(error)}", server_words=said), None


def _constraint(connection: Connection, error: psycopg.Error) -> tuple[str | None, ...]:
    """Comment of the violated constraint; column and target if it is a foreign key of one."""
    row = connection.execute(
        """
        select obj_description(c.oid, 'pg_constraint'), a.attname,
            (c.confrelid::regclass)::text
        from pg_catalog.pg_constraint as c
        left join pg_catalog.pg_attribute as a
            on a.attrelid = c.conrelid and c.conkey = array[a.attnum] and c.contype = 'f'
        where c.conname = %s
            and c.conrelid = to_regclass(format('%%I.%%I', %s::text, %s::text))
        """,
        (error.diag.constraint_name, error.diag.schema_name, error.diag.table_name),
    ).fetchone()
    return row if row else (None, None, None)
