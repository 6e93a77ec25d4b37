"""Where things are killed: a server, a checkout and databases of their own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from checkout import Checkout
from crash_processes import Ended, Running
from crash_states import WATCHER, Backend, Marks, State, backends, state
from database import Connection
from waiting import LIMIT
from wellness_journey.database import place, server, settings
from wellness_journey.database.settings import Target

SUITE = "dim_sessions"
_FIRST, _LAST = 0.2, 0.8


@dataclass
class Scene:
    """A server, a checkout whose embedded database is the working one, and what is known of both
    when nothing is killed."""

    checkout: Checkout
    work: Target
    # Exit code of a run that nobody disturbs; set by `know`.
    good: int = 0
    marks: Marks = field(init=False)
    # What undisturbed commands take; of runs, until tables are built, until all are, until the end.
    seconds: dict[tuple[str, ...], float] = field(default_factory=dict)
    phases: dict[tuple[str, ...], tuple[float, float, float]] = field(default_factory=dict)
    # What undisturbed commands leave, for whoever needs to know.
    known: dict[tuple[str, ...], Any] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.checkout.home / "journey"

    @property
    def data(self) -> Path:
        """Where the server has its files."""
        found = place.found_place(self.home)
        assert found
        return found.data

    def fresh(self, template: str, more: str = "", name: str | None = None) -> None:
        """Make the working database, or another, anew."""
        name = name or self.work.database
        with settings.connect(replace(self.work, database="postgres"), autocommit=True) as admin:
            admin.execute(f"drop database if exists {name} with (force)".encode())
            admin.execute(f"create database {name} template {template} {more}".encode())
            # As on servers that are not ours.
            admin.execute(
                f"alter database {name} set client_connection_check_interval = 0".encode()
            )

    def server_up(self) -> None:
        server.up(self.home)

    def keep(self, name: str) -> None:
        """The working database as it is, for `fresh`."""
        self.fresh(self.work.database, name=name)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """To the working database, as nobody whom the judges count."""
        with settings.connect(self.work, autocommit=True, name=WATCHER) as connection:
            yield connection

    def state(self) -> State:
        with self.connection() as connection:
            return state(connection)

    def start(self, *command: str) -> Running:
        """`journey …`, or plain `dbt …`."""
        program = [sys.executable, "-m", "wellness_journey.cli", *command]
        environment = self.checkout.environment(None)
        if command[0] == "dbt":
            program = [str(Path(sys.executable).with_name("dbt")), *command[1:]]
            settings.export(self.work, environment)
        return Running(command[0], program, self.checkout, environment)

    def whole(self, *command: str) -> Ended:
        """A run that nobody disturbs, to its end; when it builds is noted."""
        running = self.start(*command)
        shown: list[tuple[object, float]] = []
        with self.connection() as connection:
            while not running.has_ended:
                now = _shown(connection)
                if not shown or now != shown[-1][0]:
                    shown.append((now, time.monotonic() - running.began))
                time.sleep(0.05)
        ended = running.end_well()
        self.phases[command] = (shown[min(1, len(shown) - 1)][1], shown[-1][1], ended.seconds)
        return ended

    def wait(self, running: Running, command: tuple[str, ...], share: float) -> None:
        """Until a moment of it: three in five while tables are built, which is little of the time,
        one in five before and after. Those are counted from the first table on: what comes before
        takes the longest, and varies."""
        builds, built, ends = self.phases[command]
        began, moment = running.began, builds * share / _FIRST
        if share >= _FIRST:
            with self.connection() as connection:
                before = _shown(connection)
                while _shown(connection) == before and not running.has_ended:
                    time.sleep(0.02)
            began = time.monotonic()
            moment = (built - builds) * (share - _FIRST) / (_LAST - _FIRST)
        if share >= _LAST:
            moment = built - builds + (ends - built) * (share - _LAST) / (1 - _LAST)
        while time.monotonic() < began + moment and not running.has_ended:
            time.sleep(0.01)

    # Killing ----------------------------------------------------------------------------------

    def left(self) -> list[Backend]:
        """Whoever works although the client is dead; what it had sent already is done by then."""
        time.sleep(0.2)
        with self.connection() as connection:
            return backends(connection)

    def wait_until_alone(self) -> list[str]:
        """Until no backend is left; not within any patience is a problem."""
        deadline = time.monotonic() + LIMIT
        with self.connection() as connection:
            while backends(connection):
                if time.monotonic() > deadline:
                    return ["a backend outlives its client"]
                time.sleep(0.1)
        return []

    def cut_connections(self) -> None:
        with self.connection() as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )

    def kill_server(self, *, group: bool) -> None:
        """`kill -9` of the postmaster, or of all that it started too."""
        number = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{number}/task/{number}/children")
        pids = [int(pid) for pid in children.read_text().split()] if group else []
        for pid in (number, *pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def step(self, running: Running) -> str:
        """What it is at."""
        said = running.said
        if "build    " in said and " models; tests: " in said:
            return "checks"
        with self.connection() as connection:
            rows = connection.execute(
                "select query from pg_stat_activity where datname = current_database() "
                "and application_name = 'journey dbt' order by query_start desc"
            ).fetchall()
        for (query,) in rows:
            if found := re.search(r'"node_id": "(\w+)\.wellness_journey\.([a-z]+)', query):
                kind, first = found.groups()
                return _FOLDERS.get(first, "models") if kind == "model" else f"{kind}s"
            if "record_run" in query or "quality.runs" in query:
                return "record"
        return "reading" if rows or "build    as of" in said else "start"


def _shown(connection: Connection) -> object:
    """Which run each table shows, as one value."""
    query = "select md5(string_agg(relation || run_id, ',')) from quality.built_tables"
    return connection.execute(query.encode()).fetchone()


_FOLDERS = {
    "stg": "staging",
    "int": "intermediate",
    "dim": "marts",
    "fct": "marts",
    "rpt": "published",
    "cross": "cross checks",
}


@contextmanager
def scene() -> Iterator[Scene]:
    """An embedded server with the caution that a kill of its processes asks for, in a checkout's
    own folder; all of it goes in the end."""
    folder = Path(tempfile.mkdtemp(prefix="journey-crashes-"))
    checkout = Checkout(folder)
    # One suite does for a run to be checked; the rest would be half of what it takes.
    for suite in (checkout.root / "expectations").glob("*.json"):
        if suite.stem != SUITE:
            suite.unlink()
    home = checkout.home / "journey"
    try:
        target = server.up(home)
        with settings.connect(target, autocommit=True) as connection:
            # What the kernel was given it keeps, whatever process is killed.
            connection.execute("alter system set fsync = off")
            connection.execute("select pg_reload_conf()")
        yield Scene(checkout, target)
    finally:
        for running in Running.unended:
            running.kill(group=True)
        server.remove(home)
        shutil.rmtree(folder, ignore_errors=True)
