"""The migrations in the layout of another tool, which applies them instead of `journey migrate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wellness_journey import files
from wellness_journey.database import ledger
from wellness_journey.database.migrate import PREREQUISITES, Migration
from wellness_journey.errors import UsageError

# The Supabase CLI orders files by a number of fourteen digits; ours keep their own as its last.
_FIRST = 20260101000000


def write(migrations: Sequence[Migration], folder: Path) -> list[Path]:
    """The files as the Supabase CLI wants them, in `folder` (`supabase/migrations`).

    Each writes its row into the ledger too, so that `journey run` compares versions and a later
    `journey migrate` finds nothing to do. Files that are there with the same text stay.

    Raises:
        UsageError: a file of that name has another text: it may have been applied.
        PlaceError: a file cannot be written.
    """
    texts = {folder / f"{_FIRST}_journey_ledger.sql": f"{ledger.MADE.strip().rstrip(';')};\n"}
    for migration in migrations:
        # On Supabase what these make is there.
        if migration.name.startswith(PREREQUISITES):
            continue
        number, _, name = migration.name.partition("_")
        path = folder / f"{_FIRST + int(number)}_{name}"
        texts[path] = (
            f"{migration.text.rstrip()}\n\n"
            "insert into journey_ledger.migrations (name, sha256)\n"
            f"values ('{migration.name}', '{migration.sha256}');\n"
        )
    for path, text in texts.items():
        if path.exists() and path.read_text(encoding="utf-8") != text:
            raise UsageError(
                f"{path} is there with another text: it may have been applied already, so nothing "
                "was written. Compare it with the migrations of the checkout that made it"
            )
    folder.mkdir(parents=True, exist_ok=True)
    return [files.write(path, text) for path, text in texts.items() if not path.exists()]
