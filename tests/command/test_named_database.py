"""After `. .journey/env`: what else PG* says is heeded or refused, never passed over."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from checkout import Checkout
from wellness_journey.database import server, settings
from wellness_journey.database.settings import Target
from wellness_journey.errors import UsageError


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """An embedded server of our own: its databases are tried."""
    folder = Path(tempfile.mkdtemp(prefix="journey-named-"))
    try:
        server.up(folder)
        yield folder
    finally:
        server.remove(folder)
        shutil.rmtree(folder, ignore_errors=True)


def sourced(checkout: Checkout, home: Path, **more: str) -> dict[str, str]:
    """The variables of a shell after `. .journey/env`, and some that were set later."""
    environ = {**checkout.environment(None), "JOURNEY_HOME": str(home)}
    target = server.running(home)
    assert target
    settings.export(target, environ)
    return {**environ, **more}


def journey(checkout: Checkout, environ: dict[str, str], *verb: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "wellness_journey.cli", *verb],
        cwd=checkout.root,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def has_ledger(target: Target) -> bool:
    with settings.connect(target) as connection:
        row = connection.execute("select to_regclass('journey_ledger.migrations')").fetchone()
    return row != (None,)


@pytest.mark.parametrize(
    ("variable", "name"), [("PGDATABASE", "Twelve \\o {{clock}} $1"), ("PGUSER", "o'clock user")]
)
def test_one_that_is_not_there_is_named(
    checkout: Checkout, home: Path, variable: str, name: str
) -> None:
    """With the command that makes it; then it is used, and the default is left alone."""
    environ = sourced(checkout, home, **{variable: name})
    code, out, err = journey(checkout, environ, "migrate", "--dry-run")
    assert (code, out) == (2, "")
    assert f"the embedded server of {home} has no {variable} {name}: make it with `" in err
    made = re.search(r"make it with `(.+)`, or unset", err)
    assert made
    subprocess.run(shlex.split(made[1]), env=environ, check=True)
    code, out, err = journey(checkout, environ, "migrate", "--dry-run")
    # A login that was just made has none of the rights that it would need, and is told which.
    assert code == (2 if variable == "PGUSER" else 0), err
    assert "pending  044" in out + err
    assert name in err.splitlines()[0]


@pytest.mark.parametrize("name", ["o'clock", 'twelve "o"', "100%", " twelve", "twelve "])
def test_a_name_that_dbt_cannot_write_is_refused(checkout: Checkout, home: Path, name: str) -> None:
    """Before anything is made in it: no run could ever build there."""
    default = server.running(home)
    assert default
    with settings.connect(default, autocommit=True) as connection:
        quoted = name.replace('"', '""')
        connection.execute(f'create database "{quoted}" template template0'.encode())
    for verb in ("migrate", "run", "status"):
        code, out, err = journey(checkout, sourced(checkout, home, PGDATABASE=name), verb)
        assert (code, out) == (2, "")
        assert f"dbt cannot work in a database of the name `{name}`" in err
        assert "alter database" in err


def test_a_database_of_the_embedded_server_is_heeded(checkout: Checkout, home: Path) -> None:
    """`PGDATABASE=fresh journey migrate`, as docs/operating.md has it, migrates that one."""
    default = server.running(home)
    assert default
    with settings.connect(default, autocommit=True) as connection:
        connection.execute("create database fresh template template0")
    code, out, err = journey(checkout, sourced(checkout, home, PGDATABASE="fresh"), "migrate")
    assert code == 0, err
    assert "applied  044" in out
    assert "embedded PostgreSQL at" in err
    assert "database fresh" in err
    assert has_ledger(replace(default, database="fresh"))
    assert not has_ledger(default)


def test_up_means_the_default(checkout: Checkout, home: Path) -> None:
    """Whatever PGDATABASE says, and so does the file for shells."""
    before = (home / "env").read_text()
    code, out, _ = journey(checkout, sourced(checkout, home, PGDATABASE="fresh"), "up")
    assert code == 0
    assert "database journey, as postgres" in out
    assert (home / "env").read_text() == before


@pytest.mark.parametrize(
    ("variable", "value"),
    [("PGPORT", "6000"), ("PGSERVICE", "clinic"), ("PGHOSTADDR", "10.0.0.1")],
)
def test_another_server_is_refused_by_name(
    checkout: Checkout, home: Path, variable: str, value: str
) -> None:
    """It was passed over, and the run went to the embedded server."""
    environ = sourced(checkout, home, **{variable: value})
    code, out, err = journey(checkout, environ, "migrate", "--dry-run")
    assert (code, out) == (2, "")
    assert variable in err
    assert "embedded server" in err


def test_the_server_of_another_home_is_refused_by_name(home: Path) -> None:
    """A shell that has sourced one home's file, and JOURNEY_HOME says another."""
    target = server.running(home)
    assert target
    environ: dict[str, str] = {}
    settings.export(target, environ)
    assert settings.as_named(target, environ) == target
    with pytest.raises(UsageError, match=r"PGHOST is .*, but the embedded server has /elsewhere"):
        settings.as_named(replace(target, host="/elsewhere"), environ)
    assert settings.as_named(target, {"PGDATABASE": "other"}) == target
