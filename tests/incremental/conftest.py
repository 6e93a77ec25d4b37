"""What the tests of incremental runs begin with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wellness_journey.database.settings import Target


@pytest.fixture
def target(built: str, own_copy_of: Callable[[str], Target]) -> Target:
    """A small cohort, built; the rows of a test come after it."""
    return own_copy_of(built)
