"""What tests of the command begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from servers import _folder
from wellness_journey.database import server


@pytest.fixture
def folder() -> Iterator[Path]:
    yield from _folder()


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    """The home of a server that several tests use and leave running."""
    for folder in _folder():
        server.up(folder / "home")
        yield folder / "home"
