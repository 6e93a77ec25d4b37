"""Known-defects S04 to S07: what a practitioner's login can try with SQL of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from psycopg import errors

from actors import NEW, A, B, Clinic, running
from rows import ALICE, BOB, Connection, day
from wellness_journey.database.settings import Target

TABLES = ("log_integration_sessions", "log_behavioral_changes", "log_pulse_checks")
APPEND_ONLY = TABLES[1:]
KEYS = ("integration_session_id", "change_id", "pulse_check_id")
each_table = pytest.mark.parametrize("table", TABLES)


@pytest.fixture(scope="module")
def clinic(embedded: Target) -> Iterator[Clinic]:
    """Two practitioners' rows; B's hold a text that must never be seen."""
    with running(embedded) as clinic:
        B.pulse_check(clinic.connect(), 2, notes="a secret of B's patient")
        yield clinic


def state(clinic: Clinic) -> list[Any]:
    """All that an attacker must not change: B's rows, whose rows are whose, rights and guards."""
    superuser = clinic.connect()
    found: list[Any] = []
    for table in ("log_sessions", *TABLES):
        found += superuser.execute(
            f"select t::text from public.{table} as t where practitioner_id = %s "
            "or patient_id <> %s order by 1".encode(),
            (BOB, A.patient_id),
        ).fetchall()
    found += superuser.execute(
        "select relname, relacl::text, relowner, relrowsecurity from pg_class "
        "where relnamespace = 'public'::regnamespace order by 1"
    ).fetchall()
    found += superuser.execute("select tgname, tgenabled, tgrelid from pg_trigger order by 1, 3")
    found += superuser.execute("select polname, polqual::text from pg_policy order by 1")
    found += superuser.execute("select id from auth.users order by 1").fetchall()
    return found


@pytest.fixture
def attacker(clinic: Clinic) -> Iterator[Connection]:
    """A fresh connection that commits; afterwards B's rows, rights and guards are as before."""
    before = state(clinic)
    with clinic.attacking(autocommit=True) as connection:
        yield connection
    assert state(clinic) == before


def key_of(clinic: Clinic, table: str, practitioner: object) -> Any:
    """The key of some row of a practitioner's."""
    column = ("session_id", *KEYS)[("log_sessions", *TABLES).index(table)]
    query = f"select {column} from public.{table} where practitioner_id = %s".encode()
    return clinic.connect().execute(query, (practitioner,)).fetchall()[0][0]


def new(table: str, key: Any) -> tuple[bytes, dict[str, Any]]:
    """A row of A's own, with a key of the caller's choice."""
    return f"insert into public.{table} {NEW[table]}".encode(), {
        **A.owner,
        "key": key,
        "day": day(3),
    }


# Orders that are refused ---------------------------------------------------------------------


@each_table
@pytest.mark.parametrize(
    "order",
    [
        "delete from public.{table}",
        "truncate public.{table}",
        "truncate public.log_sessions cascade",
        "delete from public.log_sessions",
        "merge into public.{table} as t using public.{table} as s on t.session_id = s.session_id "
        "when matched then delete",
        "copy public.{table} to '/tmp/stolen'",
        "copy public.{table} to program 'cat'",
        "copy public.{table} from program 'true'",
        "alter table public.{table} disable trigger all",
        "alter table public.{table} disable row level security",
        "alter table public.{table} owner to current_user",
        "create rule taken as on insert to public.{table} do instead nothing",
        "create policy mine on public.{table} using (true)",
        "create trigger mine before insert on public.{table} for each row "
        "execute function suppress_redundant_updates_trigger()",
        "create table pg_temp.child () inherits (public.{table})",
        "create index on public.{table} (patient_id)",
        "create statistics mine on patient_id, session_id from public.{table}",
        "drop table public.{table}",
        "create view public.mine as select * from public.{table}",
        "create function public.mine() returns int language sql as 'select 1'",
        "create schema mine",
        "create cast (uuid as date) with inout as implicit",
        "alter function public.get_integration_milestones reset search_path",
        "create or replace function public.journey_caller() returns name language sql "
        "as $$ select 'service_role'::name $$",
        "select public.journey_caller()",
        "select id from auth.users",
        "select * from journey_ledger.migrations",
        "create temporary table t (x int); create trigger t before delete on pg_temp.t "
        "for each row execute function public.journey_refuse_change()",
        "create temporary table t (x int); create trigger t before insert on pg_temp.t "
        "for each row execute function public.journey_guard_pulse_check()",
        "create temporary view v as select 1 as x; create rule r as on insert to pg_temp.v "
        "do instead delete from public.{table}; insert into pg_temp.v values (1)",
        "create temporary table t (x int); create function pg_temp.f() returns trigger "
        "language plpgsql as 'begin delete from public.{table}; return new; end'; "
        "create trigger t before insert on pg_temp.t for each row execute function pg_temp.f(); "
        "insert into pg_temp.t values (1)",
    ],
)
def test_what_is_not_granted_is_refused(attacker: Connection, table: str, order: str) -> None:
    """S05, S06: no command, trigger, rule or function of a practitioner's gets round the grants."""
    with pytest.raises(errors.InsufficientPrivilege):
        attacker.execute(order.format(table=table).encode())


@each_table
@pytest.mark.parametrize(
    "order",
    ["grant all on public.{table} to anon", "revoke all on public.{table} from service_role"],
)
def test_some_orders_only_warn(attacker: Connection, table: str, order: str) -> None:
    """S05: PostgreSQL answers these with a warning; the rights stay as they were (fixture)."""
    notices: list[str] = []
    attacker.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
    attacker.execute(order.format(table=table).encode())
    assert notices


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize(
    "order",
    [
        "update public.{table} set created_at = now()",
        "update public.{table} set patient_id = gen_random_uuid() where false",
        "select * from public.{table} for update",
        "merge into public.{table} as t using (select 1) as s on true "
        "when matched then update set created_at = now()",
        "insert into public.{table} select * from public.{table} on conflict ({key}) "
        "do update set created_at = now()",
        "lock table public.{table} in share mode",
        "lock table public.{table} in access exclusive mode",
    ],
)
def test_append_only_tables_are_not_even_locked(
    attacker: Connection, table: str, order: str
) -> None:
    """S06: a practitioner has no way to change the audit trail, nor to block others from it."""
    key = KEYS[TABLES.index(table)]
    with pytest.raises(errors.InsufficientPrivilege), attacker.transaction():
        attacker.execute(order.format(table=table, key=key).encode())


@pytest.mark.parametrize(
    "change",
    [
        "patient_id = gen_random_uuid()",
        f"session_id = '{B.session_id}', patient_id = '{B.patient_id}'",
        f"session_id = '{B.session_id}', patient_id = '{B.patient_id}', practitioner_id = '{BOB}'",
        f"practitioner_id = '{BOB}'",
        "created_at = '2001-01-01'",
        "session_date = '2025-01-01'",
    ],
)
@pytest.mark.parametrize(
    "order",
    [
        "update public.log_integration_sessions set {change}",
        "merge into public.log_integration_sessions as t using (select 1) as s "
        "on t.completed is not null when matched then update set {change}",
        "insert into public.log_integration_sessions select * from public.log_integration_sessions "
        "on conflict (integration_session_id) do update set {change}",
        "with u as (update public.log_integration_sessions set {change} returning *) "
        "select * from u",
    ],
)
def test_no_row_moves_to_another_patient(attacker: Connection, order: str, change: str) -> None:
    """S07: neither update, merge nor upsert gives a row another patient, session or day."""
    with pytest.raises(errors.InsufficientPrivilege, match=r"keeps who|row-level security policy"):
        attacker.execute(order.format(change=change).encode())


# Foreign rows --------------------------------------------------------------------------------


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


# What a client invents -----------------------------------------------------------------------


@each_table
@pytest.mark.parametrize("way", ["insert", "upsert", "merge"])
def test_times_and_days_are_not_the_clients(attacker: Connection, table: str, way: str) -> None:
    """S07: backdated times and invented days are overwritten, whichever way a row goes in."""
    claimed = {"created_at": "'2001-01-01'::timestamptz"}
    claimed["updated_at" if table == TABLES[0] else "days_post_session"] = (
        "'2001-01-01'::timestamptz" if table == TABLES[0] else "99"
    )
    columns, values = NEW[table].split(" values ")
    columns = columns.rstrip(")") + ", " + ", ".join(claimed) + ")"
    values = values.rstrip(")") + ", " + ", ".join(claimed.values()) + ")"
    order = {
        "insert": f"insert into public.{table} {columns} values {values}",
        "upsert": f"insert into public.{table} {columns} values {values} on conflict do nothing",
        "merge": f"merge into public.{table} as t using (select 1) as s on false "
        f"when not matched then insert {columns} values {values}",
    }[way]
    with attacker.transaction():
        row = {**A.owner, "key": uuid4(), "day": day(3)}
        attacker.execute(order.encode(), row)
        key = KEYS[TABLES.index(table)]
        found = attacker.execute(
            f"select * from public.{table} where {key} = %s".encode(), (row["key"],)
        )
        names = [column.name for column in found.description or ()]
        stored = dict(zip(names, found.fetchone() or (), strict=True))
    now = datetime.now(UTC)
    for name in ("created_at", "updated_at"):
        if name in stored:
            assert abs((now - stored[name]).total_seconds()) < 3600
    assert stored.get("days_post_session", 3) == 3


def test_updated_at_is_not_the_clients(attacker: Connection) -> None:
    """S07: an update is dated by the database."""
    found = attacker.execute(
        "update public.log_integration_sessions set completed = true, updated_at = '2001-01-01' "
        "returning updated_at > now() - interval '1 hour'"
    ).fetchall()
    assert set(found) == {(True,)}


# Order and time ------------------------------------------------------------------------------


@each_table
def test_a_session_is_asked_for_at_once(attacker: Connection, table: str) -> None:
    """S04: deferring constraints, or making the session in the same statement, opens nothing."""
    insert, row = new(table, None)
    insert = insert.replace(b"%(key)s", b"gen_random_uuid()")
    with attacker.transaction(force_rollback=True):
        attacker.execute("set constraints all deferred")
        with pytest.raises(errors.InsufficientPrivilege, match="session not found"):
            attacker.execute(insert, {**row, **B.owner, "practitioner_id": ALICE})
    together = (
        b"with s as (insert into public.log_sessions (session_id, practitioner_id, patient_id, "
        b"session_date) values (%(session_id)s, %(practitioner_id)s, %(patient_id)s, %(day)s)) "
    )
    with pytest.raises((errors.InsufficientPrivilege, errors.UniqueViolation)):
        attacker.execute(together + insert, {**row, **B.owner, "practitioner_id": ALICE})


@each_table
def test_a_row_never_outlives_its_session(clinic: Clinic, table: str) -> None:
    """S06: a row written while its session is being deleted waits, and is refused."""
    superuser = clinic.connect()
    superuser.execute(
        "insert into public.log_sessions values ('00000000-0000-5e55-0000-0000000000ff', %s, "
        "%s, '2025-03-01')",
        (ALICE, A.patient_id),
    )
    gone = {**A.owner, "session_id": "00000000-0000-5e55-0000-0000000000ff"}
    insert, row = new(table, None)
    insert = insert.replace(b"%(key)s", b"gen_random_uuid()")
    with clinic.attacking(autocommit=True) as attacker:
        attacker.execute("set lock_timeout = '50ms'")
        with superuser.transaction():
            superuser.execute(
                "delete from public.log_sessions where session_id = %(session_id)s", gone
            )
            with pytest.raises(errors.LockNotAvailable):
                attacker.execute(insert, {**row, **gone})
        with pytest.raises(errors.InsufficientPrivilege, match="session not found"):
            attacker.execute(insert, {**row, **gone})


def test_only_integration_sessions_can_be_locked_whole(attacker: Connection) -> None:
    """Docs: who may update a table may lock it; that is this table only, and is said there."""
    with attacker.transaction():
        attacker.execute("lock table public.log_integration_sessions in access exclusive mode")
    with pytest.raises(errors.InsufficientPrivilege), attacker.transaction():
        attacker.execute("lock table public.log_sessions in share mode")
