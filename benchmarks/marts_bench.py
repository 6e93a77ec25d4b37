"""Runs of dbt and statements, and how long each took."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from processes import Process, run
from runner import say

from wellness_journey.database import settings
from wellness_journey.database.settings import Target


@dataclass
class Bench:
    """A copy of the project, the databases of one server, and what was measured on them."""

    root: Path
    targets: dict[str, Target]
    # By step and database.
    runs: dict[tuple[str, str], list[Process]] = field(default_factory=lambda: defaultdict(list))
    # Seconds of each model, by step, database and model.
    models: dict[tuple[str, str, str], list[float]] = field(
        default_factory=lambda: defaultdict(list)
    )
    # Seconds from the start of the first node to the end of the last, by step and database.
    building: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    statements: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def environment(self, name: str) -> dict[str, str]:
        """As for any server; what dbt parsed is kept for each database apart."""
        environ = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        settings.export(self.targets[name], environ)
        del environ[settings.EMBEDDED_MARK]
        return environ | {
            "DBT_TARGET_PATH": str(self.root / f"target-{name}"),
            "PYTHONPATH": str(self.root / "src"),
        }

    def dbt(self, name: str, step: str, as_of: date, *arguments: str) -> None:
        """One `dbt build`, measured as `step` of database `name`."""
        say(f"{name}: {step} ...")
        dbt = str(Path(sys.executable).with_name("dbt"))
        command = [
            *(dbt, "--quiet", "--log-level-file", "none", "build", "--profiles-dir", "."),
            *("--vars", json.dumps({"as_of": as_of.isoformat()}), *arguments),
        ]
        done = run(command, self.root, self.environment(name))
        self.runs[step, name].append(done)
        results = json.loads((self.root / f"target-{name}" / "run_results.json").read_text())
        self.building[step, name].append(building_seconds(results["results"]))
        for node in results["results"]:
            model = node["unique_id"].rpartition(".")[2]
            self.models[step, name, model].append(node["execution_time"])

    def journey(self, name: str, step: str, as_of: date) -> None:
        say(f"{name}: {step} ...")
        command = [sys.executable, "-m", "wellness_journey.cli", "run", "--as-of", str(as_of)]
        # Invented people are not faultless: that checks fail is an answer, too.
        done = run(command, self.root, self.environment(name), codes=(0, 1))
        self.runs[step, name].append(done)

    def timed(self, step: str, *statements: str) -> None:
        """Statements as the pipeline, rolled back."""
        say(f"cohort: {step} ...")
        target = self.targets["cohort"]
        role = settings.PIPELINE_ROLE if step == "functions" else None
        with settings.connect(target, role=role) as connection:
            started = time.perf_counter()
            for statement in statements:
                connection.execute(statement.encode())
            self.statements[step].append(time.perf_counter() - started)
            connection.rollback()

    def write(self, name: str, statement: str, **values: object) -> int:
        """Rows that come in before a run; not measured."""
        with settings.connect(self.targets[name], autocommit=True) as connection:
            written = connection.execute(statement.encode(), values).rowcount
            connection.execute("analyze")
        return written


def building_seconds(nodes: list[dict[str, Any]]) -> float:
    """From the start of the first node to the end of the last."""
    phases = [phase for node in nodes for phase in node["timing"]]
    first, last = (
        pick(datetime.fromisoformat(phase[key]) for phase in phases)
        for pick, key in ((min, "started_at"), (max, "completed_at"))
    )
    return (last - first).total_seconds()
