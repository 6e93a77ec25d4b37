"""A folder to load, and where its refused rows go."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic_files import clinic


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With one practitioner and their one session, dosed on 2025-03-01."""
    return clinic(tmp_path / "rows")


@pytest.fixture
def rejects(tmp_path: Path) -> Path:
    return tmp_path / "home" / "rejects"
