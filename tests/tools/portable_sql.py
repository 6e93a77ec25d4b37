"""What a model must not say because DuckDB or Spark would read it otherwise, or not at all.

`macros/engines.sql` has the portable form of each. It is read as text, comments left out: what a
type is, nobody knows before the database does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Rule:
    """A spelling of PostgreSQL, and what to write instead."""

    name: str
    pattern: str
    instead: str


RULES = (
    Rule("division", r"/", "quotient() of integers, else ratio(); wide() in a macro"),
    Rule(
        "days",
        r"\w*_date\s+[-+]\s+\w|[-+]\s+\w+\.\w*_date\b"
        r"|as_of\(\)\s*\}\}\s*[-+]|\bdate '[\d-]+'\s+[-+]",
        "days_between() or days_after()",
    ),
    Rule("bare numeric", r"::numeric\b(?!\s*\()", "real(), or a precision of at most 38"),
    Rule("wide numeric", r"\bnumeric\s*\(\s*(39|[4-9]\d|\d{3,})\b", "wide()"),
    Rule("double rounding", r"\bround\s*\(\s*round\s*\(", "round_once()"),
    Rule("series", r"\bgenerate_series\b", "numbers()"),
    Rule("distinct on", r"\bdistinct\s+on\b", "row_number() in a CTE, and where it is 1"),
    Rule("lateral values", r"\blateral\s*\(\s*values\b", "lateral (select … union all select …)"),
    Rule("unnest", r"\bunnest\s*\(", "constants()"),
    Rule(
        "array",
        r"\barray\s*\[|\barray_\w+\s*\(|=\s*any\s*\(|\)\s*\[\s*\w",
        "row_number() and max(case …), or list_of() and member()",
    ),
    Rule("number of nulls", r"\bnum_(non)?nulls\b", "number_present()"),
    Rule("collation", r"\bcollate\b|::uuid\b", "bytewise()"),
    Rule("epoch", r"\bisfinite\b|\bextract\s*\(\s*epoch\b", "utc_day()"),
    Rule("varchar", r"::varchar\b|::character varying\b", "plain_text()"),
    Rule("materialized", r"\b(not\s+)?materialized\s+\(", "not_kept()"),
    Rule("cast without a name", r"::\w+(\(\d+(,\s*\d+)?\))?\s*(,\s*$|\n\s*from\b)", "… as name"),
    Rule("condition in parentheses", r"\b(where|and|on)\s+\((true|false)\)", "no parentheses"),
    Rule("recursion", r"\bwith\s+recursive\b", "a macro of engines.sql that folds"),
    Rule("jsonb", r"\w*jsonb\w*", "columns; jsonb is for cross_checks"),
)
# What is compared there is what functions of PostgreSQL answer.
ALLOWED = {"cross_checks": {"jsonb"}}
_COMMENTS = re.compile(r"\{#.*?#\}|--[^\n]*", re.DOTALL)


def findings(text: str, folder: str = "") -> Iterator[tuple[int, Rule]]:
    """The line and the rule of each spelling that is refused in a model of the folder."""
    plain = _COMMENTS.sub(lambda found: "\n" * found[0].count("\n"), text)
    for rule in RULES:
        if rule.name not in ALLOWED.get(folder, ()):
            for found in re.finditer(rule.pattern, plain, re.MULTILINE):
                yield plain.count("\n", 0, found.start()) + 1, rule


def told(models: Path) -> list[str]:
    """The findings of all models, one line each."""
    return [
        f"{path}:{line}: {rule.name}: write {rule.instead}"
        for path in sorted(models.rglob("*.sql"))
        for line, rule in sorted(
            findings(path.read_text(encoding="utf-8"), path.parent.name),
            key=lambda found: (found[0], found[1].name),
        )
    ]
