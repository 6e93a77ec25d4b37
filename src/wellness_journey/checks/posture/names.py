"""Names as the catalogue gives them, taken apart, and made fit to be shown.

Anybody who may create an object chooses its name: it may hold line breaks, quotation marks and
whatever moves a cursor. It is data, in a report and in a statement alike.
"""

from __future__ import annotations

import re
from typing import Any

_IDENT = r'(?:(?:U&)?"(?:[^"]|"")*"|[^\s".,()]+)'
_LAST_TARGET = re.compile(rf"(?s)(.*) on ({_IDENT}(?:\.{_IDENT})?)")
_LAST_GRANTEE = re.compile(rf"(?s)(.*) to ({_IDENT})")
_MEMBER = re.compile(rf"member ({_IDENT}) of ({_IDENT})")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
# PostgreSQL's names have at most 63 bytes, but a function has any number of arguments.
_LONGEST = 240


def before_on(name: str) -> tuple[str, str]:
    """`what on table` as its two parts; a quoted name may hold the same words."""
    return _parts(_LAST_TARGET, name)


def before_to(name: str) -> tuple[str, str]:
    """`what to role` as its two parts."""
    return _parts(_LAST_GRANTEE, name)


def member(name: str) -> tuple[str, str]:
    """`member one of another` as the two roles."""
    return _parts(_MEMBER, name)


def _parts(pattern: re.Pattern[str], name: str) -> tuple[str, str]:
    found = pattern.fullmatch(name)
    return (found[1], found[2]) if found else (name, "")


def shown(text: str) -> str:
    """A text for people: short, and without anything that cannot be printed."""
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def escaped(value: Any) -> Any:
    """Names, or lists and mappings of them, without what cannot be printed: in SQL's U&"…" it is a
    number, and the name the same."""
    if isinstance(value, str):
        return _QUOTED.sub(lambda found: _numbered(found[0]), value)
    if isinstance(value, list):
        return [escaped(one) for one in value]
    if isinstance(value, dict):
        return {key: escaped(one) for key, one in value.items()}
    return value


def _numbered(name: str) -> str:
    if name.isprintable():
        return name
    letters = (
        letter if letter.isprintable() and letter != "\\" else f"\\+{ord(letter):06x}"
        for letter in name
    )
    return f"U&{''.join(letters)}"
