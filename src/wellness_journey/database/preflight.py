"""What is looked at before the first migration is applied, all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import psycopg

from wellness_journey.database import application, objects, rights
from wellness_journey.database.obstacles import Obstacle, listed
from wellness_journey.database.statements import split

if TYPE_CHECKING:
    from wellness_journey.database.migrate import Migration

Connection = psycopg.Connection[Any]


def refusal(connection: Connection, pending: Sequence[Migration]) -> str | None:
    """Why `pending` cannot be applied, with what to do; None if nothing is known against it.

    Asks the catalogue only, and writes nothing.
    """
    obstacles = list(_obstacles(connection, pending))
    if not obstacles:
        return None
    return (
        f"nothing was applied to database {connection.info.dbname}, where this must change first:\n"
        f"{listed(obstacles)}\n"
        "run the statements as the owner of the objects that they name, "
        "then run `journey migrate` again"
    )


def _obstacles(connection: Connection, pending: Sequence[Migration]) -> Iterator[Obstacle]:
    files: objects.Files = {one.name: split(one.text) for one in pending}
    statements = [one for ones in files.values() for one in ones]
    missing: list[str] = []
    if any(one.refers_to("public.log_sessions") for one in statements):
        missing = application.missing(connection)
        made = {
            what
            for name, ones in application.MADE_BY_PREREQUISITES.items()
            if name in files
            for what in ones
        }
        if lost := [what for what in missing if what not in made]:
            yield _missing(connection, lost)
        yield from application.unlike_ours(connection)
    yield from objects.in_the_way(connection, files)
    yield from rights.lacking(connection, files, missing)


def _missing(connection: Connection, lost: Sequence[str]) -> Obstacle:
    return Obstacle(
        f"database {connection.info.dbname} lacks {', '.join(lost)}, which the application has",
        note="Is this the application's database? If not, set PGDATABASE. If no application will "
        "ever use it, such as a throwaway database for CI, run `journey migrate "
        "--with-prerequisites`, which makes them.",
    )
