"""dbt, in process, with its output made safe to show."""

from __future__ import annotations

import json
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID

from wellness_journey.errors import TransformError

# PostgreSQL quotes names and values alike; only what follows one of these words is a name.
_NAMED = r"(?:relation|column|schema|function|role|constraint|table|view|database|type|operator)"
_QUOTED = re.compile(rf'(?P<name>\b{_NAMED} "[^"]*")|"[^"]*"|\'[^\']*\'')


@dataclass(frozen=True)
class Build:
    """What one invocation of dbt did: nodes by outcome, and what could not be built."""

    run_id: UUID
    models: int
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
    os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    from dbt.cli.main import dbtRunner
    from dbt_common.invocation import get_invocation_id

    folders = ["--project-dir", str(root), "--profiles-dir", str(root)]
    with _interrupts_remembered():
        outcome = dbtRunner(callbacks=[_reporter(progress)]).invoke(
            [
                *("--log-level", "none", "--log-level-file", "none", "--no-write-json"),
                *("build", *folders, "--vars", json.dumps({"as_of": as_of.isoformat()})),
                *(["--full-refresh"] if full_refresh else []),
                *arguments,
            ]
        )
    results: Any = outcome.result
    if results is None or not hasattr(results, "results"):
        raise TransformError(f"dbt could not start building: {redact(str(outcome.exception))}")

    models = 0
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
            continue
        elif status == "skipped":
            not_built.append(f"{kind} {result.node.name}: skipped, an earlier step failed")
            continue
        not_built.append(f"{kind} {result.node.name}: {redact(result.message or status)}")
    return Build(UUID(get_invocation_id()), models, dict(tests), tuple(not_built))


@contextmanager
def _interrupts_remembered() -> Iterator[None]:
    """dbt makes an interrupt a result among others: raise it again when dbt is done."""
    interrupted = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if interrupted:
            raise KeyboardInterrupt


def redact(message: str) -> str:
    """A message of dbt or PostgreSQL on one line, without anything that can be a value."""
    lines = [line.strip() for line in message.strip().splitlines()]
    kept = []
    for line in lines:
        if line.startswith(("DETAIL", "CONTEXT", "HINT", "LINE ", "QUERY", "compiled code")):
            break
        kept.append(line)
    return _QUOTED.sub(lambda found: found["name"] or "[withheld]", " ".join(kept))


def _reporter(progress: Callable[[str], None]) -> Callable[[Any], None]:
    """A dbt callback that passes on one line per model that is done."""

    def report(event: Any) -> None:
        if event.info.name in ("LogModelResult", "LogSeedResult"):
            data = event.data
            progress(
                f"  {data.index}/{data.total} {data.node_info.node_name} "
                f"{data.status.lower()} {data.execution_time:.1f} s"
            )

    return report
