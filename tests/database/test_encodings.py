"""Only UTF8 is written to or spoken."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import psycopg
import pytest

from checkout import Checkout
from told import MIGRATIONS, everything, statements
from wellness_journey.database import migrate, settings
from wellness_journey.database.encoding import require_utf8
from wellness_journey.database.server import installed
from wellness_journey.database.settings import Target
from wellness_journey.errors import UnsuitableDatabaseError

_numbers = count(1)


@pytest.fixture(params=["SQL_ASCII", "LATIN1", "WIN1252", "EUC_JP"])
def other(request: pytest.FixtureRequest, embedded: Target) -> Iterator[Target]:
    """An empty database of that encoding."""
    name = f"encoding_{next(_numbers)}"
    with settings.connect(embedded, autocommit=True) as connection:
        connection.execute(
            f"create database {name} encoding '{request.param}' "
            "lc_collate 'C' lc_ctype 'C' template template0".encode()
        )
        yield replace(embedded, database=name)
        connection.execute(f"drop database {name} with (force)".encode())


def test_another_encoding_is_refused_before_anything_is_applied(other: Target) -> None:
    """The message names it and makes a database that can be migrated."""
    with settings.connect(other, autocommit=True) as connection:
        before = everything(connection)
        with pytest.raises(UnsuitableDatabaseError) as caught:
            migrate.migrate(connection, MIGRATIONS)
        assert everything(connection) == before
        encoding = connection.info.parameter_status("server_encoding")
        message = str(caught.value)
        assert f"database {other.database} has the encoding {encoding}" in message
        (told,) = statements(message)
        connection.execute(told.encode())
    new = replace(other, database=f"{other.database}_utf8")
    with settings.connect(new, autocommit=True) as connection:
        assert migrate.migrate(connection, MIGRATIONS)
        assert connection.execute("show server_encoding").fetchone() == ("UTF8",)


@pytest.mark.parametrize("verb", ["migrate", "load", "seed", "run", "check"])
def test_every_verb_that_writes_asks(
    tmp_path: Path, embedded: Target, migrated: str, verb: str
) -> None:
    """Whatever tables are there: SQL_ASCII takes 046's, and not 044's."""
    name = f"encoding_{next(_numbers)}"
    with settings.connect(embedded, autocommit=True) as connection:
        connection.execute(
            f"create database {name} encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' "
            "template template0".encode()
        )
    target = replace(embedded, database=name)
    with settings.connect(target, autocommit=True) as connection:
        connection.execute("create schema quality")
        connection.execute("create table quality.runs (run_id uuid)")
    checkout = Checkout(tmp_path)
    folder = [str(tmp_path)] if verb == "load" else []
    code, out, err = checkout.journey(target, verb, *folder)
    assert (code, out) == (2, "")
    assert f"database {name} has the encoding SQL_ASCII, and journey works in UTF8 only" in err


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
def test_our_connections_speak_utf8_whatever_the_shell_says(
    shared_target: Target, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    """Ours by themselves, dbt's and Great Expectations' by what is exported for them."""
    monkeypatch.setenv("PGCLIENTENCODING", encoding)
    with settings.connect(shared_target) as connection:
        assert connection.execute("show client_encoding").fetchone() == ("UTF8",)
        assert connection.execute("select '日' || chr(233)").fetchone() == ("日é",)
    environ = dict(os.environ)
    settings.export(replace(shared_target, embedded=False), environ)
    monkeypatch.setenv("PGCLIENTENCODING", environ["PGCLIENTENCODING"])
    with psycopg.connect(
        host=shared_target.host, user=shared_target.user, dbname=shared_target.database
    ) as connection:
        assert connection.execute("show client_encoding").fetchone() == ("UTF8",)


def test_text_of_sql_ascii_is_converted_as_told(embedded: Target, tmp_path: Path) -> None:
    """pg_restore would store the bytes as they are: as no text of UTF8 at all."""
    old, new = (replace(embedded, database=f"encoding_{next(_numbers)}") for _ in range(2))
    with settings.connect(embedded, autocommit=True) as connection:
        for target, encoding in ((old, "SQL_ASCII"), (new, "UTF8")):
            connection.execute(
                f"create database {target.database} encoding '{encoding}' "
                "lc_collate 'C' lc_ctype 'C' template template0".encode()
            )
    with settings.open_connection(old) as connection:
        with pytest.raises(UnsuitableDatabaseError) as caught:
            require_utf8(connection)
        connection.execute("set client_encoding = 'SQL_ASCII'")
        connection.execute("create table notes as select 'x'::text as note")
        connection.execute(b"update notes set note = E'caf\\xe9'")
    assert "`pg_dump --format=plain`" in str(caught.value)
    server_of = [
        f"--host={embedded.host}",
        f"--port={embedded.port}",
        f"--username={embedded.user}",
    ]

    def run(program: str, *arguments: str) -> None:
        subprocess.run([installed() / program, *server_of, *arguments], check=True, env={})

    dump = tmp_path / "dump.sql"
    run("pg_dump", "--format=plain", f"--file={dump}", old.database)
    text = dump.read_bytes()
    line = b"SET client_encoding = 'SQL_ASCII';"
    assert text.count(line) == 1
    dump.write_bytes(text.replace(line, b"SET client_encoding = 'WIN1252';"))
    run("psql", "--quiet", "--set", "ON_ERROR_STOP=1", f"--file={dump}", new.database)
    with settings.connect(new) as connection:
        assert connection.execute("select note from public.notes").fetchone() == ("café",)
