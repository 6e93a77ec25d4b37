"""Prints the tables' guard of free text as a migration has to define it.

`python tests/tools/guard_sql.py`, for the next migration after the patterns of
`checks/privacy` changed. A test compares what it prints with the function of a migrated database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from psycopg import sql

from wellness_journey.checks.privacy.plain_text import numbers, plain
from wellness_journey.checks.privacy.text_rules import KINDS, finds

_WIDTH = 100
_LITERAL = re.compile(r" ?(E?)'((?:[^']|'')*)'")
# What must stay together: a quotation mark that is written twice, an escape.
_SIGN = r"(?:''|\\u[0-9a-f]{4}|\\.|[^'])"


def body() -> str:
    """The function's body: it returns what the guard calls the first kind that it finds."""
    text, digits = sql.SQL("v_text"), sql.SQL("v_numbers")
    lines = [
        "declare",
        f"    v_text text := {plain(sql.SQL('p_text')).as_string()};",
        f"    v_numbers text := {numbers(text).as_string()};",
        "begin",
    ]
    for kind in KINDS:
        if kind.refused:
            condition = finds(kind, text, digits).as_string()[1:-1]
            condition = re.sub(r" (or|and) v_", r"\n        \1 v_", condition)
            lines += [f"    if {condition}", "    then"]
            lines += [f"        return '{kind.refused}';", "    end if;"]
    lines += ["    return null;", "end"]
    return "\n".join(out for line in "\n".join(lines).split("\n") for out in _set_out(line))


def _set_out(line: str) -> Iterator[str]:
    """`line`, with each literal that is too long for it in lines of their own."""
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    rest, done = "", 0
    for match in _LITERAL.finditer(line):
        mark, text = match.groups()
        if r"\\" in text or "\\" not in text:
            # In the function a backslash stands for itself.
            mark, text = "", text.replace(r"\\", "\\")
        space = " " if match[0].startswith(" ") else ""
        before, literal = line[done : match.start()], f"{mark}'{text}'"
        done = match.end()
        if len(rest + before + space + literal) < _WIDTH - 8:
            rest += before + space + literal
            continue
        if (rest + before).strip():
            yield (rest + before).rstrip()
        *whole, rest = _cut(literal, indent)
        yield from whole
    rest += line[done:]
    if rest.strip():
        yield rest


def _cut(literal: str, indent: str) -> list[str]:
    """A literal as several, one a line, which PostgreSQL reads as one."""
    mark, text = literal[: literal.index("'")], literal[literal.index("'") + 1 : -1]
    room = _WIDTH - len(indent) - 6
    lines = [""]
    # Before a stroke, if there is one.
    for part in re.findall(rf"\|?(?:(?!\|){_SIGN})+|\|", text):
        for piece in [part] if len(part) < room else re.findall(rf"{_SIGN}{{1,10}}", part):
            if lines[-1] and len(lines[-1] + piece) > room:
                lines.append("")
            lines[-1] += piece
    return [f"{indent}{mark if number == 0 else ''}'{line}'" for number, line in enumerate(lines)]


if __name__ == "__main__":
    print(body())
