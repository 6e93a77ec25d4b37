"""Exit codes, sentences of a command that cannot do its work."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from checkout import RUN, Checkout
from database import as_owner
from rows import fill
from waiting import ended, waited_for
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from wellness_journey.pipeline.runs import RUN_LOCK


def test_another_run_is_refused_by_name(checkout: Checkout, target: Target) -> None:
    """While one run holds the lock a second leaves with 2 and says who holds it."""
    with settings.connect(target, role=settings.PIPELINE_ROLE, name="the night run") as holder:
        holder.execute("select pg_advisory_lock(%s)", (RUN_LOCK,))
        code, _, err = checkout.journey(target, "run")
    assert code == 2
    assert "is busy: backend" in err
    assert "(the night run)" in err
    assert "None" not in err


def test_a_connection_that_is_lost_is_exit_2(checkout: Checkout, target: Target) -> None:
    """In the middle of a statement: said as what it is, not as a fault of ours."""
    with as_owner(target) as holder, as_owner(target) as connection:
        holder.execute("begin; lock table quality.runs")
        process = checkout.start(target, "status")
        cut = (
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and wait_event_type = 'Lock'"
        )
        waited_for(lambda: connection.execute(cut).rowcount or process.poll() is not None)
        _, err = ended(process)
    assert process.returncode == 2
    assert "the database was lost or could not go on: AdminShutdown (SQLSTATE 57P01)" in err
    assert "internal error" not in err


@pytest.mark.parametrize("at", ["reading the project", "building"])
def test_ctrl_c_is_130(checkout: Checkout, target: Target, at: str) -> None:
    """Interrupted before or while dbt builds, a run says so and leaves with 130."""
    fill(target)
    process = checkout.start(target, *RUN)
    assert process.stderr
    while not process.stderr.readline().startswith("build"):
        assert process.poll() is None
    if at == "building":
        builds = "select from pg_stat_activity where application_name = 'journey dbt'"
        with as_owner(target) as connection:
            waited_for(lambda: connection.execute(builds).rowcount or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    _, err = ended(process)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--as-of", "tomorrow"], "--as-of: not a day: expected YYYY-MM-DD"),
        (["load", "no-such-folder"], "no-such-folder"),
        (["jump"], "invalid choice"),
    ],
)
def test_bad_usage_is_exit_2(
    checkout: Checkout, target: Target, arguments: list[str], told: str
) -> None:
    """A wrong flag, folder or verb is named, with what was expected."""
    code, out, err = checkout.journey(target, *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


def test_a_server_that_is_not_there_is_exit_2(checkout: Checkout, tmp_path: Path) -> None:
    """The message names the server and the variables to check."""
    gone = Target(str(tmp_path), 5432, "nobody", "clinic")
    code, _, err = checkout.journey(gone, "run")
    assert code == 2
    assert f"cannot connect to {gone}" in err
    assert "check PGHOST" in err


def test_a_database_without_our_tables_is_exit_2(
    checkout: Checkout, copy_of: Callable[[str], Target]
) -> None:
    """Before journey migrate every verb says so."""
    for verb in ("run", "check", "report", "seed"):
        code, _, err = checkout.journey(copy_of("template0"), verb)
        assert code == 2
        assert "run `journey migrate`" in err


def test_half_named_servers_are_refused(checkout: Checkout) -> None:
    """PGDATABASE alone names no server: nothing is guessed."""
    environ = {**checkout.environment(None), "PGDATABASE": "clinic"}
    done = subprocess.run(
        [sys.executable, "-m", "wellness_journey.cli", "run"],
        cwd=checkout.root,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "PGDATABASE set, but PGHOST, PGUSER not" in done.stderr
