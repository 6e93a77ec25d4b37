"""A project with example models, and a small clinic whose examples are built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from example_models import TODAY, checkout, small_clinic, whole
from rows import Session
from wellness_journey.database import settings
from wellness_journey.database.settings import Target


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the copy its folder; who changes a file puts it back."""
    return checkout(tmp_path_factory.mktemp("examples")).root


@pytest.fixture(scope="session")
def clinic(
    project: Path,
    migrated: str,
    own_copy_of: Callable[[str], Target],
    copy_of: Callable[[str], Target],
) -> str:
    """Name of a database with the small clinic, its examples built, to be copied."""
    target = own_copy_of(migrated)
    with settings.connect(target, autocommit=True) as connection:
        small_clinic(connection)
    whole(project, target, TODAY)
    return copy_of(target.database).database


@pytest.fixture
def sessions() -> list[Session]:
    """Those of the small clinic: six of three patients."""
    return [Session(number, patient=number % 3 + 1) for number in range(1, 7)]
