"""`journey status`: the last run on one screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from wellness_journey.report import phrases
from wellness_journey.report.findings import ENGINES, STATUSES, Findings
from wellness_journey.report.history import History
from wellness_journey.report.junit import Check
from wellness_journey.report.summary import as_dict

# One screen; `journey report` writes the rest.
_LISTED = 12


def status_dict(found: Findings, past: History, every: Iterable[Check]) -> dict[str, Any]:
    """What summary.json says, and the checks of each step by status."""
    return {**as_dict(found, past), "steps": _steps(found, every)}


def status_lines(
    found: Findings, past: History, every: Iterable[Check], now: datetime | None = None
) -> list[str]:
    """Verdict, when, what is not passing and since when, each step; `now` says how long ago."""
    lines = [phrases.verdict(found)]
    if found.run_id is None or found.started_at is None:
        return lines
    ago = phrases.ago((now or datetime.now(UTC)) - found.started_at)
    synthetic = ", synthetic data" if found.is_synthetic else ""
    lines += [
        f"as of {found.as_of}; run {found.started_at:%Y-%m-%d %H:%M} UTC, {ago}{synthetic}",
        "",
    ]
    attention = [rule for rule in found.attention if rule.status != "skipped"]
    for rule in attention[:_LISTED]:
        lines.append(phrases.told(rule))
        since = phrases.since_when(past, rule.rule_id)
        lines.append(f"       {since}; who acts: {rule.acts or 'unknown to the catalogue'}")
    if len(attention) > _LISTED:
        lines.append(f"       {len(attention) - _LISTED} more in reports/summary.json")
    for title, rule_ids in (("new", past.changed("new")), ("fixed", past.changed("fixed"))):
        if not past.is_first:
            lines.append(f"{title:<7}{', '.join(rule_ids) or 'nothing'}")
    skipped = found.counts["skipped"]
    if skipped:
        lines.append(f"{'':<7}{skipped} of {len(found.applicable)} rules were not checked")
    built = f"{found.nodes_failed} not built" if found.nodes_failed else "everything built"
    lines += ["", f"{'build':<20}{built}"]
    for step, counts in _steps(found, every).items():
        told = ", ".join(f"{count:,} {status}" for status, count in counts.items())
        lines.append(f"{step:<20}{told or 'did not check this run'}")
    for mart, outcomes in found.cross_checks.items():
        told = ", ".join(f"{rows:,} {outcome}" for outcome, rows in outcomes.items())
        lines.append(f"{'cross-check':<20}{mart}: {told}")
    for table, outcomes in found.source_rows.items():
        raw, used = outcomes["raw"], outcomes["used"]
        lines.append(f"{'rows':<20}{table}: {raw:,} = {used:,} used + {raw - used:,} quarantined")
    lines += ["", "one rule: `journey explain RULE`"]
    return lines


def _steps(found: Findings, every: Iterable[Check]) -> dict[str, dict[str, int]]:
    """Checks of each engine by status; empty for one that did not check."""
    counted = Counter((check.engine, check.status) for check in every)
    return {
        engine: {status: counted[engine, status] for status in STATUSES if counted[engine, status]}
        for engine in ENGINES
    }
