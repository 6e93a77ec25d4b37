"""The rooms of `src/wellness_journey`, as CONTRIBUTING.md draws them, against the imports."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "wellness_journey"
PICTURE = re.compile(r"^## The rooms\n.*?^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def rooms() -> list[list[str]]:
    """The rooms from the highest to the lowest, each with its folders and files."""
    found = PICTURE.search((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert found, "CONTRIBUTING.md has no picture under `## The rooms`"
    return [
        re.findall(r"\S+(?:/|\.py)(?=\s)", re.split(r"\s{2,}", line)[0] + " ")
        for line in found[1].splitlines()
    ]


def floor_of(path: Path) -> int:
    """The place of a file's room in the picture, 0 being the highest."""
    part = path.relative_to(PACKAGE).parts
    name = part[0] if len(part) == 1 else f"{part[0]}/"
    places = [place for place, room in enumerate(rooms()) if name in room]
    assert len(places) == 1, f"{name} is in {len(places)} rooms of CONTRIBUTING.md: expected one"
    return places[0]


def imported(path: Path) -> list[Path]:
    """The files of ours that `path` imports, wherever in it and be it for types alone."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: write the whole name of the module"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return [file_of(name) for name in names if name.split(".")[0] == PACKAGE.name]


def file_of(name: str) -> Path:
    """The file of a module, or of the module that has an attribute of that name."""
    place = PACKAGE.parent.joinpath(*name.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return path
    return file_of(name.rpartition(".")[0])


def test_everything_that_the_picture_names_is_there() -> None:
    """A reader looks for a room where the picture shows it."""
    for name in [name for room in rooms() for name in room]:
        place = PACKAGE / name
        assert place.is_dir() if name.endswith("/") else place.is_file(), f"no {name}"


def test_a_room_imports_only_from_rooms_below_it() -> None:
    """So that a module can be read without those above it."""
    upwards = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for other in imported(path):
            # Files of a folder may import each other; what is written on one line is one room.
            if floor_of(other) < floor_of(path):
                upwards.append(f"{path.relative_to(PACKAGE)} imports {other.relative_to(PACKAGE)}")
    assert not upwards


def test_no_module_is_longer_than_300_lines() -> None:
    """One subject a module: a longer one has two."""
    long = {
        str(path.relative_to(PACKAGE)): lines
        for path in PACKAGE.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) >= 300
    }
    assert not long


def test_the_walk_passes_files_that_are_there_in_at_most_eight_stops() -> None:
    """Each stop begins with the file, or the model, that a reader opens next."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    walk = re.split(r"^## ", text.partition("\n## A walk")[2], flags=re.MULTILINE)[0]
    stops = re.findall(r"^\d+\. `([^`]+)`", walk, re.MULTILINE)
    assert 0 < len(stops) <= 8
    for stop in stops:
        models = list((ROOT / "dbt_project" / "models").rglob(f"{stop}.sql"))
        assert models or (ROOT / stop).is_file(), stop


def test_the_tables_name_files_that_are_there() -> None:
    """In a row, a file without a folder is beside the one before it; `<…>` stands for anything."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|[^|]+\|([^|]+)\|$", text.partition("\n## A walk")[0], re.MULTILINE)
    assert len(rows) > 30
    for row in rows:
        folder = ""
        for name in re.findall(r"`([^`]+(?:\.\w+|/))`", row):
            pattern = re.sub(r"<[^>]+>", "*", name)
            folder = pattern.rpartition("/")[0] or folder
            places = [
                f"{root}{at}"
                for root in ("", "src/wellness_journey/")
                for at in (pattern, f"{folder}/{pattern}" if folder else pattern)
            ]
            assert any(any(ROOT.glob(place)) for place in places), f"{name} in: {row.strip()}"
