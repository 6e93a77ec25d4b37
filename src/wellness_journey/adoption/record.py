"""The record of which way a database is used: on the tables of the migrations, or on a clinic's."""

from __future__ import annotations

from dataclasses import dataclass

from wellness_journey.adoption.found import Connection


@dataclass(frozen=True)
class Adoption:
    """A database that works on a clinic's own tables: their schema, and the optional columns that
    they lack, such as `log_pulse_checks.created_at`."""

    schema: str
    missing: frozenset[str]


def read(connection: Connection) -> Adoption | None:
    """The adoption of this database; None where it works on the tables of the migrations."""
    there = connection.execute(
        "select from pg_catalog.pg_class as c "
        "inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace "
        "where n.nspname = 'quality' and c.relname = 'adoption'"
    ).fetchone()
    if there is None:
        return None
    row = connection.execute(
        "select input_schema, missing_columns from quality.adoption"
    ).fetchone()
    return Adoption(row[0], frozenset(row[1])) if row else None
