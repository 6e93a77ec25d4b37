"""Whether two versions of the project make the same tables, messages and exit codes of same rows.

    make same BASE=v1.2

compares the revision BASE with the working tree: each makes the demo, and Open Play where
`../shared` has it (first a full run, then a run 30 days later, which builds upon it), on an
embedded server of its own. Exit code 0 says that no row of `marts` and `published`, no verdict in
`quality`, no message and no exit code differs; tables of other schemas are told, and may differ.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import psycopg
from psycopg import sql

from wellness_journey.database import server

ROOT = Path(__file__).resolve().parents[2]
OPEN_PLAY = ROOT.parent / "shared" / "data" / "open_play"
# What must be the same; what may be another, as long as these are the same.
KEPT, OTHERS = ("marts", "published", "quality"), ("staging", "intermediate")
# A record of how tables were built, not of what they show.
_LEFT_OUT = {"quality.built_tables", "quality.schema_migrations", "quality.synthetic_cohort"}
# What is another in every run, or says when a row was loaded.
_MOVING = {
    "run_id",
    "started_at",
    "finished_at",
    "recorded_at",
    "made_at",
    "created_at",
    "updated_at",
}
_SCENES = {
    "demo": (("demo",),),
    "open play": (
        ("migrate",),
        ("load", str(OPEN_PLAY)),
        ("run", "--as-of", "2025-09-30"),
        ("run", "--as-of", "2025-10-30"),
    ),
}
# How far a step is, told once a minute.
_PROGRESS = re.compile(r"^\w+ +\d+/\d+ .*\n", re.MULTILINE)
_TIMES = re.compile(
    r"/var/lib/wellness-journey-\w+|\d+(?:\.\d+)? s\b|\b[0-9a-f-]{32,36}\b"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?"
)


@dataclass
class Made:
    """What a version made of the rows of one scene: texts by what they are."""

    tables: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)


def main(base: str) -> int:
    """Compare; the exit code."""
    with tempfile.TemporaryDirectory(prefix="journey-same-") as folder:
        trees = {"before": Path(folder) / "before", "after": Path(folder) / "after"}
        _unpack(("git", "archive", base), trees["before"])
        _copy_working_tree(trees["after"])
        scenes = [name for name in _SCENES if name == "demo" or OPEN_PLAY.is_dir()]
        if len(scenes) < len(_SCENES):
            print(f"NO REAL DATA: {OPEN_PLAY} is not there", file=sys.stderr)
        differences: list[str] = []
        for scene in scenes:
            with ThreadPoolExecutor(2) as pool:
                before, after = pool.map(_make, trees.values(), [scene] * 2)
            told = list(_differences(before, after))
            differences += told
            print(f"{scene}: {len(after.tables)} tables, {sum(after.rows.values()):,} rows")
            print("".join(f"    {line}\n" for line in told), end="", flush=True)
    serious = [line for line in differences if not line.startswith("may differ")]
    print("DIFFERENT" if serious else "the same")
    return 1 if serious else 0


def _unpack(command: tuple[str, ...], folder: Path) -> None:
    packed = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")


def _copy_working_tree(folder: Path) -> None:
    listed = subprocess.run(
        ("/usr/bin/env", "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    for name in listed.decode().split("\0"):
        if name and (ROOT / name).is_file():
            copy = folder / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((ROOT / name).read_bytes())


def _make(tree: Path, scene: str) -> Made:
    made = Made()
    home = tree / "home" / scene.replace(" ", "_")
    home.mkdir(parents=True)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(tree / "src"),
        "JOURNEY_HOME": str(home / "journey"),
    }
    command = [sys.executable, "-m", "wellness_journey.cli"]

    def journey(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *arguments], cwd=tree, env=environ, text=True, capture_output=True
        )

    try:
        for number, arguments in enumerate((*_SCENES[scene], ("status",), ("explain", "PC-004"))):
            done = journey(*arguments)
            said = f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
            made.said[f"{number} {arguments[0]}"] = _without_times(said, tree)
            if arguments[0] in ("run", "demo"):
                for path in sorted((tree / "reports").glob("summary.*")):
                    text = path.read_text(encoding="utf-8")
                    made.said[f"{number} {path.name}"] = _without_times(text, tree)
                with _connection(home / "journey") as connection:
                    _dump(connection, made, f"{number} ")
    finally:
        server.remove(home / "journey")
    return made


def _without_times(text: str, tree: Path) -> str:
    return _TIMES.sub("TIME", _PROGRESS.sub("", text.replace(str(tree), "TREE")))


@contextmanager
def _connection(home: Path) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    words = shlex.split((home / "env").read_text())
    named = dict(word.split("=", 1) for word in words if re.match(r"PG\w+=", word))
    with psycopg.connect(
        host=named["PGHOST"],
        port=named["PGPORT"],
        user=named["PGUSER"],
        dbname=named["PGDATABASE"],
    ) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


def _dump(connection: psycopg.Connection[tuple[object, ...]], made: Made, prefix: str) -> None:
    """The digest of each table's rows, in an order of their own, column by column."""
    relations = connection.execute(
        "select nspname, relname, array(select attname::text from pg_attribute where attnum > 0 "
        "and attrelid = c.oid and not attisdropped order by attnum) from pg_class as c "
        "inner join pg_namespace as n on n.oid = relnamespace "
        "where relkind in ('r', 'v', 'm') and nspname = any(%s) order by 1, 2",
        ([*KEPT, *OTHERS],),
    ).fetchall()
    for schema, name, columns in relations:
        assert isinstance(columns, list)
        relation = f"{schema}.{name}"
        if relation in _LEFT_OUT:
            continue
        kept = [column for column in columns if column not in _MOVING]
        listed = sql.SQL(", ").join(map(sql.Identifier, kept))
        whole = sql.SQL("row({})").format(listed)
        query = sql.SQL("copy (select {} from {} order by {}::text collate {}) to stdout").format(
            listed, sql.Identifier(str(schema), str(name)), whole, sql.Identifier("C")
        )
        digest, rows = hashlib.sha256(",".join(kept).encode()), 0
        with connection.cursor().copy(query) as copy:
            for row in copy:
                digest.update(row)
                rows += 1
        made.tables[prefix + relation] = digest.hexdigest()
        made.rows[prefix + relation] = rows


def _differences(before: Made, after: Made) -> Iterator[str]:
    for name in sorted(before.tables.keys() | after.tables.keys()):
        if before.tables.get(name) != after.tables.get(name):
            kind = "" if name.split(" ", 1)[1].startswith(KEPT) else "may differ: "
            told = " -> ".join(
                f"{made.rows[name]:,} rows" if name in made.rows else "not there"
                for made in (before, after)
            )
            yield f"{kind}{name}: {told}"
    for name in before.said.keys() | after.said.keys():
        lines = [set(made.said.get(name, "").splitlines()) for made in (before, after)]
        for sign, only in (("-", lines[0] - lines[1]), ("+", lines[1] - lines[0])):
            yield from (f"{name}: {sign} {line}" for line in sorted(only))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
