"""How counts and times are said, the same in every file and on the terminal."""

from __future__ import annotations

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
    runs = f"{rule.runs_since} run" if rule.runs_since == 1 else f"{rule.runs_since} runs"
    return f"{day} or before ({runs})" if rule.is_older else f"{day} ({runs})"
