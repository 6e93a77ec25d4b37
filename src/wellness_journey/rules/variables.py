"""The variables of dbt_project.yml, which dbt and the `journey` command share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wellness_journey.errors import UsageError
from wellness_journey.rules import yaml_file

FILE = "dbt_project.yml"


def variables(root: Path) -> dict[str, Any]:
    """Each variable by name; those that the file leaves out are missing.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        project = yaml_file.read(root / FILE)
    except yaml_file.UnusableError as error:
        raise UsageError(f"{root / FILE}: {error}") from None
    return dict((project or {}).get("vars") or {})
