"""Where things are: the project, our own folder, the database, the day."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from wellness_journey.database.obstacles import quoted
from wellness_journey.errors import NoConnectionError, UsageError

PIPELINE_ROLE = "journey_pipeline"
EMBEDDED_MARK = "JOURNEY_EMBEDDED"
EMBEDDED_PORT = 5432
EMBEDDED_USER = "postgres"
EMBEDDED_DATABASE = "journey"
# A server that is not ours notices a client that is gone only when a statement is done.
CLIENT_CHECK = "2s"
# Seconds until a server that does not answer is given up, where PGCONNECT_TIMEOUT has no other.
CONNECT_TIMEOUT = "60"
# What each connection of ours sets, as dbt's does (profiles.yml). Compiling a statement (JIT, on by
# default in Debian's PostgreSQL) can take a minute of CPU where the planner overestimates a small
# table, saves nothing at our sizes, and ignores signals. The others change what a statement means
# or may do, or end a connection that waits for dbt, where `alter role` or `alter database` has
# another value of them.
# Set by statements: a connection pooler refuses settings that travel as startup options.
SESSION = (
    "set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set timezone = 'UTC'; "
    "set jit = off; set row_security = on; set transform_null_equals = off; "
    "set standard_conforming_strings = on; set quote_all_identifiers = off; "
    "set default_transaction_isolation = 'read committed'; set idle_session_timeout = 0"
)
_IS_READER = (
    "select from pg_catalog.pg_roles where rolname in ('journey_analyst', 'journey_restricted')"
    " and pg_has_role(session_user, oid, 'member')"
)
# Every libpq variable that can send a connection elsewhere or change how it is made.
_NAMING_VARIABLES = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE")


@dataclass(frozen=True)
class Target:
    """One PostgreSQL database and whose it is."""

    host: str
    port: int
    user: str
    database: str
    embedded: bool = False

    def __str__(self) -> str:
        kind = "embedded PostgreSQL" if self.embedded else "PostgreSQL"
        return f"{kind} at {self.host}:{self.port}, database {self.database}, as {self.user}"


def project_root() -> Path:
    """The folder of `dbt_project.yml`: the checkout this package is installed from.

    Raises:
        UsageError: the package was installed without its checkout.
    """
    root = Path(__file__).resolve().parents[3]
    if not (root / "dbt_project.yml").is_file():
        raise UsageError(
            f"{root} holds no dbt_project.yml: `journey` runs from a checkout of the project; "
            "install it from there with `pip install --editable .`"
        )
    return root


def journey_home(environ: Mapping[str, str] = os.environ) -> Path:
    """Our own folder: `JOURNEY_HOME`, or `.journey` in the project."""
    named = environ.get("JOURNEY_HOME")
    return Path(named).absolute() if named else project_root() / ".journey"


def target_from_environment(environ: Mapping[str, str] = os.environ) -> Target | None:
    """The PostgreSQL that the PG* variables name; None means the embedded one.

    The variables of `.journey/env` name the embedded server and carry a mark
    that says so; they mean it only while the mark and PGHOST agree. Which database
    of it, and as which user, `as_named` says.

    Raises:
        UsageError: some of the variables are set, but not those that are needed; or dbt cannot
            work in a database of that name.
    """
    named = [name for name in _NAMING_VARIABLES if environ.get(name)]
    if not named:
        return None
    if _names_embedded(environ):
        return None
    missing = [name for name in ("PGHOST", "PGUSER", "PGDATABASE") if not environ.get(name)]
    if missing:
        raise UsageError(
            f"{', '.join(named)} set, but {', '.join(missing)} not: set PGHOST, PGUSER and "
            "PGDATABASE to name a database, or unset all of them for the embedded server"
        )
    port = environ.get("PGPORT") or "5432"
    if not port.isdigit():
        raise UsageError("PGPORT is not a number: give one port, such as 5432")
    return _nameable(Target(environ["PGHOST"], int(port), environ["PGUSER"], environ["PGDATABASE"]))


def embedded_target(socket_folder: Path) -> Target:
    """The embedded server that listens in `socket_folder`."""
    return Target(str(socket_folder), EMBEDDED_PORT, EMBEDDED_USER, EMBEDDED_DATABASE, True)


def as_named(target: Target, environ: Mapping[str, str] = os.environ) -> Target:
    """The embedded server `target`, with the database and the user that PGDATABASE and PGUSER
    name after `. .journey/env`; without that, `target` itself.

    Raises:
        UsageError: another variable names another server; or dbt cannot work in a database of
            that name.
    """
    if not _names_embedded(environ):
        return target
    for name, here in (("PGHOST", target.host), ("PGPORT", str(target.port))):
        if (named := environ.get(name) or here) != here:
            raise UsageError(
                f"{name} is {named}, but the embedded server has {here}: source its `env` file "
                "again, or unset PGHOST for the embedded server"
            )
    for name in ("PGHOSTADDR", "PGSERVICE"):
        if environ.get(name):
            raise UsageError(
                f"{name} is set, but PGHOST names the embedded server: unset {name} for the "
                f"embedded server, or unset {EMBEDDED_MARK} and name another server with PGHOST"
            )
    user = environ.get("PGUSER") or target.user
    database = environ.get("PGDATABASE") or target.database
    return _nameable(replace(target, user=user, database=database))


def _names_embedded(environ: Mapping[str, str]) -> bool:
    mark = environ.get(EMBEDDED_MARK)
    return bool(mark) and mark == environ.get("PGHOST")


def _nameable(target: Target) -> Target:
    """`target`, if dbt can work with a database of that name.

    Raises:
        UsageError: it cannot: dbt writes the name into its statements without quoting it.
    """
    name = target.database
    if name != name.strip() or set(name) & set("'\"%"):
        raise UsageError(
            f"dbt cannot work in a database of the name `{name}`, with ', \", % or an outer "
            "blank in it: rename it (`alter database … rename to …`), then set PGDATABASE"
        )
    return target


def export(target: Target, environ: MutableMapping[str, str] = os.environ) -> None:
    """Make `target` what libpq, dbt and Great Expectations of this process see.

    For the embedded server every other PG* variable goes: a password file, a
    service or an option meant for another server must not reach it.
    """
    if target.embedded:
        for name in [name for name in environ if name.startswith("PG")]:
            del environ[name]
        environ[EMBEDDED_MARK] = target.host
    else:
        environ.pop(EMBEDDED_MARK, None)
        # dbt's and Great Expectations' connections have no setting for it.
        environ["PGCLIENTENCODING"] = "UTF8"
    environ["PGHOST"] = target.host
    environ["PGPORT"] = str(target.port)
    environ["PGUSER"] = target.user
    environ["PGDATABASE"] = target.database


def open_connection(target: Target, *, name: str = "journey") -> psycopg.Connection[Any]:
    """A connection to `target` in autocommit mode on which nothing has been set.

    Raises:
        NoConnectionError: no such server or database, or it does not let us in.
    """
    try:
        return psycopg.connect(
            host=target.host,
            port=target.port,
            user=target.user,
            dbname=target.database,
            application_name=name,
            client_encoding="UTF8",  # whatever PGCLIENTENCODING says
            connect_timeout=os.environ.get("PGCONNECT_TIMEOUT") or CONNECT_TIMEOUT,
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        told = _first_line(error)
        raise NoConnectionError(
            f"cannot connect to {target}: {told}\n{_step(error, told)}"
        ) from None


def _step(error: psycopg.OperationalError, told: str) -> str:
    """What to do about a connection that was not made."""
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        return (
            "see that the server runs and that PGHOST and PGPORT name it, or give it more time: "
            f"PGCONNECT_TIMEOUT ({CONNECT_TIMEOUT} seconds if not set)"
        )
    # libpq has no SQLSTATE for a connection that was refused.
    if re.search(r"too many (connections|clients)|connection slots|no more connections", told):
        return (
            "end idle connections and try again, or raise the limit: max_connections of the "
            "server, or `alter role … connection limit`, `alter database … connection limit`"
        )
    return (
        "check PGHOST, PGPORT, PGUSER, PGDATABASE and PGPASSFILE or PGPASSWORD, "
        "or unset them for the embedded server"
    )


def connect(
    target: Target, *, role: str | None = None, autocommit: bool = False, name: str = "journey"
) -> psycopg.Connection[Any]:
    """A connection to `target`, working as `role` if one is given. What it does ends with us.

    Raises:
        NoConnectionError: no such server or database, or it does not let us in.
    """
    connection = open_connection(target, name=name)
    connection.execute(SESSION.encode())
    # A server on Windows cannot.
    with suppress(psycopg.errors.InvalidParameterValue):
        connection.execute(f"set client_connection_check_interval = '{CLIENT_CHECK}'".encode())
    if role is not None:
        try:
            connection.execute(psycopg.sql.SQL("set role {}").format(psycopg.sql.Identifier(role)))
        except psycopg.Error as error:
            login = quoted(connection, target.user)
            step = f"have its owner run `grant {role} to {login}`"
            if isinstance(error, psycopg.errors.InvalidParameterValue):
                step = f"run `journey migrate`, then `grant {role} to {login}`"
            # An analyst is never told to ask for the pipeline's rights.
            if connection.execute(_IS_READER).rowcount:
                step = (
                    f"connect (PGUSER) as a login that is a member of {role}; this one reads "
                    "results: `journey status`, `explain` and `report` work for it"
                )
            connection.close()
            raise NoConnectionError(
                f"{target} does not let {target.user} work as {role} ({_first_line(error)}): {step}"
            ) from None
    connection.autocommit = autocommit
    return connection


def parse_day(text: str) -> date:
    """`YYYY-MM-DD` as a date.

    Raises:
        ValueError: `text` is anything else.
    """
    # fromisoformat alone also takes 20260131 and week dates, which dbt's variable does not.
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    raise ValueError("not a day: expected YYYY-MM-DD, such as 2026-01-31")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
