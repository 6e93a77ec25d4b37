"""sqlfluff over the dbt project and the migrations, squawk over the migrations.

Models must not say what another engine reads otherwise: `tools/portable_sql.py`.

The dbt templater compiles, so it needs a database.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from wellness_journey.database import migrate, server, settings

root = settings.project_root()
programs = Path(sys.executable).parent
sys.path.append(str(root / "tests" / "tools"))


def is_portable() -> bool:
    from portable_sql import told

    found = told(root / "dbt_project" / "models")
    print(*found, sep="\n", end="\n" if found else "")
    return not found


def passes(program: str, *arguments: str | Path) -> bool:
    command = [programs / program, *arguments]
    return subprocess.run(command, cwd=root, check=False).returncode == 0


sqlfluff = (
    *("python", "tests/tools/sqlfluff_thrift.py", "lint"),
    *("--disable-progress-bar", "--processes", "0"),
)
# One after the other, all of them: a finding of one must not hide those of the next.
verdicts = [
    passes("squawk", *sorted((root / "migrations").rglob("*.sql"))),
    passes(*sqlfluff, "--templater", "raw", "migrations"),
    is_portable(),
]
home = Path(tempfile.mkdtemp(prefix="journey-lint-"))
try:
    target = server.up(home)
    with settings.connect(target, autocommit=True) as connection:
        migrate.migrate(connection, root / "migrations")
    settings.export(target)
    os.environ["DBT_TARGET_PATH"] = str(home / "target")
    verdicts.append(passes(*sqlfluff, "dbt_project/models"))
finally:
    server.remove(home)
    shutil.rmtree(home, ignore_errors=True)
sys.exit(not all(verdicts))
