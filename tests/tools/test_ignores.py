"""A warning that is switched off has its reason beside it."""

from __future__ import annotations

import re

import pytest

from checkout import ROOT

OFF = re.compile(r"# (?:noqa|type: ignore|fmt: (?:skip|off))")
WITH_REASON = re.compile(
    r"# (?:noqa: [A-Z]+\d+(?:,| -| \()|type: ignore\[[a-z-]+\]  #|fmt: skip  #) ?\w[\w' ]+"
)


def without_reason(text: str) -> list[str]:
    """The lines of a module that switch a warning off and do not say why."""
    return [line for line in text.splitlines() if OFF.search(line) and not WITH_REASON.search(line)]


def test_each_says_why() -> None:
    """In the tests, the benchmarks and `journey`."""
    found = {}
    for folder in ("tests", "benchmarks", "src"):
        for path in (ROOT / folder).rglob("*.py"):
            if lines := without_reason(path.read_text(encoding="utf-8")):
                found[path.name] = lines
    assert found == {}


@pytest.mark.parametrize(
    ("comment", "says"),
    [
        ("noqa: S311", False),
        ("noqa", False),
        ("noqa: S311 - a repeatable draw", True),
        ("noqa: S704, our own file", True),
        ("type: ignore", False),
        ("type: ignore[arg-type]", False),
        ("type: ignore[no-untyped-call]  # sqlparse", True),
        ("fmt: skip", False),
        ("fmt: skip  # hundreds of lines otherwise", True),
    ],
)
def test_a_reason_is_seen(comment: str, says: bool) -> None:
    """After a comma, a dash or a second hash; the names of the warnings alone are none."""
    assert without_reason(f"x = 1  {'#'} {comment}") == [f"x = 1  {'#'} {comment}"] * (not says)
