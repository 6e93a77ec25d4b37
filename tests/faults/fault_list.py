"""The list of faults: what each corrupts, and the rules that must notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from catalogued import RULES
from wellness_journey.rules import yaml_file

LISTS = Path(__file__).parent


class StaleError(Exception):
    """The list does not fit the catalogue, the tables or the models."""


@dataclass(frozen=True)
class Fault:
    """One corruption: what it means, how it is planted, and the rules that must notice.

    With `build` dbt builds those models (or `all`) between the fault and the checks; with `before`
    it builds them before the fault, too, after those statements. With `file` the fault is in a
    model, whose unit tests are checks as well.
    """

    id: str
    what: str
    fires: tuple[str, ...]
    also: tuple[str, ...] = ()
    sql: str = ""
    before: str = ""
    build: str = ""
    file: str = ""
    old: str = ""
    new: str = ""

    @property
    def is_of_posture(self) -> bool:
        """Whether it changes the database's security, and nothing that another engine looks at."""
        return all(rule_id.startswith("PO-") for rule_id in self.fires)

    @property
    def is_of_runs(self) -> bool:
        """Whether only a comparison with earlier runs can notice it."""
        return all(rule_id.startswith("RN-") for rule_id in self.fires)

    @property
    def rules(self) -> frozenset[str]:
        """All that turn red."""
        return frozenset((*self.fires, *self.also))


@cache
def load(folder: Path = LISTS) -> list[Fault]:
    """All faults, kinds written out per table.

    Raises:
        StaleError: two of one name, or a rule or a table that is none.
    """
    found: list[Fault] = []
    for path in sorted(folder.glob("*.yml")):
        for entry in yaml_file.read(path):
            found += _of_kind(entry) if "kind" in entry else [_fault(entry)]
    names = [fault.id for fault in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise StaleError(f"twice in the list: {', '.join(twice)}")
    for fault in found:
        if unknown := fault.rules - RULES.keys():
            raise StaleError(f"{fault.id}: no rule {', '.join(sorted(unknown))}")
        if not fault.fires:
            raise StaleError(f"{fault.id}: fires nothing")
    return found


def _fault(entry: dict[str, Any]) -> Fault:
    given = dict(entry)
    if "set" in given:
        row = (given.pop("table"), given.pop("set"), given.pop("where", "true"))
        given["sql"] = _in_one_row(*row)
    for name in ("fires", "also"):
        given[name] = tuple(given.get(name, "").split())
    return Fault(**given)


def _of_kind(entry: dict[str, Any]) -> Iterator[Fault]:
    """A kind's fault for each table that it lists."""
    for table, given in entry["tables"].items():
        rules = given["fires"].split()
        if "sql" in entry:
            planted = entry["sql"].format(table=table, **given)
        else:
            columns = given.get("columns", "").split() or RULES[rules[0]].columns
            assigned = ", ".join(f"{column} = {entry['value']}" for column in columns)
            planted = _in_one_row(table, assigned, given.get("where", "true"))
        yield Fault(
            id=f"{entry['kind']}-{table.partition('.')[2]}",
            what=entry["what"].format(table=table, **given),
            fires=tuple(rules),
            also=tuple(given.get("also", "").split()),
            sql=planted,
            build=given.get("build", ""),
        )


def _in_one_row(table: str, assigned: str, where: str = "true") -> str:
    return (
        f"update {table} set {assigned} where ctid = "
        f"(select t.ctid from {table} as t where {where} order by t::text limit 1)"
    )
