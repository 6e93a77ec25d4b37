"""dbt, in process, with its output made safe to show."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from wellness_journey import files, interrupts
from wellness_journey.errors import TransformError
from wellness_journey.pipeline.dbt_refusals import refusals_by_node
from wellness_journey.pipeline.dbt_thrift import be_thrifty

# No log and no artefact: they quote what the database says.
QUIET = ("--log-level", "none", "--log-level-file", "none", "--no-write-json")
# What dbt reads the project by.
_READ_BY = re.compile(r"--(vars|target|profile)|-t").match
# What leaves out a part of it.
_SELECTS = re.compile(r"--(select|models?|exclude|selector)(=|$)|-[sm]").match
# A line of the table in which dbt says where a model and its contract differ.
_MISMATCH = re.compile(
    r" *\| *(?P<column>\w+) *\| *(?P<is>[\w \[\]]*?) *\| *(?P<expected>[\w \[\]]*?) *"
    r"\| *(?P<why>data type mismatch|missing in contract|missing in definition) *\|"
)
# What PostgreSQL says of a statement that wrote rows: how many tells of the few that changed.
_WRITTEN = re.compile(r"(?:SELECT|INSERT)(?: 0)? \d+")
# What the engine says of a table or of its model: names, a day and words of ours, no row.
_ENGINE_SAYS = re.compile(
    r"\w+\.\w+ (?:"
    r"does not show [\d-]+: dbt build --select \+\w+"
    r"|has the hook \"[^\"\n]*\" with transaction: false, .*"
    r"|moves with the reporting date and does not declare until when: .*"
    r"|is kept by \w+, and no table that it reads announces \w+: .*"
    r"|has no column \w+, by which its meta\.key says it is kept)"
)


@dataclass(frozen=True)
class Build:
    """What one invocation of dbt did: models, the rows that they wrote, tests by outcome, and what
    could not be built."""

    run_id: UUID
    models: int
    rows: int
    tests: dict[str, int]
    not_built: tuple[str, ...]


def build(
    root: Path,
    as_of: date,
    *,
    full_refresh: bool = False,
    arguments: Sequence[str] = (),
    progress: Callable[[str], None] = lambda line: None,
) -> Build:
    """`dbt build` against the database of the PG* variables.

    Its own log and artefacts are not written: they quote what the database says,
    and the database quotes rows. `arguments` go to dbt as they are.

    Raises:
        TransformError: dbt stopped before it built anything.
    """
    started: list[str] = []
    callbacks = [_reporter(progress), _starts(started)]
    steps = ["build", "--vars", json.dumps({"as_of": as_of.isoformat()})]
    steps += ["--full-refresh"] if full_refresh else []
    if not any(map(_SELECTS, arguments)):
        # All tests either way; to find out what is buildable takes dbt a fifth of a daily run.
        steps += ["--indirect-selection", "eager"]
    with interrupts.remembered(), refusals_by_node() as refused:
        from dbt.cli.main import dbtRunner
        from dbt_common.invocation import get_invocation_id

        be_thrifty()
        interrupts.go_on()
        # Another day would make dbt read the whole project anew, and so may what it is told.
        project = None if any(map(_READ_BY, arguments)) else parse(root)
        if project is None or project.success:
            runner = dbtRunner(manifest=project and project.result, callbacks=callbacks)
            outcome: Any = runner.invoke([*QUIET, *steps, *folders(root), *arguments])
        else:
            outcome = project
    results: Any = outcome.result
    if results is None or not hasattr(results, "results"):
        # Until a node starts dbt has read the project and the catalogue, but no row.
        words = type(outcome.exception).__name__ if started else str(outcome.exception)
        if isinstance(outcome.exception, OSError):
            words = unwritable(target_folder(root), outcome.exception)
        why = "; ".join(refused.values()) or " ".join(words.split())
        raise TransformError(f"dbt could not {'finish' if started else 'start'} building: {why}")

    models = rows = 0
    tests: Counter[str] = Counter()
    not_built = []
    for result in results.results:
        kind, status = str(result.node.resource_type), str(result.status)
        if kind in ("test", "unit_test"):
            tests[status] += 1
            if status != "error":
                continue
        elif status in ("success", "pass", "no-op"):  # an exposure is nothing to build
            models += kind == "model"
            rows += max(0, (result.adapter_response or {}).get("rows_affected", 0))
            continue
        elif status == "skipped":
            not_built.append(f"{kind} {result.node.name}: skipped, an earlier step failed")
            continue
        not_built.append(f"{kind} {result.node.name}: {_reason(result, refused)}")
    return Build(UUID(get_invocation_id()), models, rows, dict(tests), tuple(not_built))


def parse(root: Path) -> Any:
    """The project as dbt reads it, whose `result` a dbtRunner takes; what it read last is kept."""
    from dbt.cli.main import dbtRunner

    be_thrifty()
    return dbtRunner().invoke([*QUIET, "parse", *folders(root)])


def target_folder(root: Path) -> Path:
    """Where dbt keeps what it read and compiled."""
    return root / os.environ.get("DBT_TARGET_PATH", "target")


def unwritable(folder: Path, error: OSError) -> str:
    """What is told where dbt could not write a file; one that it does not name is in `folder`."""
    if files.named(error):
        return str(files.unwritable(error))
    return f"{folder} cannot be written: {files.reason(error, folder / 'file')}"


def folders(root: Path) -> list[str]:
    """Flags of dbt: where the project and its profile are."""
    return ["--project-dir", str(root), "--profiles-dir", str(root)]


def _reason(result: Any, refused: Mapping[str, str]) -> str:
    """Why a node could not be built, without dbt's message: that can repeat a row."""
    node, message = result.node, result.message or ""
    # Hooks have no connection of their own.
    connection = "master" if str(node.resource_type) == "operation" else node.unique_id
    if connection in refused:
        return refused[connection]
    code = f"{getattr(node, 'raw_code', '')} {' '.join(getattr(node, 'columns', ()))}"
    mismatches = [
        f"{found['column']}: {found['why']} ({found['is']} | {found['expected']})"
        for line in message.splitlines()
        if (found := _MISMATCH.fullmatch(line)) and found["column"] in re.findall(r"\w+", code)
    ]
    if mismatches:
        return f"contract failed (model | contract): {', '.join(mismatches)}"
    if said := _ENGINE_SAYS.search(message):
        return said[0]
    kind = re.match(r"(?:Compilation|Database|Internal|Parsing|Runtime) Error", message)
    return (
        f"{kind[0] if kind else 'Error'}; its words can repeat a row: "
        f"`dbt build --select {node.name}` says them"
    )


def _starts(started: list[str]) -> Callable[[Any], None]:
    """A dbt callback that notes what has begun to work on rows."""

    def note(event: Any) -> None:
        if event.info.name in ("NodeStart", "LogHookStartLine"):
            started.append(event.info.name)

    return note


def _reporter(progress: Callable[[str], None]) -> Callable[[Any], None]:
    """A dbt callback that passes on one line per model that is done."""

    def report(event: Any) -> None:
        if event.info.name in ("LogModelResult", "LogSeedResult"):
            data = event.data
            did = "built" if _WRITTEN.fullmatch(data.status) else data.status.lower()
            progress(
                f"build    {data.index}/{data.total} {data.node_info.node_name}: {did}, "
                f"{data.execution_time:.1f} s"
            )

    return report
