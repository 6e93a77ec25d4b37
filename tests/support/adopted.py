"""A checkout for a clinic with tables of its own, and an adopted database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from checkout import Checkout
from database import Connection
from wellness_journey.adoption import adopt
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

# As journey run brings the copies up to date.
TAKE_IN = "select intake.take_in()"


def project(folder: Path, variables: Mapping[str, Any]) -> Checkout:
    """A checkout in `folder` with these variables in its dbt_project.yml."""
    folder.mkdir(exist_ok=True)
    checkout = Checkout(folder)
    set_variables(checkout.root, variables)
    return checkout


def set_variables(root: Path, variables: Mapping[str, Any]) -> None:
    """Write these variables into dbt_project.yml, as somebody does who edits it."""
    path = root / "dbt_project.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["vars"] |= variables
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


def adopted(target: Target, root: Path, schema: str) -> None:
    """Adopt `target`."""
    with settings.connect(target, autocommit=True) as connection:
        adopt.adopt(connection, root, schema)


def take_in(connection: Connection) -> None:
    """The intake, as the pipeline does it: in a transaction in autocommit mode."""
    connection.execute("begin isolation level repeatable read")
    try:
        connection.execute("set local role journey_pipeline")
        connection.execute(TAKE_IN)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
