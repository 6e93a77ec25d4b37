"""The application of `other_shape` with a property of each session, and a project that names it."""

from __future__ import annotations

from collections.abc import Iterable

from database import Connection
from wellness_journey.rules.attribute import Attribute

NAMED = {"name": "site", "values": {"N": "North", "S": "South", "S2": "South"}}
ATTRIBUTE = Attribute("site", {"N": "North", "S": "South", "S2": "South"})
_TABLE = "create table app.sites (id bigserial primary key, dosing bigint, site text)"
_VIEW = """
    create view wellness.log_session_attributes as
    select dosing as session_id, site as value from app.sites
"""


def make(connection: Connection, *, view: bool = True) -> None:
    """The application's table, without rows, and the view of the input contract."""
    connection.execute(_TABLE)
    if view:
        connection.execute(_VIEW)
        connection.execute("grant select on wellness.log_session_attributes to journey_pipeline")


def give(connection: Connection, values: Iterable[tuple[int, str]]) -> None:
    """Give dosings (by their id) a site."""
    with connection.cursor() as cursor:
        cursor.executemany("insert into app.sites (dosing, site) values (%s, %s)", list(values))
