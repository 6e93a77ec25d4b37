"""What needs attention, one card a rule, as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from wellness_journey.report import amounts, charts, words
from wellness_journey.report.findings import Rule
from wellness_journey.report.history import History


@dataclass(frozen=True)
class Card:
    """What does not pass, and what to do about it."""

    rule: Rule
    where: str
    failing: str
    since: str
    strip: Markup
    runs: str
    query: str


def card(rule: Rule, past: History) -> Card:
    """What is said of a rule that does not pass."""
    of_rule = past.rules[rule.rule_id]
    runs = words.last_runs(of_rule)
    return Card(
        rule=rule,
        where=f"{rule.tested}: {rule.columns}" if rule.columns else rule.tested,
        failing=amounts.of(rule.failing, rule.checked),
        since=words.since_in_full(past, rule.rule_id),
        strip=charts.strip(of_rule.statuses, runs),
        runs=runs,
        query=_query(rule),
    )


def _query(rule: Rule) -> str:
    """What posture tells is run as it is; a query is for reading."""
    query = rule.query or ""
    return query if "posture" in rule.engines else "\n".join(amounts.lines_of(query))
