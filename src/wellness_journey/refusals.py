"""What may be told of a statement that PostgreSQL refused: kind and names, never its words.

PostgreSQL quotes names and values alike, in every language it speaks, so no pattern can tell
them apart. What is told here comes from the fields of the error that hold names only, and from
the statement, which must not hold a value itself.
"""

from __future__ import annotations

import re
from typing import Any

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
