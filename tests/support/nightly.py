"""What `make nightly` tries beside `make test`."""

from __future__ import annotations

import os
from typing import Any

import pytest

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


def nightly(value: object) -> Any:
    """A value of a parameter that `make nightly` tries beside those of `make test`."""
    return pytest.param(value, marks=pytest.mark.skipif(not NIGHTLY, reason="in make nightly"))
