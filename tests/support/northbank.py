"""Northbank Care: the invented application of another clinic, and a checkout set up for it."""

from __future__ import annotations

from pathlib import Path

import yaml

from checkout import ROOT, Checkout
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

EXAMPLE = ROOT / "examples" / "other_clinic"
# Its data ends here.
AS_OF = "2025-09-30"


def set_up(target: Target) -> None:
    """Make the application's tables, people and views in `target`, an empty database."""
    with settings.connect(target, autocommit=True) as connection:
        for name in ("schema", "data", "views"):
            text = (EXAMPLE / f"{name}.sql").read_text(encoding="utf-8")
            connection.execute(text.encode())


def configure(checkout: Checkout) -> None:
    """Write the clinic's variables and rows into the project of `checkout`."""
    path = checkout.root / "dbt_project.yml"
    project = yaml.safe_load(path.read_text(encoding="utf-8"))
    project["vars"] |= yaml.safe_load((EXAMPLE / "variables.yml").read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(project, sort_keys=False, allow_unicode=True), encoding="utf-8")
    for rows in sorted((EXAMPLE / "seeds").glob("*.csv")):
        add_rows(checkout.root / "dbt_project" / "seeds" / rows.name, rows)


def add_rows(seed: Path, rows: Path) -> None:
    """Append rows, as somebody does who edits the file."""
    seed.write_text(
        seed.read_text(encoding="utf-8") + rows.read_text(encoding="utf-8"), encoding="utf-8"
    )
