"""A batch of rows on its way into a table: text, then the table's types, then the table.

What a row must be is known to the database alone: a batch it refuses is split until the
refused rows stand alone, each with the database's reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from wellness_journey.errors import JourneyError
from wellness_journey.load_files import Record

Connection = psycopg.Connection[Any]

# File name without .csv -> schema, table, key; in the order that references need.
TABLES = {
    "auth_users": ("auth", "users", "id"),
    "log_sessions": ("public", "log_sessions", "session_id"),
    "log_integration_sessions": ("public", "log_integration_sessions", "integration_session_id"),
    "log_behavioral_changes": ("public", "log_behavioral_changes", "change_id"),
    "log_pulse_checks": ("public", "log_pulse_checks", "pulse_check_id"),
}
# Supabase's own table has many more columns (e-mail, phone): none of our business.
_ONLY_COLUMNS = {"auth_users": {"id"}}
# The database computes the first and moves the second: neither is required, nor compared.
_SET_BY_DATABASE = {"days_post_session", "updated_at"}
_REFUSALS = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.RaiseException,
)
# A refused batch is tried again in eighths: a third less time than halves take.
_PARTS = 8
_RAW = sql.Identifier("pg_temp", "journey_raw")
_TYPED = sql.Identifier("pg_temp", "journey_typed")
_LINES = sql.SQL("journey_line = any(%s)")


@dataclass(frozen=True)
class Table:
    """A target table as the catalogue describes it: column names, with types without length."""

    name: str
    relation: sql.Identifier
    key: str
    types: dict[str, str]
    required: set[str]


def describe(connection: Connection, name: str) -> Table:
    """The table behind `<name>.csv`.

    Raises:
        JourneyError: it is not there, or not ours to read and fill.
    """
    schema, table, key = TABLES[name]
    columns = connection.execute(
        """
        select a.attname, format_type(a.atttypid, null),
            a.attnotnull and not a.atthasdef and a.attidentity = '',
            has_table_privilege(a.attrelid, 'select') and has_table_privilege(a.attrelid, 'insert')
        from pg_catalog.pg_attribute as a
        where a.attrelid = to_regclass(format('%%I.%%I', %s::text, %s::text))
            and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        order by a.attnum
        """,
        (schema, table),
    ).fetchall()
    if not columns:
        raise JourneyError(
            f"this database has no {schema}.{table}: run `journey migrate`, then this again"
        )
    if not columns[0][3]:
        raise JourneyError(
            f"{connection.info.user} may not read and insert into {schema}.{table}: "
            "connect (PGUSER) as the owner of the tables"
        )
    mine = [row for row in columns if row[0] in _ONLY_COLUMNS.get(name, {row[0]})]
    return Table(
        name=name,
        relation=sql.Identifier(schema, table),
        key=key,
        types={column: kind for column, kind, _, _ in mine},
        required={column for column, _, needed, _ in mine if needed} - _SET_BY_DATABASE | {key},
    )


class Batches:
    """Puts batches of one file into its table, by way of two temporary tables."""

    def __init__(self, connection: Connection, table: Table, columns: Sequence[str]) -> None:
        self._connection = connection
        self._make_staging(table, columns)
        key = sql.Identifier(table.key)
        names = _listed(columns)
        # Casts carry no length: a cast to varchar(50) would cut, the assignment refuses.
        casts = sql.SQL(", ").join(
            sql.SQL("{}::{}").format(sql.Identifier(name), sql.SQL(table.types[name]))
            for name in columns
        )
        # An empty created_at was filled in by the database: that is no other value.
        same = [
            sql.SQL(
                "coalesce(n.{0}, o.{0}) is not distinct from o.{0}"
                if name == "created_at"
                else "n.{0} is not distinct from o.{0}"
            ).format(sql.Identifier(name))
            for name in columns
            if name not in {*_SET_BY_DATABASE, table.key}
        ]
        self._convert = sql.SQL("insert into {} select journey_line, {} from {} where {}").format(
            _TYPED, casts, _RAW, _LINES
        )
        self._known = sql.SQL(
            "select n.journey_line, {} from {} as n inner join {} as o on o.{} = n.{} where n.{}"
        ).format(
            sql.SQL(" and ").join([sql.SQL("true"), *same]),
            _TYPED,
            table.relation,
            key,
            key,
            _LINES,
        )
        # Rows without a key are not each other's duplicates.
        self._first = sql.SQL(
            "select min(journey_line) from {} where {} "
            "group by {}, case when {} is null then journey_line end"
        ).format(_TYPED, _LINES, key, key)
        self._insert = sql.SQL(
            "insert into {} ({}) select {} from {} where {} order by journey_line"
        ).format(table.relation, names, names, _TYPED, _LINES)

    def _make_staging(self, table: Table, columns: Sequence[str]) -> None:
        for staging in (_RAW, _TYPED):
            self._connection.execute(sql.SQL("drop table if exists {}").format(staging))
        self._connection.execute(
            sql.SQL(
                "create temporary table {} (journey_line bigint primary key, {}) on commit drop"
            ).format(
                _RAW,
                sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(c)) for c in columns),
            )
        )
        # Typed as the target, without its constraints: those speak when the row goes there.
        self._connection.execute(
            sql.SQL(
                "create temporary table {} on commit drop as "
                "select null::bigint as journey_line, {} from {} where false"
            ).format(_TYPED, _listed(columns), table.relation)
        )
        self._connection.execute(
            sql.SQL("alter table {} add primary key (journey_line)").format(_TYPED)
        )

    def place(self, records: Sequence[Record]) -> tuple[int, int, dict[int, str]]:
        """How many rows are new, how many known, and the lines refused, each with its reason."""
        for staging in (_RAW, _TYPED):
            self._connection.execute(sql.SQL("truncate {}").format(staging))
        with (
            self._connection.cursor() as cursor,
            cursor.copy(sql.SQL("copy {} from stdin").format(_RAW)) as copy,
        ):
            for record in records:
                copy.write_row([record.line, *(text or None for text in record.fields)])
        lines = [record.line for record in records]
        _, refused = self._try(self._convert, lines)
        lines = [line for line in lines if line not in refused]
        new = known = 0
        # One round places the first line of each id; only repeated ids need another.
        while lines:
            found = dict(self._connection.execute(self._known, (lines,)).fetchall())
            known += sum(found.values())
            refused |= {
                line: "a known id with other values; the tables are append-only"
                for line, is_same in found.items()
                if not is_same
            }
            lines = [line for line in lines if line not in found]
            first = sorted(row[0] for row in self._connection.execute(self._first, (lines,)))
            inserted, not_inserted = self._try(self._insert, first)
            new += inserted
            refused |= not_inserted
            lines = sorted(set(lines) - set(first))
        return new, known, refused

    def _try(self, statement: sql.Composed, lines: list[int]) -> tuple[int, dict[int, str]]:
        """Run `statement` for all `lines` but those the database refuses.

        Returns how many rows it wrote, and the refused lines with their reasons.
        """
        if not lines:
            return 0, {}
        try:
            with self._connection.transaction():
                return self._connection.execute(statement, (lines,)).rowcount, {}
        except _REFUSALS as error:
            refusal = error
        if len(lines) == 1:
            return 0, {lines[0]: self._reason(refusal)}
        written = 0
        refused: dict[int, str] = {}
        size = -(-len(lines) // _PARTS)
        for start in range(0, len(lines), size):
            more_written, more_refused = self._try(statement, lines[start : start + size])
            written += more_written
            refused |= more_refused
        return written, refused

    def _reason(self, error: psycopg.Error) -> str:
        """Why the database refused one row; may repeat a value, so for the rejects file only."""
        said = error.diag.message_primary or f"SQLSTATE {error.sqlstate}"
        name = error.diag.constraint_name
        if not name:
            return said
        comment = self._connection.execute(
            """
            select obj_description(c.oid, 'pg_constraint')
            from pg_catalog.pg_constraint as c
            where c.conname = %s
                and c.conrelid = to_regclass(format('%%I.%%I', %s::text, %s::text))
            """,
            (name, error.diag.schema_name, error.diag.table_name),
        ).fetchone()
        return f"{comment[0]} ({name})" if comment and comment[0] else said


def _listed(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
