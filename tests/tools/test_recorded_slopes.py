"""What benchmarks/results.json says of the intervals of slopes meets what was asked of them."""

from __future__ import annotations

import json
import statistics
from typing import Any

import pytest

from checkout import ROOT

RECORDED: list[dict[str, Any]] = json.loads(
    (ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8")
)["slopes"]["measured"]
PAGE = (ROOT / "docs" / "comparisons.md").read_text(encoding="utf-8")
KEYS = {
    "of the days": "of_days_pct",
    "of the means of weeks": "not_widened_pct",
    "of the means of weeks, times 1.3 (the mart's)": "coverage_pct",
}


def of(key: str) -> list[float]:
    return [one[key] for one in RECORDED]


def test_intervals_hold_the_slope_as_often_as_they_say() -> None:
    """95 % on average, and nowhere far from it; an interval of the days is far from it."""
    assert 94 <= statistics.fmean(of("coverage_pct")) <= 97
    assert min(of("coverage_pct")) >= 91
    assert statistics.fmean(of("of_days_pct")) < 85


def test_slopes_are_those_of_the_courses() -> None:
    """Rounding and cutting of answers takes less than a tenth of a point from a slope."""
    assert max(abs(one["mean_slope"] - one["true_slope"]) for one in RECORDED) < 0.1


@pytest.mark.parametrize("name", KEYS)
def test_the_page_tells_what_is_recorded(name: str) -> None:
    """Mean, lowest and highest percent of the intervals that hold the slope."""
    found = of(KEYS[name])
    figures = statistics.fmean(found), min(found), max(found)
    assert f"| {name} | {' | '.join(f'{figure:.0f}' for figure in figures)} |" in PAGE


def test_all_kinds_are_recorded() -> None:
    """Three courses, five ways of answering, two lengths; most of them have slopes."""
    kinds = {(one["course"], one["answered"], one["last_day"]) for one in RECORDED}
    assert len(kinds) == len(RECORDED) == 30
    assert min(one["slopes"] for one in RECORDED) >= 200
