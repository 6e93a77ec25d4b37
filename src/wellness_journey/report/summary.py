"""The files for machines and terminals: `summary.md`, `summary.json`, `junit.xml`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wellness_journey import files
from wellness_journey.errors import PlaceError
from wellness_journey.report import asked, words
from wellness_journey.report.amounts import of, real
from wellness_journey.report.findings import Findings
from wellness_journey.report.groups import ChangeWeek
from wellness_journey.report.history import History
from wellness_journey.report.junit import as_junit
from wellness_journey.report.published import TrendWeek
from wellness_journey.report.reading import Reading

# Of summary.json, as docs/summary.schema.json has it: counts up when a field goes or changes its
# meaning, not when one is added.
VERSION = 4
# A page that lists everything is read by nobody: the rest is in summary.json.
_LISTED = 10


def write_summary(
    read: Reading, folder: Path, fail_on: str = "fail", page: str | None = None
) -> list[Path]:
    """Write the files into `folder`, with `page` as `index.html`; the paths.

    Raises:
        PlaceError: they cannot be written; those of the run before are as they were.
    """
    contents = {} if page is None else {"index.html": page}
    contents |= {
        "summary.md": as_markdown(read),
        "summary.json": json.dumps(as_dict(read), indent=2) + "\n",
        "junit.xml": as_junit(read, fail_on),
    }
    return files.write_all({folder / name: text for name, text in contents.items()})


def append_to_step(read: Reading) -> None:
    """Append the Markdown to GitHub's page of a step, where GitHub runs us.

    Raises:
        PlaceError: the file that GITHUB_STEP_SUMMARY names cannot be written.
    """
    step = os.environ.get("GITHUB_STEP_SUMMARY")
    if not step:
        return
    try:
        with open(step, "a", encoding="utf-8") as file:
            file.write(as_markdown(read) + "\n")
    except OSError as error:
        told = files.reason(error, Path(step).absolute())
        raise PlaceError(
            f"{step}, which GITHUB_STEP_SUMMARY names, cannot be written: {told}"
        ) from None


def as_dict(read: Reading) -> dict[str, Any]:
    """The findings as plain JSON values."""
    found, past = read.found, read.past
    return {
        "version": VERSION,
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
                "acts": rule.acts,
                "action": rule.action,
                **_since(past, rule.rule_id),
            }
            for rule in found.attention
        ],
        "fixed": list(past.changed("fixed")),
        "cross_checks": found.cross_checks,
        "source_rows": {table: asdict(flow) for table, flow in found.source_rows.items()},
        "weekly_trends": [
            {
                "metric": week.metric,
                "week_post_session": week.week,
                "patients": week.patients,
                "mean": real(week.mean),
                "ci_lower": real(week.ci_lower),
                "ci_upper": real(week.ci_upper),
            }
            for week in read.shown_weeks
        ],
        "weekly_changes": [
            {
                "metric": week.metric,
                "week_post_session": week.week,
                "patients": week.patients,
                "mean_change": real(week.mean),
                "ci_lower": real(week.ci_lower),
                "ci_upper": real(week.ci_upper),
            }
            for week in read.shown_changes
        ],
        "review_rules_off": [
            {"rule": rule.rule, "reason": "switched_off" if rule.is_listed else "missing"}
            for rule in read.review_rules
            if not rule.is_enabled
        ],
    }


def _since(past: History, rule_id: str) -> dict[str, Any]:
    """Since when the rule is as it is; `since_is_older` when it may be longer than is known."""
    rule = past.rules.get(rule_id)
    return {
        "change": rule.change if rule else None,
        "since": rule.since.isoformat() if rule else None,
        "since_is_older": rule.is_older if rule else False,
        "runs": rule.runs_since if rule else 0,
    }


def as_markdown(read: Reading) -> str:
    """The findings as a page of fewer than 60 lines."""
    found, past = read.found, read.past
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
    ]
    if told := words.rules_off(read.review_rules):
        lines.append(f"- rules of review: {told[0].lower()}{told[1:]}")
    lines.append("")
    lines += _attention(found, past) + _source_rows(found) + _cross_checks(found)
    lines += _trends(read.shown_weeks) + _changes(read.shown_changes)
    return "\n".join(lines)


def _attention(found: Findings, past: History) -> list[str]:
    rows = []
    for rule in found.attention:
        since = words.since(past, rule.rule_id)
        counts = of(rule.failing, rule.checked)
        told = (rule.status, rule.rule_id, rule.sentence, rule.tested, counts, since, rule.acts)
        rows.append(_row(*told))
    lines = []
    if rows:
        if len(rows) > _LISTED:
            more = f"{len(rows) - _LISTED} more in summary.json"
            rows[_LISTED:] = [_row("", "", more, "", "", "", "")]
        lines += [
            "## Needs attention",
            "",
            _row(
                "status", "rule", "what must hold", "table", "failing of checked", "since", "acts"
            ),
            "|---|---|---|---|--:|---|---|",
            *rows,
            "",
            words.ROWS,
            "",
        ]
    if fixed := past.changed("fixed"):
        lines += [f"Fixed since the run before: {', '.join(fixed)}.", ""]
    return lines


def _row(*cells: str | None) -> str:
    return "| " + " | ".join((cell or "").replace("|", "\\|") for cell in cells) + " |"


def _source_rows(found: Findings) -> list[str]:
    if not found.source_rows:
        return []
    lines = ["## Rows", ""]
    if not found.attention:
        lines += [words.ROWS, ""]
    lines += ["| table | raw | used | quarantined | raw = the rest |", "|---|--:|--:|---|---|"]
    for table, flow in found.source_rows.items():
        holds = "holds" if flow.is_balanced else "**does not hold**"
        lines.append(_row(table, flow.raw, flow.used, words.quarantined(flow), holds))
    return [*lines, ""]


def _cross_checks(found: Findings) -> list[str]:
    if not found.cross_checks:
        return []
    lines = ["## Marts against the SQL functions", "", "| mart | outcome |", "|---|---|"]
    for mart, outcomes in found.cross_checks.items():
        told = ", ".join(f"{size} {outcome}" for outcome, size in outcomes.items())
        lines.append(f"| {mart} | {told} |")
    return [*lines, ""]


def _trends(weeks: Sequence[TrendWeek]) -> list[str]:
    if not weeks:
        return ["No weekly trend is shown: fewer than 11 patients in every week.", ""]
    by_week = {(week.metric, week.week): week for week in weeks}
    shown = sorted({week.week for week in weeks})
    # First, every fourth and last: enough to see the direction.
    picked = [week for week in shown if week % 4 == 0 or week == shown[-1]]
    return [
        "## Weekly means (1 to 5) by week post session, with their 95 % interval",
        "",
        *_by_week(
            picked,
            {
                key: f"{week.mean:.2f} ({week.ci_lower:.2f} to {week.ci_upper:.2f}), "
                f"n {week.patients}"
                for key, week in by_week.items()
            },
        ),
    ]


def _changes(weeks: Sequence[ChangeWeek]) -> list[str]:
    if not weeks:
        return []
    by_week = {(week.metric, week.week): week for week in weeks}
    shown = sorted({week.week for week in weeks})
    picked = [week for week in shown if week % 8 == 0 or week == shown[-1]]
    return [
        "## Change of the same people since weeks 1 to 4, with its 95 % interval",
        "",
        "Believe it before the means above, which also move when people leave.",
        "",
        *_by_week(
            picked,
            {
                key: f"{week.mean:+} ({week.ci_lower:+} to {week.ci_upper:+}), n {week.patients}"
                for key, week in by_week.items()
            },
        ),
    ]


def _by_week(weeks: Sequence[int], cells: dict[tuple[str, int], str]) -> list[str]:
    """A table of a row per week; what has no cell is withheld."""
    # The mean of all comes last where the single ones are read first.
    columns = (*asked.measures(), "composite")
    return [
        "| week | " + " | ".join(columns) + " |",
        "|--:|" + "---|" * len(columns),
        *(
            f"| {week} | "
            + " | ".join(cells.get((metric, week), "withheld") for metric in columns)
            + " |"
            for week in weeks
        ),
        "",
    ]
