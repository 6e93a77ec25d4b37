"""Poolers before the database: a transaction pooler is refused, a session pooler works."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from checkout import Checkout
from database import Connection
from nightly import in_nightly
from pooling import PORT, pooler
from waiting import waited_for
from wellness_journey.answer import UNABLE
from wellness_journey.database import settings
from wellness_journey.database.poolers import refuse_transaction_pooler
from wellness_journey.database.settings import Target
from wellness_journey.errors import NoConnectionError
from wellness_journey.pipeline import runs

WHO = "11111111-1111-4111-8111-111111111111"
FILES = {
    "auth_users.csv": f"id\n{WHO}\n",
    "log_sessions.csv": "session_id,practitioner_id,patient_id,session_date\n"
    f"33333333-3333-4333-8333-333333333333,{WHO},22222222-2222-4222-8222-222222222222,2026-03-01\n",
}
NAMED = """
    select count(*) filter (where state = 'idle'), count(*) filter (where state <> 'idle')
    from pg_stat_activity where datname = %s and application_name = %s
"""


@pytest.mark.parametrize("backends", [1, 2, 3, 5])
@pytest.mark.parametrize("goes_round", [0, 1])
@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_a_pooler_that_keeps_no_session_is_refused(
    embedded: Target, mode: str, goes_round: int, backends: int
) -> None:
    """Idle, with one backend for all or with several, which it gives by turns or the last one
    first; the database need not be migrated. The message names the port and the next step."""
    with pooler(embedded, mode, server_round_robin=goes_round) as target:
        with ExitStack() as stack:
            # Statements at the same time make it open as many backends.
            clients = [
                stack.enter_context(settings.open_connection(target)) for _ in range(backends)
            ]
            for client in clients:
                client.pgconn.send_query(b"select pg_sleep(0.2)")
            for client in clients:
                while result := client.pgconn.get_result():
                    assert result.error_message == b""
        with pytest.raises(NoConnectionError, match=rf"port {PORT}.*PGPORT.*5432"):
            refuse_transaction_pooler(target)


def test_every_verb_refuses_it_and_sets_nothing(
    migrated: str, copy_of: Callable[[str], Target], tmp_path: Path
) -> None:
    """Before anything else: no role, no setting and no lock stays with a backend that the next
    application gets."""
    server = copy_of(migrated)
    checkout = Checkout(tmp_path)
    (tmp_path / "rows").mkdir()
    with pooler(server, "transaction", server_reset_query="") as target:
        for verb in (
            ("migrate",),
            ("load", str(tmp_path / "rows")),
            ("seed",),
            ("run",),
            ("check",),
            ("report",),
            ("status",),
            ("explain", "PC-004"),
            ("prune",),
        ):
            code, out, err = checkout.journey(target, *verb)
            assert code == UNABLE, verb
            assert "is a transaction pooler" in err, (verb, out + err)
        with settings.open_connection(target) as next_client:
            shown = "current_user, current_setting('jit')"
            found = next_client.execute(f"select {shown}".encode()).fetchone()
            assert found == (server.user, "on")
            locks = "select count(*) from pg_locks where locktype = 'advisory'"
            assert next_client.execute(locks.encode()).fetchone() == (0,)


def test_a_session_pooler_and_a_plain_login_pass(
    embedded: Target, target: Target, database: Connection
) -> None:
    """Also where all that a login has is a connection."""
    database.execute("create role just_a_login login")
    try:
        with pooler(target, "session", "just_a_login") as pooled:
            refuse_transaction_pooler(replace(pooled, user="just_a_login"))
        refuse_transaction_pooler(replace(target, user="just_a_login"))
    finally:
        database.execute("drop role just_a_login")


def test_a_session_pooler_without_a_free_backend_is_named(embedded: Target) -> None:
    """Its answer is no transaction pooler's: it says what a session pooler lacks."""
    options = {"default_pool_size": 1, "query_wait_timeout": 1}
    with (
        pooler(embedded, "session", **options) as target,
        pytest.raises(NoConnectionError, match="free backend"),
    ):
        refuse_transaction_pooler(target)


def test_backends_that_wait_in_a_pool_hold_no_run_up(target: Target, database: Connection) -> None:
    """A pooler whose reset keeps the name of the application: a backend still bears dbt's name when
    its client is gone, but does nothing, and does not count."""
    with pooler(target, "session", server_reset_query="reset role") as pooled:
        with ExitStack() as stack:
            for _ in range(3):
                dbt = stack.enter_context(settings.open_connection(pooled, name=runs.DBT))
                dbt.execute("select")
        waited_for(
            lambda: (
                database.execute(NAMED.encode(), (target.database, runs.DBT)).fetchone() == (3, 0)
            )
        )
        # It gets one of these backends itself.
        with runs.run_lock(pooled) as connection:
            runs.wait_for_builders(connection, pytest.fail)


@in_nightly
def test_a_whole_night_through_a_session_pooler(
    copy_of: Callable[[str], Target], embedded: Target, tmp_path: Path
) -> None:
    """PgBouncer as a distribution configures it, which refuses unknown startup options: migrate,
    load, run, check and status work, and so does the run after one that was killed."""
    server = copy_of("template0")
    checkout = Checkout(tmp_path)
    rows = tmp_path / "rows"
    rows.mkdir()
    for name, text in FILES.items():
        (rows / name).write_text(text)

    with pooler(server, "session") as target, settings.open_connection(embedded) as watcher:

        def journey(*verb: str) -> str:
            process = checkout.start(target, *verb)
            out, err = process.communicate()  # however long it takes
            assert process.returncode in (0, 1), out + err
            return out + err

        def at_work() -> bool:
            row = watcher.execute(NAMED.encode(), (server.database, runs.DBT)).fetchone()
            return bool(row and row[1])

        journey("migrate", "--with-prerequisites")
        journey("load", str(rows))
        killed = checkout.start(target, "run", "--as-of", "2026-04-01")
        waited_for(lambda: at_work() or killed.poll() is not None)
        assert killed.poll() is None
        killed.kill()
        killed.communicate()
        said = journey("run", "--as-of", "2026-04-01")
        assert "NOT BUILT" not in said
        assert "could not" not in said
        assert "waiting for dbt" not in journey("check", "--as-of", "2026-04-01")
        assert "ERROR" not in journey("status")
