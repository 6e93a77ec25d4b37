"""Databases of the people at the edges."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from database import Connection
from edge_people import AS_OF, built_at, fill
from wellness_journey.database import settings
from wellness_journey.database.settings import Target


@pytest.fixture(scope="session")
def target_now(
    migrated: str, own_copy_of: Callable[[str], Target], copy_of: Callable[[str], Target]
) -> Target:
    target = own_copy_of(migrated)
    with settings.connect(target, autocommit=True) as connection:
        fill(connection)
    return copy_of(built_at(target, AS_OF).database)


@pytest.fixture
def now(target_now: Target) -> Iterator[Connection]:
    """The marts at `AS_OF`."""
    with settings.connect(target_now) as connection:
        yield connection
