"""The database's encoding: only UTF8 stores every text as what it is."""

from __future__ import annotations

from typing import Any

import psycopg

from wellness_journey.database.obstacles import quoted
from wellness_journey.errors import UnsuitableDatabaseError


def require_utf8(connection: psycopg.Connection[Any]) -> None:
    """Return if the database stores text as UTF8.

    Raises:
        UnsuitableDatabaseError: it does not; the message says how to make one that does.
    """
    encoding = connection.info.parameter_status("server_encoding")
    if encoding == "UTF8":
        return
    row = connection.execute(
        "select current_database(), datcollate in ('C', 'POSIX') and datctype in ('C', 'POSIX') "
        "or datcollate ~* 'utf-?8' and datctype ~* 'utf-?8' "
        "from pg_catalog.pg_database where datname = 'template0'"
    ).fetchone()
    name, any_encoding = row or (connection.info.dbname, False)
    new = f"{name}_utf8"
    made = quoted(connection, new)
    # A locale belongs to one encoding; what `template0` has may be another's.
    locale = "" if any_encoding else " locale 'C.UTF-8'"
    raise UnsuitableDatabaseError(
        f"database {name} has the encoding {encoding}, and journey works in UTF8 only: other "
        "encodings cannot hold every text, or do not check it. Nothing was written. Make a "
        "database that can:\n"
        f"    create database {made} encoding 'UTF8'{locale} template template0;\n"
        f"{_copied(encoding)}, and set PGDATABASE={new}. A login without CREATEDB has a superuser "
        "make it"
    )


def _copied(encoding: str | None) -> str:
    if encoding == "SQL_ASCII":
        # It has bytes and no encoding, so the programs have nothing to convert from.
        return (
            "find out which encoding the bytes of its text are really in, such as WIN1252. Dump "
            "with `pg_dump --format=plain`, put that name into the line `SET client_encoding = "
            "'SQL_ASCII';` of the dump, and read it with `psql --set ON_ERROR_STOP=1`, which "
            "converts the text"
        )
    return (
        "copy what is needed with pg_dump and pg_restore, which converts the text "
        '(docs/operating.md, "Backup and restore")'
    )
