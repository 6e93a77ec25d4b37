"""The rooms of the tests: how large a module is, what it may import."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from checkout import ROOT

MODULES = sorted((ROOT / "tests").rglob("*.py"))
TESTS = [path for path in MODULES if path.name.startswith("test_")]


def imported(text: str) -> set[str]:
    """The modules that a text imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def is_of_tests(name: str) -> bool:
    return name == "conftest" or name.startswith("test_")


def test_no_module_imports_a_test_module() -> None:
    """What several modules need is in `support/`, or is a fixture of a `conftest.py`."""
    found = {path.name: imported(path.read_text(encoding="utf-8")) for path in MODULES}
    assert not {name: names for name in found if (names := set(filter(is_of_tests, found[name])))}


@pytest.mark.parametrize(
    "text", ["import test_a", "from test_a import b", "def f():\n    from conftest import ROOT"]
)
def test_such_an_import_is_seen(text: str) -> None:
    """At the top of a module or within a function."""
    assert any(map(is_of_tests, imported(text)))


def test_a_module_has_one_subject() -> None:
    """A first line names it, without "and"."""
    for path in TESTS:
        text = path.read_text(encoding="utf-8")
        subject = ast.get_docstring(ast.parse(text)) or ""
        assert 0 < len(subject) < 100, path
        assert "\n" not in subject, path
        assert "and" not in subject.split(), path


def test_no_module_is_long() -> None:
    """Of the tests, the benchmarks and `journey`: 300 lines are long already."""
    found = set()
    for folder in ("tests", "benchmarks", "src"):
        for path in (ROOT / folder).rglob("*.py"):
            if len(path.read_text(encoding="utf-8").splitlines()) > 300:
                found.add(str(path.relative_to(ROOT)))
    assert found == set()


def test_each_module_has_a_name_of_its_own() -> None:
    """The folders are no packages: Python finds the first module of a name."""
    names = Counter(path.name for path in MODULES if path.name != "conftest.py")
    assert {name for name, count in names.items() if count > 1} == set()
