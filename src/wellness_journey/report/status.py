"""`journey status`: the last run on one screen."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from wellness_journey.report import amounts, words
from wellness_journey.report.reading import Reading
from wellness_journey.report.summary import as_dict
from wellness_journey.rules.score import ENGINES, STATUSES

# One screen; `journey report` writes the rest.
_LISTED = 12


def status_dict(read: Reading) -> dict[str, Any]:
    """What summary.json says, the checks of each step by status, and what each table shows."""
    return {
        **as_dict(read),
        "steps": _steps(read),
        "tables": [asdict(some) for some in read.tables],
    }


def status_lines(read: Reading, now: datetime | None = None) -> list[str]:
    """Verdict, when, what is not passing and since when, each step; `now` says how long ago."""
    found, past, tables = read.found, read.past, read.tables
    lines = [words.verdict(found)]
    if found.run_id is None or found.started_at is None:
        return lines
    ago = amounts.ago((now or datetime.now(UTC)) - found.started_at)
    synthetic = ", synthetic data" if found.is_synthetic else ""
    lines += [
        f"as of {found.as_of}; run {found.started_at:%Y-%m-%d %H:%M} UTC, {ago}{synthetic}",
        "",
    ]
    attention = [rule for rule in found.attention if rule.status != "skipped"]
    for rule in attention[:_LISTED]:
        lines.append(words.told(rule))
        since = words.since_when(past, rule.rule_id)
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
    for step, counts in _steps(read).items():
        told = ", ".join(f"{count:,} {status}" for status, count in counts.items())
        lines.append(f"{step:<20}{told or 'did not check this run'}")
    for some in tables:
        run = f"run {some.started_at:%Y-%m-%d %H:%M} UTC" if some.started_at else "a run cut short"
        # Where not all are of one run it matters which; most are.
        is_most = some == max(tables, key=lambda other: len(other.tables))
        named = "" if is_most else f": {', '.join(some.tables)}"
        lines.append(f"{'tables':<20}{len(some.tables)} as of {some.as_of}, {run}{named}")
    for mart, outcomes in found.cross_checks.items():
        told = ", ".join(f"{size} {outcome}" for outcome, size in outcomes.items())
        lines.append(f"{'cross-check':<20}{mart}: {told}")
    for table, flow in found.source_rows.items():
        holds = "" if flow.is_balanced else "; used + quarantined is another number"
        told = f"{flow.raw}, used {flow.used}, quarantined {words.quarantined(flow)}{holds}"
        lines.append(f"{'rows':<20}{table}: {told}")
    lines += ["", "one rule: `journey explain RULE`"]
    return lines


def _steps(read: Reading) -> dict[str, dict[str, int]]:
    """Checks of each engine by status; empty for one that did not check."""
    counted = Counter((check.engine, check.status) for check in read.checks)
    return {
        engine: {status: counted[engine, status] for status in STATUSES if counted[engine, status]}
        for engine in ENGINES
    }
