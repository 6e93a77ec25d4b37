"""`dbt build` in the process of the tests."""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from checkout import KEPT, ROOT, WORKER
from wellness_journey.cohort import seed
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from wellness_journey.pipeline import build as transform

# A project that dbt has read is a million objects that every full collection goes through.
gc.set_threshold(50_000, 20, 100)

ARTEFACTS = KEPT / f"dbt-{WORKER}"
# For a build whose tables are all that is looked at: most of its seconds are dbt's tests.
NO_TESTS = ("--exclude-resource-type", "test")
COMPILED = ARTEFACTS / "compiled" / "wellness_journey" / "dbt_project" / "models"


@contextmanager
def dbt_environment(target: Target, root: Path = ROOT) -> Iterator[None]:
    """What dbt of this process reads, so that it works in `target`, with artefacts of its own: of
    another project than ours apart from them, or the next build would read ours anew."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        environ = dict(os.environ)
        settings.export(target, environ)
        for name, value in environ.items():
            patch.setenv(name, value)
        artefacts = ARTEFACTS if root == ROOT else KEPT / f"dbt-{WORKER}-others"
        patch.setenv("DBT_TARGET_PATH", str(artefacts))
        # dbt's own warnings are not ours to fail on.
        warnings.simplefilter("ignore")
        from dbt.adapters.base import impl

        # Each adapter of dbt-postgres 1.11 adds a flag to this list, and each flag costs a look at
        # the whole stack: the hundredth run would take five times as long as the first
        # (dbt-adapters issue 2136).
        flags = "DEFAULT_BASE_BEHAVIOR_FLAGS"
        patch.setattr(impl, flags, [*getattr(impl, flags)])
        patch.setattr(transform, "parse", _read_once)
        yield


_parse = transform.parse
_read: dict[bool, tuple[tuple[object, ...], Any]] = {}


def _read_once(root: Path) -> Any:
    """A project as dbt reads it, which takes longer than a run of a few models: ours, and the last
    other one, anew only where a file or the database is another."""
    files = [root / "dbt_project.yml", root / "profiles.yml", *(root / "dbt_project").rglob("*")]
    stamps = [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in sorted(files)]
    key = (os.environ["PGDATABASE"], *stamps)
    kept = _read.get(root == ROOT)
    if kept and kept[0] == key:
        return kept[1]
    read = _parse(root)
    if read.success:
        _read[root == ROOT] = key, read
    return read


def build(
    target: Target,
    as_of: Any = seed.SEED_AS_OF,
    *arguments: str,
    root: Path = ROOT,
    unit_tests: bool = False,
) -> transform.Build:
    """`dbt build` of `target`, in process. Its unit tests, most of its time, run with the demo."""
    kinds = () if unit_tests else ("--exclude-resource-type", "unit_test")
    with dbt_environment(target, root):
        return transform.build(root, as_of, arguments=(*kinds, *arguments))
