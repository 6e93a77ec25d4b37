"""sqlfluff over the dbt project; its templater compiles, so it needs a database."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from wellness_journey import migrate, server, settings

root = settings.project_root()
home = Path(tempfile.mkdtemp(prefix="journey-lint-"))
try:
    target = server.up(home)
    with settings.connect(target, autocommit=True) as connection:
        migrate.migrate(connection, root / "migrations")
    settings.export(target)
    os.environ["DBT_TARGET_PATH"] = str(home / "target")
    sqlfluff = str(Path(sys.executable).with_name("sqlfluff"))
    command = [sqlfluff, "lint", "--disable-progress-bar", "dbt_project/models"]
    status = subprocess.run(command, cwd=root, check=False).returncode
finally:
    server.remove(home)
    shutil.rmtree(home, ignore_errors=True)
sys.exit(status)
