"""`summary.md` for people and `summary.json` for machines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wellness_journey.report.files import replace
from wellness_journey.report.findings import Findings

METRICS = ("connection", "sleep", "mood", "energy", "composite")
# A page that lists everything is read by nobody: the rest is in summary.json.
_LISTED = 12


def write_summary(found: Findings, folder: Path) -> list[Path]:
    """Write both files into `folder`; the paths, Markdown first."""
    contents = {
        "summary.md": as_markdown(found),
        "summary.json": json.dumps(as_dict(found), indent=2) + "\n",
    }
    return [replace(folder / name, text) for name, text in contents.items()]


def as_dict(found: Findings) -> dict[str, Any]:
    """The findings as plain JSON values."""
    return {
        "version": 2,
        "verdict": found.verdict,
        "sentence": found.sentence,
        "score": None if found.score is None else float(found.score),
        "is_synthetic": found.is_synthetic,
        "run": {
            "run_id": None if found.run_id is None else str(found.run_id),
            "command": found.command,
            "as_of": None if found.as_of is None else found.as_of.isoformat(),
            "started_at": None if found.started_at is None else found.started_at.isoformat(),
            "finished_at": None if found.finished_at is None else found.finished_at.isoformat(),
            "nodes_failed": found.nodes_failed,
        },
        "rules": {"applicable": len(found.applicable), **found.counts},
        "not_checked_by": list(found.missing_engines),
        "attention": [
            {
                "status": rule.status,
                "rule_id": rule.rule_id,
                "sentence": rule.sentence,
                "severity": rule.severity,
                "tested": rule.tested,
                "checked": rule.checked,
                "failing": rule.failing,
                "engines": list(rule.engines),
            }
            for rule in found.attention
        ],
        "cross_checks": found.cross_checks,
        "source_rows": found.source_rows,
        "weekly_trends": [
            {
                "metric": week.metric,
                "week_post_session": week.week_post_session,
                "patients": week.patients,
                "mean": float(week.mean),
                "ci_lower": float(week.ci_lower),
                "ci_upper": float(week.ci_upper),
            }
            for week in found.weeks
        ],
    }


def as_markdown(found: Findings) -> str:
    """The findings as a page of at most 60 lines."""
    lines = [f"# Wellness journey: {found.verdict}", "", found.sentence, ""]
    if found.is_synthetic:
        lines += ["**Synthetic data**: an invented cohort, nobody's numbers.", ""]
    if found.run_id is None:
        return "\n".join(lines)
    score = "none, nothing was applicable" if found.score is None else f"{found.score:.1f} of 100"
    lines += [
        f"- as of {found.as_of}, run {found.started_at:%Y-%m-%d %H:%M} UTC, `{found.run_id}`",
        f"- score {score}: {found.counts['pass']} of {len(found.applicable)} applicable rules hold "
        f"(critical ones weigh 3, major 2, minor 1), {found.counts['not_applicable']} had nothing "
        "to check",
        "",
    ]
    lines += _attention(found) + _source_rows(found) + _cross_checks(found) + _trends(found)
    return "\n".join(lines)


def _attention(found: Findings) -> list[str]:
    rows = []
    for rule in found.attention:
        of = "" if rule.failing is None else f"{rule.failing:,}"
        of += "" if rule.checked is None else f" of {rule.checked:,}"
        told = (rule.status, rule.rule_id, rule.sentence, rule.tested, of, ", ".join(rule.engines))
        rows.append(f"| {' | '.join(told)} |")
    if not rows:
        return []
    if len(rows) > _LISTED:
        rows[_LISTED:] = [f"| | | {len(rows) - _LISTED} more in summary.json | | | |"]
    return [
        "## Needs attention",
        "",
        "| status | rule | what must hold | table | failing of checked | found by |",
        "|---|---|---|---|--:|---|",
        *rows,
        "",
    ]


def _source_rows(found: Findings) -> list[str]:
    if not found.source_rows:
        return []
    lines = ["## Rows", "", "| table | raw | used | quarantined |", "|---|--:|--:|---|"]
    for table, outcomes in found.source_rows.items():
        reasons = [
            f"{rows:,} {outcome}"
            for outcome, rows in outcomes.items()
            if outcome not in ("raw", "used")
        ]
        raw, used = outcomes["raw"], outcomes["used"]
        lines.append(f"| {table} | {raw:,} | {used:,} | {', '.join(reasons) or '0'} |")
    return [*lines, ""]


def _cross_checks(found: Findings) -> list[str]:
    if not found.cross_checks:
        return []
    lines = ["## Marts against the SQL functions", "", "| mart | outcome |", "|---|---|"]
    for mart, outcomes in found.cross_checks.items():
        told = ", ".join(f"{rows:,} {outcome}" for outcome, rows in outcomes.items())
        lines.append(f"| {mart} | {told} |")
    return [*lines, ""]


def _trends(found: Findings) -> list[str]:
    if not found.weeks:
        return ["No weekly trend is shown: fewer than 11 patients in every week.", ""]
    by_week = {(week.metric, week.week_post_session): week for week in found.weeks}
    shown = sorted({week.week_post_session for week in found.weeks})
    # First, every fourth and last: enough to see the direction.
    picked = [week for week in shown if week % 4 == 0 or week == shown[-1]]
    lines = [
        "## Weekly means (1 to 5) by week post session, with their 95 % interval",
        "",
        "| week | " + " | ".join(METRICS) + " |",
        "|--:|" + "---|" * len(METRICS),
    ]
    for number in picked:
        cells = []
        for metric in METRICS:
            week = by_week.get((metric, number))
            cells.append(
                f"{week.mean:.2f} ({week.ci_lower:.2f} to {week.ci_upper:.2f}), n {week.patients}"
                if week
                else "withheld"
            )
        lines.append(f"| {number} | " + " | ".join(cells) + " |")
    return [*lines, ""]
