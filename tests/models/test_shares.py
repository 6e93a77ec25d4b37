"""Each published share of people has its interval, or says why it has none."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from checkout import ROOT

PUBLISHED = ROOT / "dbt_project" / "models" / "published" / "_published__models.yml"
MODELS: list[dict[str, Any]] = yaml.safe_load(PUBLISHED.read_text(encoding="utf-8"))["models"]
COLUMNS = {
    model["name"]: {one["name"]: one["description"] for one in model["columns"]} for model in MODELS
}
# What chance gives is computed from assumptions and not estimated from people.
SHARES = [
    (model, column)
    for model, columns in COLUMNS.items()
    for column in columns
    if column.endswith("_pct") and "_ci_" not in column and not column.endswith("_by_chance_pct")
]


@pytest.mark.parametrize(("model", "column"), SHARES)
def test_a_share_has_an_interval_or_says_why_not(model: str, column: str) -> None:
    """Both bounds stand beside it, named after it or as the only ones; else: No interval."""
    columns = COLUMNS[model]
    beside = [
        {f"{name}ci_{bound}_pct" for bound in ("lower", "upper")}
        for name in (column.removesuffix("pct"), "")
    ]
    has_interval = any(bounds <= columns.keys() for bounds in beside)
    assert has_interval != ("No interval: " in columns[column])
