"""The file of posture is what the migrations make, on the oldest PostgreSQL as on the newest."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from checkout import ROOT
from posture_file import written
from wellness_journey.checks.posture import expected
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from wellness_journey.rules.yaml_file import UnusableError

FILE = ROOT / expected.FILE


def test_the_file_is_what_the_migrations_make(
    copy_of: Callable[[str], Target], tmp_path: Path
) -> None:
    """`make posture` writes it anew; its difference is read like that of a migration."""
    text = written(copy_of("template0"), tmp_path)
    if os.environ.get("POSTURE") == "write":
        FILE.write_text(text, encoding="utf-8")
    assert text == FILE.read_text(encoding="utf-8"), "meant? `make posture`"


def test_an_older_server_makes_the_same(postgres_15: Target, tmp_path: Path) -> None:
    """Policies, functions, triggers, indexes and constraints in the same words, byte for byte."""
    with settings.connect(postgres_15, autocommit=True) as connection:
        connection.execute("drop database if exists posture_file")
        connection.execute("create database posture_file template template0")
    target = replace(postgres_15, database="posture_file")
    assert written(target, tmp_path) == FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("content", ["", "[]", '{"migrations": {}}', '{"migrations": [], "p": 1}'])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: str) -> None:
    """With the next step."""
    path = tmp_path / "expectations" / "posture" / "migrations.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(UnusableError, match=r"^expectations/posture/migrations\.json.*restore it"):
        expected.read(path)
