"""The input contract: its file, its page."""

from __future__ import annotations

from pathlib import Path

import pytest

import input_page
from adopted import project
from wellness_journey.adoption import contract
from wellness_journey.errors import UsageError


def test_the_page_is_written_from_the_contract() -> None:
    """`python tests/tools/input_page.py` writes it anew."""
    assert input_page.PAGE.read_text(encoding="utf-8") == input_page.page()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "kind: day, meaning: 'Day it",
            "kind: days, meaning: 'Day it",
            "log_integration_sessions.s",
        ),
        ("    grain: one row per dosing session\n", "", "each relation with grain and columns"),
        (
            "is_key: true, meaning: Key of the dosing",
            "is_kee: true, meaning: Key of the dosing",
            "is_",
        ),
        ("relations:", "relation:", "expected kinds and relations"),
        ("kinds:", "kinds: [", "not YAML"),
    ],
)
def test_a_contract_that_cannot_be_used_is_named(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    """With its place: a comma in a meaning must not become another key."""
    root = project(tmp_path / "wrong", {}).root
    path = root / contract.FILE
    text = path.read_text(encoding="utf-8")
    assert text.count(before) >= 1
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(UsageError, match=f"expectations/input.yml: .*{said}"):
        contract.read(root)
