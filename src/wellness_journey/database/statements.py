"""The statements of a migration, and what each of them makes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import sqlparse
from sqlparse import lexer
from sqlparse import tokens as kinds

_NAME = r'(?:"[^"]+"|[a-z_][\w$]*)'
_QUALIFIED = rf"({_NAME})\s*\.\s*({_NAME})"
_TABLE = re.compile(rf"create\s+(?:unlogged\s+)?table\s+{_QUALIFIED}")
_OTHER_RELATION = re.compile(
    rf"create\s+(?:materialized\s+view|view|sequence|type|domain)\s+{_QUALIFIED}"
)
_ALTERED_TABLE = re.compile(rf"alter\s+table\s+(?:only\s+)?{_QUALIFIED}")
_KEY = re.compile(rf"\bconstraint\s+({_NAME})\s+(?:primary\s+key|unique|exclude)\b")
_DROPPED = re.compile(rf"\bdrop\s+constraint\s+({_NAME})")
_INDEX = re.compile(rf"create\s+(?:unique\s+)?index\s+({_NAME})\s+on\s+(?:only\s+)?({_NAME})\s*\.")
_FUNCTION = re.compile(rf"create\s+(?:function|procedure)\s+{_QUALIFIED}\s*\(")
_TRIGGER = re.compile(
    rf"create\s+(?:constraint\s+)?trigger\s+({_NAME})\s.*?\son\s+{_QUALIFIED}", re.S
)
_POLICY = re.compile(rf"create\s+policy\s+({_NAME})\s+on\s+{_QUALIFIED}")
_SCHEMA = re.compile(
    rf"create\s+schema\s+(if\s+not\s+exists\s+)?({_NAME})(?:\s+authorization\s+({_NAME}))?"
)
_MODE = re.compile(r"(?:in|out|inout|variadic)\s+")
_DEFAULT = re.compile(r"\s+default\s.*|\s*=.*", re.S)
_LONGEST_HEAD = 100


@dataclass(frozen=True)
class Made:
    """An object by its kind and name.

    `kind` is table, relation (an index or another relation), function, trigger, policy or schema.
    `detail` holds a function's argument types, or the table of a trigger or policy. `owner` is
    the role whose schema of this name is used as it is.
    """

    kind: str
    schema: str
    name: str
    detail: str = ""
    owner: str = ""

    def __str__(self) -> str:
        if self.kind == "schema":
            return f"schema {self.name}"
        if self.kind in ("trigger", "policy"):
            return f"{self.kind} {self.name} on {self.schema}.{self.detail}"
        arguments = f"({self.detail})" if self.kind == "function" else ""
        return f"{self.schema}.{self.name}{arguments}"


@dataclass(frozen=True)
class Statement:
    """One statement as the file has it, from line `start` on, comments before it included."""

    text: str
    start: int = 1

    @cached_property
    def line(self) -> int:
        """The line of the file on which its first word stands."""
        return self.start + next(_lines_of_code(self.text))[0]

    @cached_property
    def head(self) -> str:
        """Its first line."""
        return shortened(next(_lines_of_code(self.text))[1])

    @cached_property
    def _code(self) -> str:
        """Without comments, literals and the bodies of functions; in lower case but for names."""
        parts = []
        for kind, value in lexer.tokenize(self.text):  # type: ignore[no-untyped-call]  # sqlparse
            if kind in kinds.Comment:
                parts.append(" ")
            elif kind in kinds.String.Symbol:
                parts.append(value)
            elif kind in kinds.Literal and kind not in kinds.Number:
                parts.append("''")
            else:
                parts.append(value.lower())
        return "".join(parts).strip()

    @cached_property
    def makes(self) -> tuple[Made, ...]:
        """What it creates under a name that must be free; nothing of what a `do` block creates."""
        return tuple(_made(self._code))

    @cached_property
    def changes(self) -> tuple[str, str] | None:
        """Schema and name of the table that it alters, or puts a trigger or a policy on."""
        for pattern in (_ALTERED_TABLE, _TRIGGER, _POLICY):
            if found := pattern.match(self._code):
                schema, name = found.groups()[-2:]
                return _plain(schema), _plain(name)
        return None

    def refers_to(self, relation: str) -> bool:
        """Whether it makes a foreign key to `relation`, written with its schema."""
        return re.search(rf"\breferences\s+{re.escape(relation)}\b", self._code) is not None


def split(text: str) -> list[Statement]:
    """The statements of `text` in order. A semicolon within quotes or `$$` ends none."""
    found, start = [], 0
    for part in sqlparse.split(text):
        start = text.index(part, start)
        if any(_lines_of_code(part)):
            found.append(Statement(part, text.count("\n", 0, start) + 1))
        start += len(part)
    return found


def shortened(line: str) -> str:
    """A line of a file as a message quotes it."""
    line = line.strip()
    return line if len(line) <= _LONGEST_HEAD else f"{line[:_LONGEST_HEAD]} ..."


def _lines_of_code(text: str) -> Iterator[tuple[int, str]]:
    """Number, from 0, and text of each line that is neither empty nor all comment."""
    for number, line in enumerate(text.splitlines()):
        if line.strip(" \t;") and not line.lstrip().startswith("--"):
            yield number, line


def _made(code: str) -> Iterator[Made]:
    if found := _TABLE.match(code):
        schema, name = map(_plain, found.groups())
        yield Made("table", schema, name)
        yield from (Made("relation", schema, _plain(key)) for key in _KEY.findall(code))
    elif found := _OTHER_RELATION.match(code):
        yield Made("relation", *map(_plain, found.groups()))
    elif found := _ALTERED_TABLE.match(code):
        for key in set(_KEY.findall(code)) - set(_DROPPED.findall(code)):
            yield Made("relation", _plain(found[1]), _plain(key))
    elif found := _INDEX.match(code):
        yield Made("relation", _plain(found[2]), _plain(found[1]))
    elif found := _FUNCTION.match(code):
        types = ", ".join(_argument_types(code[found.end() :]))
        yield Made("function", _plain(found[1]), _plain(found[2]), types)
    elif found := _TRIGGER.match(code):
        yield Made("trigger", _plain(found[2]), _plain(found[1]), _plain(found[3]))
    elif found := _POLICY.match(code):
        yield Made("policy", _plain(found[2]), _plain(found[1]), _plain(found[3]))
    elif found := _SCHEMA.match(code):
        owner = _plain(found[3]) if found[1] and found[3] else ""
        yield Made("schema", "", _plain(found[2]), owner=owner)


def _argument_types(code: str) -> Iterator[str]:
    """The types of the arguments that `code` begins with, up to the closing parenthesis.

    Each argument has a name, as all of ours do.
    """
    depth, start = 0, 0
    for place, sign in enumerate(code):
        if sign in ",)" and depth == 0:
            argument = _MODE.sub("", _DEFAULT.sub("", code[start:place])).strip()
            if argument:
                yield " ".join(argument.split()[1:])
            start = place + 1
            if sign == ")":
                return
        depth += {"(": 1, ")": -1}.get(sign, 0)


def _plain(name: str) -> str:
    return name[1:-1] if name.startswith('"') else name
