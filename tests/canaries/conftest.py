"""What the tests with canaries begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from canaries import plant
from database import as_owner
from rows import fill
from watched import Watched
from wellness_journey.database.settings import Target


@pytest.fixture
def checkout(tmp_path: Path) -> Watched:
    """A copy of the project with a home and a temporary folder of its own."""
    watched = Watched(tmp_path)
    watched.temporary.mkdir()
    return watched


@pytest.fixture
def planted(target: Target) -> Target:
    """Two sound sessions, and canaries."""
    fill(target)
    with as_owner(target) as connection:
        plant(connection)
    return target
