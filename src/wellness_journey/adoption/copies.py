"""The tables that hold copies of a clinic's rows; their triggers note the sessions that changed."""

from __future__ import annotations

from collections.abc import Iterator

from wellness_journey.adoption.contract import Relation
from wellness_journey.adoption.words import literal
from wellness_journey.intake.made_keys import DAYS

# Of the copies, what the models look for beside the session.
_DAYS = {"log_sessions": "session_date", **DAYS}


def made(relation: Relation) -> Iterator[str]:
    """The statements that make the copy of a relation, or add to it the columns that it lacks."""
    name = f"intake.{relation.name}"
    copied = [column for column in relation.columns.values() if column.copied_as]
    columns = ",\n".join(f"    {column.name} {column.copied_as}" for column in copied)
    yield f"create table if not exists {name} (\n{columns}\n)"
    for column in copied:
        yield f"alter table {name} add column if not exists {column.name} {column.copied_as}"
        yield f"comment on column {name}.{column.name} is {literal(column.meaning)}"
    yield f"comment on table {name} is {literal(f'Copy of rows of the clinic: {relation.grain}.')}"
    looked_for = [one for one in ("session_id", _DAYS.get(relation.name)) if one]
    for column_name in looked_for:
        yield (
            f"create index if not exists idx_{relation.name}_{column_name} "
            f"on {name} ({column_name})"
        )
    for event, rows in {
        "insert": "new table as new_rows",
        "update": "old table as old_rows new table as new_rows",
        "delete": "old table as old_rows",
    }.items():
        yield (
            f"create or replace trigger note_{event} after {event} on {name} "
            f"referencing {rows} for each statement execute function intake.note_sessions()"
        )
        yield f"alter table {name} enable always trigger note_{event}"
    yield f"revoke all on {name} from public"
    yield f"grant select, insert, delete on {name} to journey_pipeline"
