"""What may be told of a statement that PostgreSQL refused: kind and names, never its words.

PostgreSQL quotes names and values alike, in every language it speaks, so no pattern can tell
them apart. What is told here comes from the fields of the error that hold names only, and from
the statement, which must not hold a value itself.
"""

from __future__ import annotations

import re
from typing import Any

import psycopg

from wellness_journey.errors import unforeseen

# By SQLSTATE or its class: what to do about a trouble of the server or of rights, whatever the
# statement was. One that is a fault of the statement has no line here.
_STEPS = {
    "08": "see that the server runs and can be reached",
    "23502": "the application's table has a column of its own that needs a value in each row: give "
    "it a default (`alter table … alter column … set default …`)",
    "25006": "the database has turned read-only: is it a replica by now, or is its disk full? "
    "`show default_transaction_read_only` and the server's administrator know",
    "25P03": "the server ends idle transactions: set idle_in_transaction_session_timeout = 0 for "
    "the login (`alter role LOGIN set …`)",
    "25P04": "the server ends long transactions: set transaction_timeout = 0 for the login "
    "(`alter role LOGIN set …`)",
    "28": "see that PGUSER and its password are right",
    "40": "another session was in the way for a moment: nothing to put right",
    "42501": "the login lacks a right: connect as the owner of the tables, or have the owner "
    "grant it (docs/security.md lists what each role needs)",
    "53100": "the server's disk is full: make room there",
    "53200": "the server is out of memory: lower work_mem, or give the server more",
    "53300": "the server has no free connection: end idle ones, or raise max_connections",
    "53400": "the server's limit was reached, such as temp_file_limit: raise it for the login",
    "55P03": "another session holds a lock: let it end (`select * from pg_locks where not granted` "
    "shows who waits)",
    "57014": "a statement_timeout or an administrator cancelled the statement: if the login has "
    "one (`show statement_timeout`), lift it (`alter role LOGIN set statement_timeout = 0`)",
    "57": "the server stopped or ended the connection: see that it runs",
    "58": "the server's disk has an error: see its log",
    "XX": "the server has an internal error: see its log",
}
# Of statements of ours, which are right as long as the objects are as we made them.
_OUR_OBJECTS = (
    "an object of ours was dropped, renamed or changed: restore it from a backup; tables that dbt "
    "builds come back with `journey run --full-refresh`"
)
_NAMES = {
    "column": "column_name",
    "table": "table_name",
    "constraint": "constraint_name",
    "type": "datatype_name",
}
# Not what stands in quotation marks: that is a value, if only one of the code.
_WORD = re.compile(r'"[^"\n]+"|[^\W\d][\w$.]*')


def refusal(error: Any, statement: str = "", first_line: int = 1) -> str:
    """`UndefinedColumn (SQLSTATE 42703) at line 3: no_such`, of an error of psycopg or psycopg2.

    Lines are counted from `first_line`, where the statement begins in its file.
    """
    kind, diag = type(error).__name__, error.diag
    if not diag.sqlstate:
        # The client's own words: they can repeat a value that it could not send or read.
        return f"{kind} (no SQLSTATE: was the connection lost?)"
    told = f"{kind} (SQLSTATE {diag.sqlstate})"
    names = [f"{what} {value}" for what, field in _NAMES.items() if (value := getattr(diag, field))]
    if names:
        told += f": {', '.join(names)}"
    if statement and diag.statement_position:
        start = int(diag.statement_position) - 1
        word = _WORD.match(statement, start)
        told += f" at line {statement.count(chr(10), 0, start) + first_line}"
        told += f": {word[0]}" if word else ""
    return told


def next_step(state: str) -> str:
    """What to do about a trouble of the server or of rights, in words; else nothing."""
    return _STEPS.get(state) or _STEPS.get(state[:2], "")


def trouble(error: Any, statement: str = "") -> str:
    """`refusal`, and after a colon what to do where that is known."""
    return ": ".join(filter(None, (refusal(error, statement), next_step(_state(error)))))


def trouble_of_class(name: str) -> str:
    """As `trouble` where only the name of the error's class is known; other words as they are."""
    state = getattr(getattr(psycopg.errors, name, None), "sqlstate", None)
    if not state:
        return name
    return ": ".join(filter(None, (f"{name} (SQLSTATE {state})", next_step(state))))


def stopped(error: psycopg.Error) -> str:
    """What is told when a statement of ours ended a command."""
    state = _state(error)
    step = next_step(state) or (_OUR_OBJECTS if state[:2] in ("3F", "42") else "")
    if not step:
        return f"{unforeseen(error)} ({refusal(error)})"
    return (
        f"the database was lost or could not go on: {refusal(error)}; what was committed before "
        f"stays, the rest is as it was. What to do: {step}; then run this again"
    )


def _state(error: Any) -> str:
    """The SQLSTATE; that of a lost connection where the server could not send one."""
    classes = {kind.__name__ for kind in type(error).__mro__}
    lost = "08006" if classes & {"OperationalError", "InterfaceError"} else ""
    return error.diag.sqlstate or lost
