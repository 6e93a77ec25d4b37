"""Writes the tables of docs/input.md: `python tests/tools/input_page.py`."""

from __future__ import annotations

import re
from pathlib import Path

from wellness_journey.adoption import contract
from wellness_journey.adoption.contract import Column, Relation

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "input.md"
_KINDS = {
    "key": "a UUID: the key itself, or one that is derived from it",
    "day": "the day; of an instant its day in `clinic_time_zone`",
    "time": "the instant; one without a zone is taken as UTC",
    "count": "the whole number; NULL if it is none",
    "number": "the number",
    "flag": "true or false",
    "code": "the code, or ours if `codes` has a line for it",
    "text": "nothing",
}


def page() -> str:
    """The whole page, with its tables as the contract has them now."""
    agreed = contract.read(ROOT)
    kinds = "\n".join(
        f"| {kind} | {', '.join(types)} | {_KINDS[kind]} |" for kind, types in agreed.kinds.items()
    )
    tables = {
        "kinds": f"| kind | types that are taken | what the copy holds |\n|---|---|---|\n{kinds}",
        "relations": "\n\n".join(map(_relation, agreed.relations.values())),
    }
    text = PAGE.read_text(encoding="utf-8")
    for name, table in tables.items():
        between = re.compile(f"(?s)(<!-- {name} -->\n).*?(<!-- end -->)")
        text = between.sub(lambda found, table=table: f"{found[1]}{table}\n{found[2]}", text)
    return text


def _relation(relation: Relation) -> str:
    optional = " The clinic may do without it." if relation.is_optional else ""
    rows = "\n".join(map(_column, relation.columns.values()))
    return (
        f"### `{relation.name}`\n\n{relation.grain[0].upper()}{relation.grain[1:]}.{optional}\n\n"
        f"| column | kind | needed | meaning |\n|---|---|---|---|\n{rows}"
    )


def _column(column: Column) -> str:
    needed = "key" if column.is_key else "" if column.is_optional else "yes"
    unit = f" Unit: {column.unit}." if column.unit else ""
    return f"| `{column.name}` | {column.kind} | {needed} | {column.meaning}{unit} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
