"""The files of the demo, byte for byte but for ids or times: `make golden` writes them anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from checkout import Demo

FOLDER = Path(__file__).parent / "golden"
MASKS = {
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}": "RUN",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00)?|\d{4}-\d\d-\d\d \d\d:\d\d UTC": "TIME",
}


@pytest.mark.parametrize("name", ["summary.md", "summary.json", "junit.xml"])
def test_a_file_is_as_it_was(demo: Demo, name: str) -> None:
    """The cohort is fixed, so is what a run says of it; a change must be meant."""
    text = demo.files[name]
    for pattern, mask in MASKS.items():
        text = re.sub(pattern, mask, text)
    if os.environ.get("GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / name).write_text(text, encoding="utf-8")
    assert text == (FOLDER / name).read_text(encoding="utf-8"), "meant? `make golden`"
