"""Names and texts as SQL needs them, without a connection."""

from __future__ import annotations

from psycopg import sql


def identifier(text: str) -> str:
    """An identifier, with quotation marks."""
    return sql.Identifier(text).as_string()


def literal(text: str) -> str:
    """A text as a literal."""
    return sql.Literal(text).as_string()
