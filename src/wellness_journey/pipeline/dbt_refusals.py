"""What the database refused while dbt worked, node by node, without the database's words.

dbt keeps only the text of an error, which can repeat a row; the SQLSTATE and the names are gone by
then, and dbt has no callback for it. So its connection manager is patched while it works.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from wellness_journey.database.refusals import trouble


@contextmanager
def refusals_by_node() -> Iterator[dict[str, str]]:
    """What the database refused, by connection (one a node); dbt keeps only the words."""
    from dbt.adapters.postgres.connections import PostgresConnectionManager

    found: dict[str, str] = {}
    connections: Any = PostgresConnectionManager
    before = connections.exception_handler

    @contextmanager
    def noting(manager: Any, statement: str) -> Iterator[None]:
        with before(manager, statement):
            try:
                yield
            except Exception as error:
                if hasattr(error, "diag"):
                    node = manager.get_thread_connection().name
                    found[node] = f"Database Error {trouble(error, statement)}"
                raise

    connections.exception_handler = noting
    try:
        yield found
    finally:
        connections.exception_handler = before
