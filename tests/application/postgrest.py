"""PostgREST, played request by request: one transaction each, with the SQL that it generates.

After PostgREST 12 and 13 (`QueryBuilder.hs`, `SqlFragment.hs`, `Error.hs`) and the requests that
supabase-js makes of `insert`, `upsert`, `update`, `delete` and `select`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from database import Connection

Row = Mapping[str, Any]
Key = tuple[str, str]

_INSERTED = "(coalesce(nullif(current_setting('pgrst.inserted', true), '')::int, 0) {} 1)::text"
_COUNT_INSERT = f"where set_config('pgrst.inserted', {_INSERTED.format('+')}, true) <> '0'"
_COUNT_UPDATE = f"where set_config('pgrst.inserted', {_INSERTED.format('-')}, true) <> '-1'"
# Error.hs, mapSQLtoHTTP, as far as our tables can go: the longest prefix counts.
_STATUS = {
    "": 400,
    "08": 503,
    "21000": 500,
    "23503": 409,
    "23505": 409,
    "25": 500,
    "25006": 405,
    "40": 500,
    "42501": 403,
    "53": 503,
    "55": 500,
    "57": 500,
    "57P01": 503,
    "P0": 500,
    "P0001": 400,
}


@dataclass(frozen=True)
class Answer:
    """An HTTP status; the body's `code` and `message` where it is an error, else its rows."""

    status: int
    rows: list[dict[str, Any]] = field(default_factory=list)
    code: str = ""
    message: str = ""


@dataclass(frozen=True)
class Client:
    """supabase-js for one user of the API. `select` stands for a chained `.select()`.

    `connection` is PostgREST's: its login is a member of the API's roles, in autocommit mode.
    """

    connection: Connection
    role: str
    sub: object = None

    def select(self, table: str, key: Key) -> Answer:
        """`.select().eq(*key)`"""
        where, value = _where(table, key)
        return self._request(
            sql.SQL("select * from {} {}").format(_table(table), where), [value], 200
        )

    def insert(
        self, table: str, payload: Row | Sequence[Row], *, default_to_null: bool = True
    ) -> Answer:
        """`.insert(payload, {defaultToNull}).select()`"""
        return self._insert(table, payload, sql.SQL(""), "", default_to_null)

    def upsert(
        self,
        table: str,
        payload: Row | Sequence[Row],
        *,
        ignore_duplicates: bool = False,
        on_conflict: str | None = None,
        default_to_null: bool = True,
    ) -> Answer:
        """`.upsert(payload, {ignoreDuplicates, onConflict, defaultToNull}).select()`"""
        columns = on_conflict.split(",") if on_conflict else [self._primary_key(table)]
        action = sql.SQL("do nothing")
        if not ignore_duplicates:
            action = sql.SQL("do update set {} {}").format(
                sql.SQL(", ").join(
                    sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
                    for name in _columns(payload)
                ),
                sql.SQL(_COUNT_UPDATE),
            )
        conflict = sql.SQL("on conflict ({}) {}").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), action
        )
        counted = "" if ignore_duplicates else _COUNT_INSERT
        return self._insert(table, payload, conflict, counted, default_to_null)

    def update(self, table: str, payload: Row, key: Key) -> Answer:
        """`.update(payload).eq(*key).select()`"""
        columns = _columns(payload)
        where, value = _where(table, key)
        statement = sql.SQL("update {} set {} {} {} returning {}.*").format(
            _table(table),
            sql.SQL(", ").join(
                sql.SQL("{0} = pgrst_body.{0}").format(sql.Identifier(name)) for name in columns
            ),
            self._body(table, columns, is_array=False, with_defaults=False),
            where,
            _table(table),
        )
        return self._request(statement, [json.dumps(payload, default=str), value], 200)

    def delete(self, table: str, key: Key) -> Answer:
        """`.delete().eq(*key).select()`"""
        where, value = _where(table, key)
        statement = sql.SQL("delete from {} {} returning {}.*").format(
            _table(table), where, _table(table)
        )
        return self._request(statement, [value], 200)

    def _insert(
        self,
        table: str,
        payload: Row | Sequence[Row],
        conflict: sql.Composable,
        counted: str,
        default_to_null: bool,
    ) -> Answer:
        columns = _columns(payload)
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        is_array = not isinstance(payload, Mapping)
        statement = sql.SQL("insert into {} ({}) select {} {} {} {} returning {}.*").format(
            _table(table),
            names,
            sql.SQL(", ").join(sql.Identifier("pgrst_body", name) for name in columns),
            self._body(table, columns, is_array, not default_to_null),
            sql.SQL(counted),
            conflict,
            _table(table),
        )
        # A merge that inserted nothing is 200, everything else 201.
        return self._request(statement, [json.dumps(payload, default=str)], 200 if counted else 201)

    def _body(
        self, table: str, columns: Sequence[str], is_array: bool, with_defaults: bool
    ) -> sql.Composed:
        """The payload as rows: `missing=default` puts the table's defaults under each row."""
        catalogue = self._catalogue(table)
        json_type = "jsonb" if with_defaults else "json"
        source = "pgrst_payload.json_data"
        defaults = sql.SQL("")
        if with_defaults:
            source = "pgrst_json_defs.val"
            known = sql.SQL(", ").join(
                sql.SQL("{}, {}").format(sql.Literal(name), sql.SQL(catalogue[name][1]))
                for name in columns
                if catalogue[name][1]
            )
            defaults = sql.SQL(
                "lateral (select jsonb_agg(jsonb_build_object({}) || elem) as val "
                "from jsonb_array_elements(pgrst_payload.json_data) elem) pgrst_json_defs, "
                if is_array
                else "lateral (select jsonb_build_object({}) || pgrst_payload.json_data as val) "
                "pgrst_json_defs, "
            ).format(known)
        return sql.SQL(
            "from (select %s::{json_type} as json_data) pgrst_payload, {defaults}"
            "lateral (select {names} from {function}({source}) as _({typed})) pgrst_body"
        ).format(
            json_type=sql.SQL(json_type),
            defaults=defaults,
            names=sql.SQL(", ").join(map(sql.Identifier, columns)),
            function=sql.SQL(f"{json_type}_to_record{'set' if is_array else ''}"),
            source=sql.SQL(source),
            typed=sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(catalogue[name][0]))
                for name in columns
            ),
        )

    def _catalogue(self, table: str) -> dict[str, tuple[str, str | None]]:
        """Type and default of each column: what PostgREST's schema cache knows."""
        return {
            name: (kind, default)
            for name, kind, default in self.connection.execute(
                "select attname, format_type(atttypid, atttypmod), pg_get_expr(adbin, adrelid) "
                "from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum "
                "where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
                (f"public.{table}",),
            )
        }

    def _primary_key(self, table: str) -> str:
        (name,) = self.connection.execute(
            "select attname from pg_index inner join pg_attribute "
            "on attrelid = indrelid and attnum = any(indkey) "
            "where indisprimary and indrelid = to_regclass(%s)",
            (f"public.{table}",),
        ).fetchone() or ("",)
        return str(name)

    def _request(self, query: sql.Composed, values: Sequence[object], status: int) -> Answer:
        """One request: a transaction, the role and the verified claims, one statement."""
        claims = {"role": self.role} | ({"sub": str(self.sub)} if self.sub else {})
        statement = sql.SQL(
            "with pgrst_source as ({}) select coalesce(json_agg(_postgrest_t), '[]') as body, "
            "nullif(current_setting('pgrst.inserted', true), '')::int as inserted "
            "from (select pgrst_source.* from pgrst_source) _postgrest_t"
        ).format(query)
        try:
            with self.connection.transaction():
                self.connection.execute(
                    "select set_config('search_path', 'public', true), "
                    "set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
                    (self.role, json.dumps(claims)),
                )
                rows, inserted = self.connection.execute(statement, values).fetchone() or ([], 0)
        except psycopg.Error as error:
            return self._refusal(error)
        return Answer(201 if inserted else status, rows)

    def _refusal(self, error: psycopg.Error) -> Answer:
        code = error.sqlstate or ""
        prefix = max((known for known in _STATUS if code.startswith(known)), key=len)
        status = 401 if code == "42501" and self.role == "anon" else _STATUS[prefix]
        return Answer(status, code=code, message=error.diag.message_primary or "")


def _table(name: str) -> sql.Identifier:
    return sql.Identifier("public", name)


def _columns(payload: Row | Sequence[Row]) -> list[str]:
    """The names of all rows: supabase-js sends them along as `columns`."""
    rows = [payload] if isinstance(payload, Mapping) else payload
    return list(dict.fromkeys(name for row in rows for name in row))


def _where(table: str, key: Key) -> tuple[sql.Composed, str]:
    name, value = key
    return sql.SQL("where {} = %s").format(sql.Identifier("public", table, name)), value
