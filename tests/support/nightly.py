"""What `make nightly` tries beside `make test`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, settings

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
in_nightly = pytest.mark.skipif(not NIGHTLY, reason="in make nightly")


def nightly(*values: object) -> Any:
    """Values of parameters that `make nightly` tries beside those of `make test`."""
    return pytest.param(*values, marks=in_nightly)


def nightly_example(*values: Any) -> Callable[[Any], Any]:
    """As `hypothesis.example`, in `make nightly` alone."""
    return example(*values) if NIGHTLY else lambda test: test


# `make test` draws the same few examples each time, `make nightly` many and new ones.
# The connection is one for all examples of a test: each rolls back to its own savepoint.
settings.register_profile(
    "few",
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    # Long histories are slow to draw, and machines are slow: that is no fault.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile(
    "nightly",
    parent=settings.get_profile("few"),
    max_examples=1000,
    derandomize=False,
    print_blob=True,
)
examples = settings(settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "few")))
