"""What the YAML says of a table or column stands in the database, too."""

from __future__ import annotations

from collections.abc import Callable

from wellness_journey.database import settings
from wellness_journey.database.settings import Target


def test_every_column_has_its_comment(built: str, copy_of: Callable[[str], Target]) -> None:
    """What stands in the YAML stands in the database, in every schema that is built."""
    with settings.connect(copy_of(built), autocommit=True) as connection:
        found = connection.execute(
            """
            select
                relnamespace::regnamespace::text || '.' || relname,
                attname,
                obj_description(pg_class.oid, 'pg_class'),
                col_description(pg_class.oid, attnum)
            from pg_class
            inner join pg_attribute on attrelid = pg_class.oid and attnum > 0
            where
                relkind in ('r', 'v')
                and not attisdropped
                and relnamespace::regnamespace::text
                in ('intake', 'staging', 'intermediate', 'marts', 'published', 'quality')
            """
        ).fetchall()
    assert [row[:2] for row in found if not (row[2] and row[3])] == []
    assert len(found) > 250
    comments = {row[:2]: row[2:] for row in found}
    assert comments["marts.dim_sessions", "patient_id"] == (
        "One row per dosing session up to the day of reference.",
        "Pseudonymous key of the patient; a patient may have several sessions.",
    )
