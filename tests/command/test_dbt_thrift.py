"""What dbt keeps for the process changes nothing that it does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dbt.adapters.sql.connections import SQLConnectionManager

from builds import NO_TESTS, build
from checkout import ROOT
from database import Connection
from nightly import in_nightly
from waiting import LIMIT
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from wellness_journey.pipeline import dbt_thrift

# Twice, so that the second time finds what the first one kept.
_COMPILE = """
import json, sys
from pathlib import Path
from wellness_journey.pipeline import build, dbt_thrift
root, is_thrifty = Path(sys.argv[1]), sys.argv[2] == "thrifty"
if is_thrifty:
    dbt_thrift.be_thrifty()
from dbt.cli.main import dbtRunner
for _ in range(1 + is_thrifty):
    outcome = dbtRunner().invoke([
        *build.QUIET, "--quiet", "compile", "--vars", json.dumps({"as_of": "2025-12-31"}),
        *build.folders(root),
    ])
    assert outcome.success, outcome.exception
print(json.dumps({
    one.node.unique_id: getattr(one.node, "compiled_code", None) for one in outcome.result.results
}))
"""


def compiled(target: Target, folder: Path, word: str) -> dict[str, str | None]:
    """Every node's text, as a process of its own compiles it."""
    environ = {**os.environ, "DBT_TARGET_PATH": str(folder)}
    settings.export(target, environ)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _COMPILE, str(ROOT), word],
        env=environ,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    texts: dict[str, str | None] = json.loads(done.stdout.splitlines()[-1])
    return texts


@in_nightly
def test_every_text_is_the_one_of_dbt(
    migrated: str, copy_of: Callable[[str], Target], tmp_path: Path
) -> None:
    """Models, tests and unit tests: dbt alone, and dbt for the second time in a thrifty process."""
    target = copy_of(migrated)
    plain = compiled(target, tmp_path / "plain", "plain")
    assert len([text for text in plain.values() if text]) > 500
    assert compiled(target, tmp_path / "thrifty", "thrifty") == plain


def test_a_connection_that_the_server_ended_is_made_anew(
    target: Target, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread keeps its connection from node to node; one that ended meanwhile fails no node, be
    it idle or in a transaction that dbt is done with."""
    dbt_thrift.be_thrifty()
    release, opened = SQLConnectionManager.release, []
    backends, ended = set[int](), set[int]()

    def end(pid: int) -> None:
        ended.add(pid)
        database.execute("select pg_terminate_backend(%s, 60000)", (pid,))

    def release_and_end(manager: Any) -> None:
        connection = manager.get_if_exists()
        is_open = connection is not None and connection.state == "open"
        if is_open:
            pid = connection.handle.info.backend_pid
            # dbt may release a connection twice.
            is_open = pid not in ended
        if is_open:
            backends.add(pid)
            opened.append(pid)
        if is_open and len(opened) % 4 == 0:
            connection.handle.cursor().execute("select 1")
            end(pid)
        release(manager)
        if is_open and len(opened) % 4 == 2:
            end(pid)

    monkeypatch.setattr(SQLConnectionManager, "release", release_and_end)
    done = build(target, SEED_AS_OF, "--select", "ref_instruments", "+int_sessions", *NO_TESTS)
    assert done.not_built == ()
    # Of two times that one was released it went on once.
    assert len(backends) < len(opened) < 2 * len(backends) + 8
