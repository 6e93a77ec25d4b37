"""What servers do in the middle of a verb is told with its kind, with the next step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from checkout import Checkout
from database import Connection
from nightly import in_nightly
from runs import know, record
from waiting import ended, waited_for
from wellness_journey.database import settings
from wellness_journey.database.refusals import stopped, trouble, trouble_of_class
from wellness_journey.database.settings import Target


@contextmanager
def held(target: Target, table: str) -> Iterator[None]:
    """Nobody else can read or change the table."""
    with settings.connect(target, name="holder") as holder:
        holder.execute(f"lock table {table}".encode())
        yield


@pytest.mark.parametrize(
    ("cause", "kind", "step"),
    [
        (
            "alter database {} set statement_timeout = '1s'",
            "QueryCanceled (SQLSTATE 57014)",
            "lift it",
        ),
        (
            "alter database {} set lock_timeout = '1ms'",
            "LockNotAvailable (SQLSTATE 55P03)",
            "another session holds a lock",
        ),
        (
            "revoke select on quality.runs"
            " from journey_pipeline, journey_restricted, journey_analyst",
            "InsufficientPrivilege (SQLSTATE 42501)",
            "connect as the owner of the tables",
        ),
        (
            "drop table quality.check_results cascade",
            "UndefinedTable (SQLSTATE 42P01)",
            "restore it from a backup",
        ),
    ],
)
def test_a_trouble_has_a_kind_and_a_next_step(
    checkout: Checkout, target: Target, database: Connection, cause: str, kind: str, step: str
) -> None:
    """Exit 2, never an internal error, never a SQLSTATE alone."""
    record(database, 1, {"PC-004": "pass"})
    database.execute(cause.format(target.database).encode())
    if "timeout" in cause:
        with held(target, "quality.runs"):
            code, out, err = checkout.journey(target, "status")
    else:
        code, out, err = checkout.journey(target, "status")
    assert (code, out) == (2, "")
    assert f"the database was lost or could not go on: {kind}" in err
    assert step in err
    assert "then run this again" in err
    assert "internal error" not in err


def test_another_style_of_dates_is_no_trouble(
    checkout: Checkout, target: Target, database: Connection
) -> None:
    """psycopg reads ISO alone, and the first question is asked before anything is set."""
    record(database, 1, {"PC-004": "pass"})
    database.execute(f"alter database {target.database} set datestyle = 'German, DMY'".encode())
    _, out, err = checkout.journey(target, "status")
    assert "as of 2026-03-01; run 2026-03-02 06:00 UTC" in out, err
    assert "internal error" not in err


@in_nightly
def test_a_database_that_turns_read_only_in_the_middle(
    checkout: Checkout, target: Target, database: Connection
) -> None:
    """What cannot be recorded any more is a trouble of the server, not a fault of ours."""
    on = "show default_transaction_read_only"
    with settings.connect(target) as holder:
        holder.execute("lock table public.log_sessions")
        process = checkout.start(target, "run", "--", "--select", "stg_sessions")
        waits = (
            "select from pg_stat_activity where datname = current_database() "
            "and wait_event_type = 'Lock'"
        )
        waited_for(lambda: database.execute(waits).rowcount or process.poll() is not None)
        try:
            database.execute("alter system set default_transaction_read_only = on")
            database.execute("select pg_reload_conf()")
            waited_for(lambda: database.execute(on).fetchone() == ("on",))
            holder.rollback()
            _, err = ended(process)
        finally:
            database.execute("alter system reset default_transaction_read_only")
            database.execute("select pg_reload_conf()")
            waited_for(lambda: database.execute(on).fetchone() == ("off",))
    assert process.returncode == 2
    assert "could not go on: ReadOnlySqlTransaction (SQLSTATE 25006)" in err
    assert "the database has turned read-only: is it a replica by now, or is its disk full?" in err
    assert "internal error" not in err


def test_a_model_that_meets_a_trouble_says_what_to_do(
    checkout: Checkout, target: Target, database: Connection
) -> None:
    """In the line of the model, and not after a fault of the model itself."""
    database.execute(f"alter database {target.database} set lock_timeout = '1ms'".encode())
    with held(target, "public.log_sessions"):
        code, out, _ = checkout.journey(target, "run", "--", "--select", "stg_sessions")
    assert code == 2
    first = out.splitlines()[0]
    kind = r"Database Error LockNotAvailable \(SQLSTATE 55P03\)[^:]*(: \S+)?: "
    assert re.match(rf"NOT BUILT  model stg_sessions: {kind}another session holds a lock", first)


def test_a_check_that_meets_a_trouble_says_what_to_do(
    checkout: Checkout, target: Target, database: Connection
) -> None:
    """Once for all checks that it holds up."""
    know(database, PC_004="minor")
    database.execute(f"alter database {target.database} set lock_timeout = '1ms'".encode())
    with held(target, "public.log_pulse_checks"):
        code, out, err = checkout.journey(target, "check", "--select", "PC-004")
    assert code == 2, out + err
    assert "LockNotAvailable (SQLSTATE 55P03): another session holds a lock" in out


def test_every_class_of_the_server_has_a_step(raised: Callable[[str], psycopg.Error]) -> None:
    """Of what a server does by itself nothing is a SQLSTATE alone."""
    for state in (
        *("08006", "25006", "25P03", "28P01", "40001", "40P01", "42501", "53100", "53200"),
        *("53300", "53400", "55P03", "57014", "57P01", "57P03", "57P05", "58030", "XX001"),
    ):
        error = raised(state)
        told = trouble(error)
        kind, _, step = told.partition(f" (SQLSTATE {state}): ")
        assert kind == type(error).__name__
        assert len(step) > 20, told
        assert trouble_of_class(kind) == told or "SQLSTATE" in trouble_of_class(kind)
        assert step in stopped(error)


def test_a_fault_of_ours_stays_one(raised: Callable[[str], psycopg.Error]) -> None:
    """No advice where none would help: place and kind to report."""
    for state in ("22P02", "23505"):
        assert stopped(raised(state)).startswith("internal error: ")
        assert f"(SQLSTATE {state})" in stopped(raised(state))
    assert stopped(psycopg.DataError("x")).startswith("internal error: ")
    assert "see that the server runs" in stopped(psycopg.OperationalError("x"))


@pytest.fixture
def raised(connection: Connection) -> Callable[[str], psycopg.Error]:
    """An error of the server with the SQLSTATE that is asked for, from a statement of ours."""

    def raised(state: str) -> psycopg.Error:
        with pytest.raises(psycopg.Error) as caught, connection.transaction():
            connection.execute(
                f"do $$ begin raise exception 'x' using errcode = '{state}'; end $$".encode()
            )
        return caught.value

    return raised
