"""What a practitioner's login can try on the rows of another (S04)."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import errors

from actors import Clinic
from attacker import KEYS, new
from database import Connection
from rows import ALICE, BOB
from tables import TABLES, each_table


def key_of(clinic: Clinic, table: str, practitioner: object) -> Any:
    """The key of some row of a practitioner's."""
    column = ("session_id", *KEYS)[("log_sessions", *TABLES).index(table)]
    query = f"select {column} from public.{table} where practitioner_id = %s".encode()
    return clinic.connect().execute(query, (practitioner,)).fetchall()[0][0]


@pytest.mark.parametrize(
    "order",
    [
        "update public.log_integration_sessions set completed = true, session_notes = 'mine' "
        "where practitioner_id = %(b)s returning session_id",
        "merge into public.log_integration_sessions as t using (select %(b)s::uuid as id) as s "
        "on t.practitioner_id = s.id when matched then update set session_notes = 'mine'",
        "select * from public.log_integration_sessions where practitioner_id = %(b)s for update",
        "with u as (update public.log_integration_sessions set session_notes = 'mine' "
        "where practitioner_id = %(b)s returning *) select * from u",
    ],
)
def test_foreign_rows_are_not_there(attacker: Connection, order: str) -> None:
    """S04: commands on somebody else's rows find none and return none."""
    assert attacker.execute(order.encode(), {"b": BOB}).rowcount == 0


def test_a_merge_without_a_condition_is_refused(attacker: Connection) -> None:
    """S04: a merge that would touch everybody's rows ends in an error and touches none."""
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security policy"):
        attacker.execute(
            "merge into public.log_integration_sessions as t using (select 1) as s on true "
            "when matched then update set session_notes = 'mine'"
        )


@pytest.mark.parametrize("table", ["log_sessions", *TABLES])
def test_a_key_that_is_taken_tells_only_that(
    attacker: Connection, clinic: Clinic, table: str
) -> None:
    """Docs: a foreign key's row and an own one answer alike: taken, not whose and not what."""
    told = []
    for practitioner in (ALICE, BOB):
        key = key_of(clinic, table, practitioner)
        insert, row = new(table, key)
        done = attacker.execute(insert + b" on conflict do nothing", row).rowcount
        with pytest.raises(errors.UniqueViolation) as caught:
            attacker.execute(insert, row)
        detail = (caught.value.diag.message_detail or "").replace(str(key), "KEY")
        told.append((done, caught.value.diag.message_primary, detail))
    assert told[0] == told[1]
    assert told[0][0] == 0


def test_an_upsert_does_not_reach_a_foreign_row(attacker: Connection, clinic: Clinic) -> None:
    """S04: `on conflict do update` on somebody else's key is refused and returns nothing."""
    insert, row = new("log_integration_sessions", key_of(clinic, "log_integration_sessions", BOB))
    for returning in (b"", b" returning *"):
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security policy"):
            attacker.execute(
                insert + b" on conflict (integration_session_id) do update "
                b"set session_notes = 'mine'" + returning,
                row,
            )


@each_table
def test_copy_gives_own_rows_and_takes_none(attacker: Connection, table: str) -> None:
    """S04: COPY TO is filtered like SELECT; COPY FROM, which no policy could check, is refused."""
    with attacker.cursor().copy(f"copy public.{table} to stdout".encode()) as copy:
        text = b"".join(bytes(block) for block in copy).decode()
    assert str(ALICE) in text
    assert str(BOB) not in text
    with (
        pytest.raises(errors.FeatureNotSupported, match="row-level security"),
        attacker.cursor().copy(f"copy public.{table} from stdin".encode()),
    ):
        pass


def test_functions_in_a_condition_see_own_rows_only(attacker: Connection) -> None:
    """S04: a cheap function that tells what it is given runs after the policies, also in a view."""
    seen: list[str] = []
    attacker.add_notice_handler(lambda notice: seen.append(notice.message_primary or ""))
    attacker.execute(
        "create function pg_temp.leak(text) returns bool language plpgsql cost 0.0000001 "
        "as $$ begin raise notice '%', $1; return true; end $$"
    )
    attacker.execute("create temporary view v as select * from public.log_pulse_checks")
    for place in ("public.log_pulse_checks", "pg_temp.v"):
        seen.clear()
        attacker.execute(f"select 1 from {place} as t where pg_temp.leak(t::text)".encode())
        assert seen
        assert [line for line in seen if str(BOB) in line or "secret" in line] == []


@each_table
def test_plans_and_statistics_hold_no_foreign_value(
    attacker: Connection, clinic: Clinic, table: str
) -> None:
    """S04: EXPLAIN and pg_stats show a practitioner no value of anybody's rows."""
    clinic.connect().execute(f"analyze public.{table}".encode())
    plan = attacker.execute(
        f"explain (analyze, verbose) select * from public.{table}".encode()
    ).fetchall()
    assert plan
    assert [row for row in plan if str(BOB) in row[0] or "secret" in row[0]] == []
    assert attacker.execute(
        "select count(*) from pg_stats where tablename = %s", (table,)
    ).fetchone() == (0,)
