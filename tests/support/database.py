"""Servers and databases that are thrown away."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from postgres_15 import PROGRAMS, running
from wellness_journey.database import server, settings
from wellness_journey.database.settings import Target

# Whatever the caller's shell names, no test may reach it.
for name in [name for name in os.environ if name.startswith(("PG", "JOURNEY_", "DBT_"))]:
    del os.environ[name]

Connection = psycopg.Connection[Any]


def let_go(target: Target) -> None:
    """The server need not be cautious: nobody needs its data. Its end would else wait until all
    that any process has written is on the disk."""
    with settings.connect(target, autocommit=True) as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"alter system set {name} = off".encode())
        connection.execute("select pg_reload_conf()")


@contextmanager
def throwaway() -> Iterator[Target]:
    """An embedded server of our own."""
    home = Path(tempfile.mkdtemp(prefix="journey-tests-"))
    try:
        target = server.up(home)
        let_go(target)
        yield target
    finally:
        server.remove(home)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def other_server(**options: object) -> Iterator[Target]:
    """The distribution's PostgreSQL with these settings; without one the test is skipped."""
    if not (PROGRAMS / "initdb").exists():
        pytest.skip(
            "NO POSTGRESQL of 15 or newer in /usr/lib/postgresql (apt-get install postgresql)"
        )
    with running(**options) as target:
        yield target


def copied(server: Target, template: str, name: str) -> Target:
    with settings.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)".encode())
        connection.execute(f"create database {name} template {template}".encode())
    return replace(server, database=name)


@contextmanager
def as_owner(target: Target) -> Iterator[Connection]:
    with settings.connect(target, autocommit=True) as connection:
        yield connection
