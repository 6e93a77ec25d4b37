"""A connection pooler between us and the database: one that keeps no session is refused."""

from __future__ import annotations

from typing import Any

import psycopg

from wellness_journey.database import settings
from wellness_journey.errors import NoConnectionError

# Equal numbers on two servers behind a load balancer are two backends.
_BACKEND = "select pg_backend_pid(), pg_postmaster_start_time()::text"


def refuse_transaction_pooler(target: settings.Target) -> None:
    """Return if `target` keeps a session. Sets nothing: that would reach another application.

    A transaction pooler gives each statement the backend that is free. An idle one always gives
    the same, so that one connection sees nothing: but two open connections then share a backend.
    A busy one gives a connection another backend for its next statement.

    Raises:
        NoConnectionError: a transaction pooler, or no connection.
    """
    with (
        settings.open_connection(target) as first,
        settings.open_connection(target) as second,
    ):
        # In this order a pooler that goes round its backends is seen too, however many it has.
        order = (first, second, second, first)
        backends = [_backend(target, connection) for connection in order]
    kept = backends[0] == backends[3] and backends[1] == backends[2]
    if not kept or backends[0] == backends[1]:
        raise NoConnectionError(
            f"{target} is a transaction pooler: it keeps neither role nor lock from one statement "
            f"to the next, and nothing was done. Instead of port {target.port}, set PGPORT to the "
            "port of its session pooler or of the server itself (on Supabase: 5432)"
        )


def _backend(target: settings.Target, connection: psycopg.Connection[Any]) -> object:
    try:
        return connection.execute(_BACKEND.encode()).fetchone()
    except psycopg.OperationalError as error:
        raise NoConnectionError(
            f"{target} let us in, but answers no statement ({type(error).__name__}): a session "
            "pooler needs a free backend for each connection of ours; raise its pool size or end "
            "what holds the others, then run this again"
        ) from None
