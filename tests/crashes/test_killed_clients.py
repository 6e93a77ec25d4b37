"""What a killed client leaves behind at the server: nothing that commits, nothing that goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from builds import dbt_environment
from checkout import ROOT
from database import Connection
from increments import TODAY, dump, one
from nightly import in_nightly
from slow_rows import SLEEP, SLOW_ROWS
from waiting import LIMIT, waited_for
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from wellness_journey.errors import BusyError
from wellness_journey.pipeline import runs

OURS = """
import sys
from wellness_journey.database import settings
host, port, user, database, seconds = sys.argv[1:]
target = settings.Target(host, int(port), user, database)
with settings.connect(target, name="slow", autocommit=True) as connection:
    connection.execute(f"create table public.half as select pg_sleep({seconds})::text".encode())
"""


@pytest.fixture
def target(built: str, own_copy_of: Callable[[str], Target]) -> Target:
    """A small cohort, built."""
    return own_copy_of(built)


@pytest.fixture(autouse=True)
def _as_other_servers_are(database: Connection, target: Target) -> None:
    """The embedded server looks after its clients by itself; others do not."""
    database.execute(
        f"alter database {target.database} set client_connection_check_interval = 0".encode()
    )


@pytest.fixture
def slow_rows(database: Connection) -> None:
    """The pipeline's view of a behavioural change takes for ever, while `public.slow` is there."""
    database.execute(SLOW_ROWS.encode())


@contextmanager
def killed_dbt(target: Target, database: Connection) -> Iterator[int]:
    """Plain dbt, killed while it builds one model: the backend that is left."""
    dbt = Path(sys.executable).with_name("dbt")
    with dbt_environment(target):
        child = subprocess.Popen(
            [
                dbt,
                "--quiet",
                "build",
                "--full-refresh",
                "--vars",
                json.dumps({"as_of": str(TODAY)}),
                "--select",
                "fct_behavioral_changes",
                "--exclude-resource-type",
                "test",
                "unit_test",
            ],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
    yield killed(child, database, "journey dbt")


def killed(child: subprocess.Popen[bytes], database: Connection, name: str) -> int:
    """The backend of `child`, which was killed in the middle of its statement."""
    asleep = (
        "select pid from pg_stat_activity where datname = current_database() "
        "and application_name = %s and wait_event = 'PgSleep'"
    )
    try:
        waited_for(lambda: database.execute(asleep, (name,)).rowcount or child.poll() is not None)
        assert child.poll() is None
        backend = one(database, asleep, name)
    finally:
        child.kill()
        child.wait()
    assert isinstance(backend, int)
    assert lives(database, backend)
    return backend


def lives(database: Connection, backend: int) -> bool:
    query = "select from pg_stat_activity where pid = %s"
    return bool(database.execute(query, (backend,)).rowcount)


@in_nightly
@pytest.mark.usefixtures("slow_rows")
def test_the_next_run_waits_for_a_backend_that_is_left(
    target: Target, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dbt killed within a model's statement: its backend gives up within seconds, the table stays
    as it was, and a run that is started at once builds nothing beside it."""
    # A user is told sooner; here the server may take as long as it needs.
    monkeypatch.setattr(runs, "_PATIENCE", LIMIT)
    before = dump(database)
    said: list[str] = []
    with killed_dbt(target, database) as backend, runs.run_lock(target) as connection:
        runs.wait_for_builders(connection, said.append)
        assert not lives(database, backend)
    assert said == [f"waiting for dbt's backend {backend} ..."]
    assert dump(database) == before


def test_a_backend_of_ours_ends_with_us(target: Target, database: Connection) -> None:
    """The same for `journey`'s own connections."""
    server = (target.host, str(target.port), target.user, target.database)
    child = subprocess.Popen([sys.executable, "-c", OURS, *server, str(SLEEP)])
    backend = killed(child, database, "slow")
    waited_for(lambda: not lives(database, backend))
    assert one(database, "select to_regclass('public.half')") is None


def test_a_backend_that_does_not_end_is_named(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another dbt at work, or a backend whose machine was lost: refused, with what to do."""
    monkeypatch.setattr(runs, "_PATIENCE", 0.3)
    with settings.connect(target, name=runs.DBT) as other:
        backend = other.info.backend_pid
        other.execute("select")
        advice = rf"dbt works in backend {backend};.*`select pg_terminate_backend\({backend}\)`"
        with (
            runs.run_lock(target) as connection,
            pytest.raises(BusyError, match=advice),
        ):
            runs.wait_for_builders(connection, lambda line: None)
        other.rollback()
        # A session pooler keeps such a backend for its next client.
        with runs.run_lock(target) as connection:
            runs.wait_for_builders(connection, pytest.fail)


def test_a_plain_login_sees_who_builds(
    target: Target, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state of another login's backend is hidden from a plain login, its transaction is not."""
    monkeypatch.setattr(runs, "_PATIENCE", 0.3)
    database.execute("create role nightly_login login in role journey_pipeline")
    login = replace(target, user="nightly_login")
    try:
        with settings.connect(target, name=runs.DBT) as other, runs.run_lock(login) as connection:
            runs.wait_for_builders(connection, pytest.fail)
            other.execute("select")
            with pytest.raises(BusyError, match=rf"backend {other.info.backend_pid};"):
                runs.wait_for_builders(connection, lambda line: None)
    finally:
        database.execute("drop role nightly_login")
