"""The worked example of docs/associations.md."""

from __future__ import annotations

import re
from fractions import Fraction

from checkout import ROOT
from reference_associations import PERMUTATIONS, figures_of, regression, root

PAGE = (ROOT / "docs" / "associations.md").read_text(encoding="utf-8")


def row(name: str) -> list[str]:
    """The cells of the example's table after the name of the row."""
    found = re.search(rf"^\| {name} \| (.*) \|$", PAGE, re.MULTILINE)
    assert found
    return found[1].split(" | ")


def test_the_page_says_what_the_reference_finds() -> None:
    """Every figure of the example, of the weeks in its table."""
    weeks = [int(week) for week in row("week")]
    exposures = [int(reported) for reported in row("habit reported")]
    outcomes = [Fraction(mood) for mood in row("mood")]
    difference, margin, a, b, discount, widening, p = figures_of(weeks, exposures, outcomes)
    _, plain = regression(weeks, exposures, outcomes)
    assert margin is not None
    assert plain is not None
    example = PAGE.partition("## A worked example")[2].partition("\n## ")[0]
    for figure in (
        f"is {float(difference):.4f} points",
        f"{float(difference - plain):.4f} to {float(difference + plain):.4f}",
        f"= {float(a):.4f}.",
        f"`metric_memory` is {float(b):.4f}.",
        f"(1 + {float(a * b):.4f}) / (1 - {float(a * b):.4f}): {float(root(discount)):.4f}.",
        f"{p * (PERMUTATIONS + 1) - 1} reach",
        f"/ 2000 = {float(p):.4f}",
        f"`widening_factor` is {float(root(widening)):.4f}.",
        f"{float(difference - margin):.4f} to {float(difference + margin):.4f}",
    ):
        assert figure in " ".join(example.split()), figure
    told = f"{float(difference):.2f} points higher"
    assert told in PAGE
    assert f"{sum(exposures)} weeks with, {len(weeks) - sum(exposures)} without" in PAGE
