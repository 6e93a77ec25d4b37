"""What dbt keeps for the process changes no text that it compiles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from checkout import ROOT
from waiting import LIMIT
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

# Twice, so that the second time finds what the first one kept.
_COMPILE = """
import json, sys
from pathlib import Path
from wellness_journey.pipeline import build, dbt_thrift
root, is_thrifty = Path(sys.argv[1]), sys.argv[2] == "thrifty"
if is_thrifty:
    dbt_thrift.be_thrifty()
from dbt.cli.main import dbtRunner
for _ in range(1 + is_thrifty):
    outcome = dbtRunner().invoke([
        *build.QUIET, "--quiet", "compile", "--vars", json.dumps({"as_of": "2025-12-31"}),
        *build.folders(root),
    ])
    assert outcome.success, outcome.exception
print(json.dumps({
    one.node.unique_id: getattr(one.node, "compiled_code", None) for one in outcome.result.results
}))
"""


def compiled(target: Target, folder: Path, word: str) -> dict[str, str | None]:
    """Every node's text, as a process of its own compiles it."""
    environ = {**os.environ, "DBT_TARGET_PATH": str(folder)}
    settings.export(target, environ)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _COMPILE, str(ROOT), word],
        env=environ,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    texts: dict[str, str | None] = json.loads(done.stdout.splitlines()[-1])
    return texts


def test_every_text_is_the_one_of_dbt(
    migrated: str, copy_of: Callable[[str], Target], tmp_path: Path
) -> None:
    """Models, tests and unit tests: dbt alone, and dbt for the second time in a thrifty process."""
    target = copy_of(migrated)
    plain = compiled(target, tmp_path / "plain", "plain")
    assert len([text for text in plain.values() if text]) > 500
    assert compiled(target, tmp_path / "thrifty", "thrifty") == plain
