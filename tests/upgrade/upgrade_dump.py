"""Dump a loaded database of this version; `test_upgrade.py` upgrades each dump that is here.

`make upgrade-dump` loads `rows/` and runs as of AS_OF with the `journey` of this checkout. It
writes `<number of the newest migration>.sql.xz` beside this file. A dump is made once, when a
version is released, and is never changed: it is what people have. The run replaces `reports/`.
"""

from __future__ import annotations

import gzip
import lzma
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
# Before the newest rows, so that a later run has more to do than to move the day.
AS_OF = "2025-12-01"


def unpack(to: Path) -> Path:
    """The CSV files of `rows/` in the folder `to`, as `journey load` reads them."""
    to.mkdir(parents=True, exist_ok=True)
    for packed in sorted((FOLDER / "rows").glob("*.csv.gz")):
        (to / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    return to


def make(to: Path) -> None:
    """Write the dump to the file `to`: plain SQL, without roles, which belong to the server."""
    from wellness_journey.database import place, server

    home = Path(tempfile.mkdtemp(prefix="journey-upgrade-"))
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "PATH") if name in os.environ}
    environ = {**kept, "JOURNEY_HOME": str(home)}

    def journey(*arguments: str) -> None:
        command = [Path(sys.executable).with_name("journey"), *arguments]
        subprocess.run(command, cwd=home, env=environ, check=True)

    try:
        journey("migrate")
        journey("load", str(unpack(home / "rows")))
        journey("run", "--as-of", AS_OF)
        target = server.running(home)
        assert target is not None
        # The key keeps the bytes the same; by default it is a random one.
        text = subprocess.run(
            [
                place.installed() / "pg_dump",
                *("--restrict-key=upgrade", f"--host={target.host}", f"--port={target.port}"),
                *(f"--username={target.user}", target.database),
            ],
            env=kept,
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
    finally:
        server.remove(home)
        shutil.rmtree(home, ignore_errors=True)
    to.write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    newest = max(path.name for path in (ROOT / "migrations").glob("*.sql")).partition("_")[0]
    made = FOLDER / f"{newest}.sql.xz"
    if made.exists():
        sys.exit(f"{made.name} is there already: a dump is made once")
    make(made)
    print(f"{made}: {made.stat().st_size:,} bytes")
