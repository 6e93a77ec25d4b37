"""What the intake selects from: a clinic's relations, and rows of several instruments in parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wellness_journey.adoption.contract import Relation
from wellness_journey.adoption.found import Found
from wellness_journey.adoption.words import identifier, literal
from wellness_journey.rules.instruments import Instrument

# The type of a row with a column for each of several instruments: it becomes a row for each score.
ALL_INSTRUMENTS = "ALL_INSTRUMENTS"


@dataclass(frozen=True)
class Sources:
    """Where the rows are and how they are read: the schema, the relations that are there, the
    clinic's time zone, what its tables call each code by vocabulary, the instruments."""

    schema: str
    found: Mapping[str, Found]
    time_zone: str
    codes: Mapping[str, Mapping[str, str]]
    instruments: tuple[Instrument, ...]


def rows_of(relation: Relation, sources: Sources) -> str:
    """What to select from: the clinic's relation, or its rows with each instrument in a row."""
    there = f"{identifier(sources.schema)}.{relation.name}"
    found = sources.found[relation.name].types
    scores = {one.column: one for one in sources.instruments if one.column in relation.columns}
    if not scores:
        return there
    key = next(column.name for column in relation.columns.values() if column.is_key)
    kept = [name for name in relation.columns if name in found and name not in (key, *scores)]
    kept.remove("session_type")
    is_uuid = found[key] == "uuid"
    own = f"wide.{key}" if is_uuid else f"wide.{key}::text"
    part = f"wide.{key}::text || ' ' || kind.session_type"
    if is_uuid:
        part = f"intake.derived_key({literal(key)}, {part})"
    columns = [
        *(f"wide.{name}" for name in kept),
        f"case when kind.is_part then {part} else {own} end as {key}",
        "kind.session_type",
        *(f"kind.{column}" for column in scores if column in found),
    ]
    offered = [column for column in scores if column in found]
    whole = ", ".join(["wide.session_type::text", "false", *(f"wide.{one}" for one in offered)])
    parts = "\n                union all\n".join(
        f"                select {literal(scores[one].session_type)}, true, "
        + ", ".join(f"wide.{one}" if other == one else "null" for other in offered)
        + f"\n                where wide.session_type::text = {literal(ALL_INSTRUMENTS)} "
        f"and wide.{one} is not null"
        for one in offered
    )
    present = " or ".join(f"wide.{one} is not null" for one in offered) or "false"
    names = ", ".join(["session_type", "is_part", *offered])
    union = f"\n                union all\n{parts}" if parts else ""
    return f"""(
            select
                {", ".join(columns)}
            from {there} as wide
            cross join lateral (
                select {whole}
                where wide.session_type::text is distinct from {literal(ALL_INSTRUMENTS)}
                    or not ({present}){union}
            ) as kind ({names})
        )"""
