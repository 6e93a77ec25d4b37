"""Built databases that are checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from some_suites import with_suites
from wellness_journey.database.settings import Target


@pytest.fixture(scope="module")
def whole(built: str, copy_of: Callable[[str], Target]) -> Target:
    """A built database that tests leave as it is."""
    return copy_of(built)


@pytest.fixture
def own(built: str, copy_of: Callable[[str], Target]) -> Target:
    """A built database of one's own."""
    return copy_of(built)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project root with a suite of a source and one of what is published: seconds less for what
    is the same whatever the suites are."""
    return with_suites(tmp_path_factory.mktemp("few"), "log_sessions", "rpt_pulse_trends_by_day")
