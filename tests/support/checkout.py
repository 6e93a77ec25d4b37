"""The command as a user meets it: a copy of the project, and processes started in it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forked import forks
from waiting import LIMIT
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

ROOT = Path(__file__).resolve().parents[2]
# Each process of pytest has its own.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
# What dbt has read, kept from run to run: of this project, and not of another copy of it whose
# tests run at the same time.
KEPT = ROOT / ".pytest_cache" / "journey"
KEPT.mkdir(parents=True, exist_ok=True)
READ = KEPT / f"copies-{WORKER}.msgpack"
# A demo must never reach it.
HOSTILE = Target("clinic.example.org", 5432, "admin", "clinic")
RUN = ("run", "--as-of", "2025-12-31")


class Checkout:
    """A copy of the project whose files a test may spoil, and its command; few unit tests."""

    def __init__(self, folder: Path, *, all_unit_tests: bool = False):
        self.root, self.home = root, home = folder / "project", folder / "home"
        root.mkdir()
        home.mkdir()
        for name in ("src", "migrations", "dbt_project", "expectations"):
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        # They take most of a run's time, and say the same again each time.
        for unit_tests in root.rglob("*__unit_tests.yml"):
            if not all_unit_tests and unit_tests.parent.name != "cross_checks":
                unit_tests.unlink()
        for name in ("dbt_project.yml", "profiles.yml"):
            shutil.copy(ROOT / name, root / name)
        if not all_unit_tests:
            (root / "target").mkdir()
            (root / "target" / "partial_parse.msgpack").symlink_to(READ)

    def environment(self, target: Target | None) -> dict[str, str]:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PYTHONPATH": str(self.root / "src"),
            "JOURNEY_HOME": str(self.home / "journey"),
        }
        if target:
            settings.export(target, environ)
            # To the command it is a server like any other.
            environ.pop(settings.EMBEDDED_MARK, None)
        return environ

    def start(self, target: Target | None, *arguments: str) -> subprocess.Popen[str]:
        # A background job of a shell ignores interrupts, and so would all that it starts.
        return subprocess.Popen(
            [sys.executable, "-m", "wellness_journey.cli", *arguments],
            cwd=self.root,
            env=self.environment(target),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def journey(self, target: Target | None, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        return forks().run(arguments, self.root, self.environment(target), LIMIT)

    def summary(self) -> dict[str, Any]:
        text = (self.root / "reports" / "summary.json").read_text(encoding="utf-8")
        summary: dict[str, Any] = json.loads(text)
        return summary

    def files(self) -> dict[str, str]:
        """The files of the report that are text, by name."""
        return {
            path.name: path.read_text(encoding="utf-8")
            for path in (self.root / "reports").iterdir()
        }

    def everything_written(self) -> str:
        """The text of every file that a run can leave, rejects aside."""
        places = [self.root / name for name in ("reports", "target", "logs")]
        files = [path for place in places for path in place.rglob("*") if path.is_file()]
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)


@dataclass(frozen=True)
class Demo:
    """What the first `journey demo` in a checkout said and left, its server running."""

    checkout: Checkout
    code: int
    out: str
    err: str
    files: dict[str, str]
    target: Target

    @property
    def summary(self) -> dict[str, Any]:
        """What summary.json said."""
        summary: dict[str, Any] = json.loads(self.files["summary.json"])
        return summary
