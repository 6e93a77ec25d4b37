"""The commands of docs/operating.md, run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from checkout import ROOT
from wellness_journey.database.settings import Target

DOCUMENT = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")

# Where the document says that the embedded server's programs are.
PROGRAMS = [
    path
    for pattern in re.findall(r'"\$PWD"/\.venv/(\S+?)\)', DOCUMENT)
    for path in Path(sys.prefix).glob(pattern)
]


def document(section: str) -> list[str]:
    """The commands under a heading of docs/operating.md, block by block."""
    body = re.split(rf"^### {re.escape(section)}$", DOCUMENT, flags=re.M)[1]
    return re.findall(r"^```sh\n(.*?)^```$", re.split(r"^#+ ", body, flags=re.M)[0], re.M | re.S)


def run(target: Target, folder: Path, *blocks: str) -> subprocess.CompletedProcess[str]:
    """Run commands of the document in `folder` against `target`; the first failure ends them."""
    environ = {k: v for k, v in os.environ.items() if k in ("PYTHONPATH", "LANG", "HOME")}
    programs = (*PROGRAMS, Path(sys.executable).parent, "/usr/bin", "/bin")
    environ |= {
        "PATH": ":".join(map(str, programs)),
        "PGHOST": target.host,
        "PGPORT": str(target.port),
        "PGUSER": target.user,
        "PGDATABASE": target.database,
        "JOURNEY_HOME": str(folder),
    }
    return subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
    )


def done(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stderr
    return result.stdout
