"""A batch of rows on its way into a table: canonical texts, then the table.

What a row must be beyond its spelling is known to the database alone: a batch it refuses is split
until the refused rows stand alone, each with the database's reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql

from wellness_journey.intake.made_keys import DAYS
from wellness_journey.intake.reasons import Fault
from wellness_journey.intake.refused_rows import fault_of
from wellness_journey.intake.tables import SET_BY_DATABASE, Table

Connection = psycopg.Connection[Any]
Values = Sequence[str | None]
# Of each table, where the rejected row of a key stood: file and line.
Rejected = dict[str, dict[str, tuple[str, int]]]

_REFUSALS = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.RaiseException,
)
# A refused batch is tried again in eighths: a third less time than halves take.
_PARTS = 8
# They are numbers too, so only the table's own limits can refuse them.
_NUMBER_CODES: frozenset[str | None] = frozenset({"-9", "-99", "-999", "-9999"})
_NUMBER_REMEDY = (
    "if a number such as -99 stands for no value, declare it in datapackage.json as the file "
    'writes it: {"missingValues": ["", "-99", "-99.0"]}'
)
_TYPED = sql.Identifier("pg_temp", "journey_typed")
_MADE = sql.Identifier("pg_temp", "journey_made")
_LINES = sql.SQL("n.journey_line = any(%s)")


class Batches:
    """Puts batches of one file into its table, by way of a temporary one.

    `columns` are those of the rows, in their order; `rejected` are the keys of rows of this load
    that are in no table, which later rows may refer to.
    """

    def __init__(
        self,
        connection: Connection,
        table: Table,
        columns: Sequence[str],
        rejected: Rejected,
        *,
        made_keys: bool = False,
    ) -> None:
        self._connection, self._table, self._rejected = connection, table, rejected
        self._columns = list(columns)
        self._made_keys = made_keys
        self._make_staging()
        key = sql.Identifier(table.key)
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        # An empty created_at was filled in by the database: that is no other value.
        same = [
            sql.SQL(
                "coalesce(n.{0}, o.{0}) is not distinct from o.{0}"
                if name == "created_at"
                else "n.{0} is not distinct from o.{0}"
            ).format(sql.Identifier(name))
            for name in columns
            if name not in {*SET_BY_DATABASE, table.key}
        ]
        self._copy = sql.SQL("copy {} (journey_line, {}) from stdin").format(_TYPED, names)
        self._known = sql.SQL(
            "select n.journey_line, {} from {} as n inner join {} as o on o.{} = n.{} where {}"
        ).format(
            sql.SQL(" and ").join([sql.SQL("true"), *same]),
            _TYPED,
            table.relation,
            key,
            key,
            _LINES,
        )
        self._first = sql.SQL(
            "select min(n.journey_line) from {} as n where {} group by n.{}"
        ).format(_TYPED, _LINES, key)
        self._insert = sql.SQL(
            "insert into {} ({}) select {} from {} as n where {} order by n.journey_line"
        ).format(table.relation, names, names, _TYPED, _LINES)
        self._strays = sql.SQL(
            "select n.journey_line from {} as n where {} and not exists ("
            "select from public.log_sessions as s where s.session_id = n.session_id "
            "and s.patient_id = n.patient_id and s.practitioner_id = n.practitioner_id)"
        ).format(_TYPED, _LINES)

    def _make_staging(self) -> None:
        # Typed as the target, without its constraints: those speak when the row goes there.
        self._connection.execute(
            sql.SQL(
                "drop table if exists {0}; "
                "create temporary table {0} on commit drop as "
                "select null::bigint as journey_line, {1} from {2} where false; "
                "alter table {0} add primary key (journey_line)"
            ).format(
                _TYPED,
                sql.SQL(", ").join(map(sql.Identifier, self._columns)),
                self._table.relation,
            )
        )
        if self._made_keys:
            self._connection.execute(
                sql.SQL(
                    "drop table if exists {0}; "
                    "create temporary table {0} (key uuid primary key) on commit drop"
                ).format(_MADE)
            )

    def place(self, rows: Mapping[int, Values]) -> tuple[int, int, dict[int, Fault]]:
        """How many rows are new, how many known, and the lines refused, each with its reason.

        `rows` are canonical texts by line, in the order of the columns.
        """
        self._connection.execute(sql.SQL("truncate {}").format(_TYPED))
        lines = sorted(rows)
        _, refused = self._try(lambda some: self._copy_rows(rows, some), rows, lines)
        lines = [line for line in lines if line not in refused]
        new = known = 0
        # One round places the first line of each id; only repeated ids need another.
        while lines:
            found = dict(self._connection.execute(self._known, (lines,)).fetchall())
            known += sum(found.values())
            refused |= {
                line: Fault(
                    "a known id with other values; the tables are append-only",
                    "give a correction a key of its own",
                )
                for line, is_same in found.items()
                if not is_same
            }
            lines = [line for line in lines if line not in found]
            first = sorted(row[0] for row in self._connection.execute(self._first, (lines,)))
            strays = self._without_session(rows, first)
            refused |= strays
            inserted, not_inserted = self._try(
                self._insert_rows, rows, [line for line in first if line not in strays]
            )
            new += inserted
            refused |= not_inserted
            lines = sorted(set(lines) - set(first))
        return new, known, refused

    def corrected(self) -> int:
        """New rows with made keys on a session and day that had rows before this load."""
        row = self._connection.execute(
            sql.SQL(
                "select count(*) from {made} as m inner join {table} as n on n.{key} = m.key "
                "where exists (select from {table} as o where o.session_id = n.session_id "
                "and o.{day} = n.{day} and not exists "
                "(select from {made} as same_load where same_load.key = o.{key}))"
            ).format(
                made=_MADE,
                table=self._table.relation,
                key=sql.Identifier(self._table.key),
                day=sql.Identifier(DAYS[self._table.name]),
            )
        ).fetchone()
        return row[0] if row else 0

    def _copy_rows(self, rows: Mapping[int, Values], lines: list[int]) -> int:
        with self._connection.cursor() as cursor:
            with cursor.copy(self._copy) as copy:
                for line in lines:
                    copy.write_row((line, *rows[line]))
            return cursor.rowcount

    def _insert_rows(self, lines: list[int]) -> int:
        count = self._connection.execute(self._insert, (lines,)).rowcount
        if self._made_keys:
            self._connection.execute(
                sql.SQL("insert into {} select n.{} from {} as n where {}").format(
                    _MADE, sql.Identifier(self._table.key), _TYPED, _LINES
                ),
                (lines,),
            )
        return count

    def _without_session(self, rows: Mapping[int, Values], lines: list[int]) -> dict[int, Fault]:
        """Rows whose session is in no table, or is of another patient or practitioner."""
        if self._table.name not in DAYS:
            return {}
        strays = [row[0] for row in self._connection.execute(self._strays, (lines,))]
        place = self._columns.index("session_id")
        return {
            line: self._orphan("log_sessions", rows[line][place])
            or Fault(
                "no session of this session_id, patient_id and practitioner_id is in the database",
                "load log_sessions first, or mend the three keys",
            )
            for line in strays
        }

    def _orphan(self, table: str, key: str | None) -> Fault | None:
        """A fault where the row that is referred to was rejected in this load."""
        found = self._rejected.get(table, {}).get(key or "")
        if not found:
            return None
        what = {"log_sessions": "session", "auth_users": "practitioner"}[table]
        return Fault(what, "mend that row, then load again", cause_file=found[0], cause=found[1])

    def _try(
        self, action: Callable[[list[int]], int], rows: Mapping[int, Values], lines: list[int]
    ) -> tuple[int, dict[int, Fault]]:
        """Do it for all `lines` but those the database refuses.

        Returns how many rows it wrote, and the refused lines with their reasons.
        """
        if not lines:
            return 0, {}
        try:
            with self._connection.transaction():
                return action(lines), {}
        except _REFUSALS as error:
            refusal = error
        if len(lines) == 1:
            return 0, {lines[0]: self._fault(refusal, rows[lines[0]])}
        written = 0
        refused: dict[int, Fault] = {}
        size = -(-len(lines) // _PARTS)
        for start in range(0, len(lines), size):
            more_written, more_refused = self._try(action, rows, lines[start : start + size])
            written += more_written
            refused |= more_refused
        return written, refused

    def _fault(self, error: psycopg.Error, values: Values) -> Fault:
        """Why the database refused one row."""
        fault, column = fault_of(self._connection, error)
        if column in self._columns:
            return self._orphan("auth_users", values[self._columns.index(column)]) or fault
        if isinstance(error, psycopg.errors.CheckViolation) and not _NUMBER_CODES.isdisjoint(
            values
        ):
            return replace(fault, remedy=_NUMBER_REMEDY)
        return fault
