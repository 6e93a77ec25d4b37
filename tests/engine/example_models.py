"""A copy of the project with example models, kept by patient and by cohort, and runs of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from builds import build
from checkout import Checkout
from database import Connection
from rows import Session, day
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from wellness_journey.pipeline.build import Build

MODELS = Path(__file__).with_name("models")
# By session, by patient, by cohort; each announces to the next.
EXAMPLES = ("ex_sessions", "ex_patients", "ex_cohorts")
# What the last one is built from, in an order in which a run may build it.
STEPS = ("int_pulse_days", *EXAMPLES)
TODAY = day(150)


def checkout(folder: Path) -> Checkout:
    """The project with the example models, without unit tests."""
    made = Checkout(folder)
    shutil.copytree(MODELS, made.root / "dbt_project" / "models" / "examples")
    for unit_tests in made.root.rglob("*__unit_tests.yml"):
        unit_tests.unlink()
    return made


def run(project: Path, target: Target, as_of: date, *arguments: str) -> Build:
    """A run of the examples and all that they read, or of what `arguments` select."""
    words = arguments if "--select" in arguments else (*arguments, "--select", "+ex_cohorts")
    return build(target, as_of, "--exclude-resource-type", "test", *words, root=project)


def whole(project: Path, target: Target, as_of: date, *arguments: str) -> None:
    """A run in which nothing fails."""
    assert run(project, target, as_of, *arguments).not_built == ()


def started(project: Path, target: Target, as_of: date, *models: str) -> subprocess.Popen[bytes]:
    """A run of these models in a process of its own, one model at a time."""
    environ = {**os.environ, "DBT_TARGET_PATH": str(project / "target")}
    settings.export(target, environ)
    words = ("--exclude-resource-type", "test", "--threads", "1", "--select", *models)
    return subprocess.Popen(
        [sys.executable, "-c", _RUN, str(project), str(as_of), *words],
        env=environ,
        stdout=subprocess.DEVNULL,
    )


_RUN = """
import sys
from datetime import date
from pathlib import Path
from wellness_journey.pipeline import build
built = build.build(
    Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), arguments=sys.argv[3:]
)
sys.exit(len(built.not_built))
"""


def rows(connection: Connection, *tables: str) -> dict[str, list[str]]:
    """All rows of the examples, or of `tables`, as ordered text."""
    return {
        table: [
            text
            for (text,) in connection.execute(
                f"select t::text from marts.{table} as t order by 1".encode()
            ).fetchall()
        ]
        for table in tables or EXAMPLES
    }


def places(connection: Connection, key: str, table: str) -> dict[str, set[tuple[str, str]]]:
    """By key where its rows lie and who wrote them: what is written anew has others."""
    found: dict[str, set[tuple[str, str]]] = {}
    for value, *place in connection.execute(
        f"select {key}::text, ctid::text, xmin::text from marts.{table}".encode()
    ).fetchall():
        found.setdefault(value, set()).add(tuple(place))
    return found


def all_places(connection: Connection) -> dict[str, dict[str, set[tuple[str, str]]]]:
    """`places` of every example, by its own key."""
    keys = ("session_id", "patient_id", "cohort_month")
    return {
        table: places(connection, key, table) for table, key in zip(EXAMPLES, keys, strict=True)
    }


def equals_full_refresh(project: Path, target: Target, connection: Connection, as_of: date) -> None:
    """What stands there is what a full refresh makes, and runs again change nothing."""
    found = rows(connection)
    whole(project, target, as_of, "--full-refresh")
    assert rows(connection) == found
    made = all_places(connection)
    whole(project, target, as_of)
    assert all_places(connection) == made


@contextmanager
def changed(file: Path, old: str, new: str) -> Iterator[None]:
    """A file of the copy with another text, until the end."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, (file, old)
    file.write_text(text.replace(old, new), encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(text, encoding="utf-8")


def small_clinic(connection: Connection) -> None:
    """Six sessions of three patients in three months, with a few pulse checks each."""
    for number in range(6):
        session = Session(number + 1, patient=(number + 1) % 3 + 1)
        session.create(connection, day(20 * number))
        for offset in range(3):
            session.pulse_check(connection, 20 * number + offset, mood_level=offset + 1)
