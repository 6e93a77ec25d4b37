"""What benchmarks/results.json says of associations meets what was asked of them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from checkout import ROOT

RECORDED: list[dict[str, Any]] = json.loads(
    (ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8")
)["behavior_associations"]["measured"]
PAGE = (ROOT / "docs" / "associations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("one", RECORDED, ids=lambda one: one["scenario"])
def test_figures_meet_what_was_asked(one: dict[str, Any]) -> None:
    """False discoveries at most 11 %; intervals of chance hold 0 as often as they say."""
    assert one["fdr_pct"] <= 11
    least = 90 if "memory 0.6" in one["scenario"] else 93
    assert least <= one["coverage_pct"] <= (100 if least == 90 else 96)
    assert one["coverage_error"] < 1


@pytest.mark.parametrize("one", RECORDED, ids=lambda one: one["scenario"])
def test_the_page_tells_what_is_recorded(one: dict[str, Any]) -> None:
    """Scenario, false discoveries, power and coverage, in percent."""
    power = "" if one["power_pct"] is None else f"{one['power_pct']:.1f}"
    told = (one["scenario"], f"{one['fdr_pct']:.1f}", power, f"{one['coverage_pct']:.1f}")
    rows = [tuple(row.split(" | ")) for row in re.findall(r"^\| (.*) \|$", PAGE, re.MULTILINE)]
    assert told in [tuple(cell.strip() for cell in row) for row in rows]


def test_the_page_tells_which_power_is_less_than_designed() -> None:
    """By more than two standard errors: each such scenario, and no other."""
    effects = [one for one in RECORDED if one["power_pct"] is not None]
    designed = [str(one["designed_pct"]) for one in effects]
    text = " ".join(PAGE.split())
    assert f"designed to find {', '.join(designed[:-1])} and {designed[-1]} %" in text
    told = re.findall(r"([0-9.]+) % \(standard error ([0-9.]+)\) where ([0-9]+) % was", text)
    assert told == [
        (f"{one['power_pct']:.1f}", f"{one['power_error']:.1f}", str(one["designed_pct"]))
        for one in effects
        if one["power_pct"] + 2 * one["power_error"] < one["designed_pct"]
    ]


def test_all_ten_scenarios_are_recorded() -> None:
    """Six in which all is chance, four with an effect, of 1,500 people each."""
    assert [one["power_pct"] is None for one in RECORDED] == [True] * 6 + [False] * 4
    assert min(one["tests"] for one in RECORDED) > 1500
