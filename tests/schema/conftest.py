"""A clinic for attackers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors import B, Clinic, running
from attacker import state
from backups import document, done, run
from database import Connection, throwaway
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from whole_database import rows


@pytest.fixture(scope="module")
def clinic(embedded: Target) -> Iterator[Clinic]:
    """Two practitioners' rows; B's hold a text that must never be seen."""
    with running(embedded) as clinic:
        B.pulse_check(clinic.connect(), 2, notes="a secret of B's patient")
        yield clinic


@pytest.fixture
def attacker(clinic: Clinic) -> Iterator[Connection]:
    """A fresh connection that commits; afterwards B's rows, rights and guards are as before."""
    before = state(clinic)
    with clinic.attacking(autocommit=True) as connection:
        yield connection
    assert state(clinic) == before


@pytest.fixture(scope="session")
def filled(built: str, copy_of: Callable[[str], Target]) -> Target:
    """A small synthetic cohort with its marts, and rows written at odd times."""
    target = copy_of(built)
    with settings.connect(target, autocommit=True) as connection:
        session = connection.execute(
            "select session_id, patient_id, practitioner_id, session_date from public.log_sessions "
            "order by session_id limit 1"
        ).fetchone()
        assert session is not None
        connection.execute(
            "insert into public.log_pulse_checks (session_id, patient_id, practitioner_id, "
            "check_date, mood_level, notes, created_at) values (%s, %s, %s, %s, 3, %s, %s)",
            (
                *session,
                "tab\there, line\nend, \\N, 'quoted', é 😀",
                "2001-02-03 04:05:06.789012+00",
            ),
        )
    return target


@pytest.fixture(scope="session")
def files(filled: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The backup's files, made by the document's commands, by the document's role."""
    folder = tmp_path_factory.mktemp("backup")
    try:
        done(run(filled, folder, *document("Who dumps")))
        done(run(filled, folder, *document("Back up"), document("Restore the rows only")[0]))
        yield folder
    finally:
        with settings.connect(filled, autocommit=True) as connection:
            connection.execute("drop role if exists journey_backup")


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[Target]:
    """Another server: none of our roles, none of our databases."""
    with throwaway() as target:
        yield target


@pytest.fixture(scope="session")
def restored_without_roles(elsewhere: Target, files: Path) -> tuple[str, dict[str, list[Any]]]:
    """What the restore says, and leaves, while the other server has none of the roles."""
    result = run(elsewhere, files, document("Restore everything")[0].replace("psql", "true"))
    assert result.returncode == 1
    left = rows(replace(elsewhere, database="restored"))
    with settings.connect(elsewhere, autocommit=True) as connection:
        connection.execute("drop database restored")
    return result.stderr, left
