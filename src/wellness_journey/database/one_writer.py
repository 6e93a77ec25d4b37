"""One writer of operational rows at a time: `journey load` and `journey seed` share this lock."""

from __future__ import annotations

from typing import Any

import psycopg

from wellness_journey.errors import BusyError


def be_the_only_writer(connection: psycopg.Connection[Any]) -> None:
    """Keep others out until the transaction ends; days and times are read as ISO, in UTC.

    Raises:
        BusyError: another load or seed is writing.
    """
    connection.execute("set local datestyle = 'ISO, YMD'")
    connection.execute("set local timezone = 'UTC'")
    lock = "select pg_try_advisory_xact_lock(hashtextextended('wellness_journey rows', 0))"
    if connection.execute(lock).fetchone() != (True,):
        raise BusyError(
            "another load or seed is writing to this database: run this one again when it is done"
        )
