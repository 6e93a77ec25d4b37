"""How the outcomes of rules are ranked, weighed and summed up in one number."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

# Worst first. Where a rule has several checks the first of these that occurs is the rule's: one
# that was not carried out is never hidden by another that passed.
STATUSES = ("error", "fail", "warn", "skipped", "pass", "not_applicable")
ENGINES = ("dbt", "great_expectations", "column_policy", "text_scan", "posture", "runs")
WEIGHTS = {"critical": 3, "major": 2, "minor": 1}


def score_of(found: Iterable[tuple[str, str]]) -> Decimal | None:
    """Share of the applicable rules that pass, by weight, in percent; floored: never up to 100.

    `found` is each rule's severity and status; None when nothing was applicable.
    """
    weights = [(WEIGHTS[severity], status) for severity, status in found]
    whole = sum(weight for weight, status in weights if status != "not_applicable")
    passing = sum(weight for weight, status in weights if status == "pass")
    return Decimal(passing * 1000 // whole) / 10 if whole else None
