"""How counts and times are said, the same in every file and on the terminal."""

from __future__ import annotations

from datetime import timedelta

from wellness_journey.report import words
from wellness_journey.report.findings import Findings, Rule
from wellness_journey.report.history import History


def of(failing: int | None, checked: int | None) -> str:
    """Failing rows of those checked."""
    if failing is None:
        return "could not be checked"
    return f"{failing:,}" if checked is None else f"{failing:,} of {checked:,}"


def since(past: History, rule_id: str) -> str:
    """How long a rule is as it is: `new`, or the day and how many runs have found it so."""
    rule = past.rules.get(rule_id)
    if rule is None or past.is_first:
        return "first run"
    if rule.change == "new":
        return "new"
    day = f"{rule.since:%Y-%m-%d}"
    runs = words.many(rule.runs_since, "run")
    return f"{day} or before ({runs})" if rule.is_older else f"{day} ({runs})"


def since_when(past: History, rule_id: str) -> str:
    """The same as part of a sentence."""
    told = since(past, rule_id)
    return f"since {told}" if told[0].isdigit() else told


def ago(passed: timedelta) -> str:
    """How long ago, in the unit that fits."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        count = int(passed.total_seconds()) // size
        if count >= 1:
            return f"{words.many(count, unit)} ago"
    return "just now"


def told(rule: Rule) -> str:
    """A rule and what was found of it, as one line."""
    counts = of(rule.failing, rule.checked)
    found_by = ", ".join(rule.engines) or "nothing checked it"
    return (
        f"{rule.status:<5}  {rule.rule_id}  {rule.sentence}: {counts} in {rule.tested} ({found_by})"
    )


def verdict(found: Findings) -> str:
    """The verdict as one line."""
    score = "" if found.score is None else f" Score {found.score:.1f}."
    return f"{found.verdict.upper()}  {found.sentence}{score}"
