"""`journey status`: the last run on one screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from wellness_journey.report import phrases
from wellness_journey.report.findings import Findings
from wellness_journey.report.history import History
from wellness_journey.report.junit import Check
from wellness_journey.report.summary import as_dict
from wellness_journey.rules.score import ENGINES, STATUSES

# One screen; `journey report` writes the rest.
_LISTED = 12


@dataclass(frozen=True)
class Shown:
    """What analysts see: a day and a run, and the tables that show these."""

    as_of: date
    started_at: datetime | None  # None: the run did not end
    tables: list[str]


def shown(connection: psycopg.Connection[Any]) -> list[Shown]:
    """Every table of `marts` and `published` that depends on the day, the newest run first."""
    with connection.cursor(row_factory=class_row(Shown)) as cursor:
        cursor.execute(
            """
            select
                built.as_of,
                runs.started_at,
                array_agg(built.relation order by built.relation) as tables
            from quality.built_tables as built
            left join quality.runs as runs on built.run_id = runs.run_id
            where built.as_of is not null and built.relation ~ '^(marts|published)[.]'
            group by built.as_of, built.run_id, runs.started_at
            order by runs.started_at desc nulls first, built.as_of desc
            """
        )
        return cursor.fetchall()


def status_dict(
    found: Findings, past: History, every: Iterable[Check], tables: Iterable[Shown]
) -> dict[str, Any]:
    """What summary.json says, the checks of each step by status, and what each table shows."""
    return {
        **as_dict(found, past),
        "steps": _steps(found, every),
        "tables": [asdict(some) for some in tables],
    }


def status_lines(
    found: Findings,
    past: History,
    every: Iterable[Check],
    tables: Sequence[Shown],
    now: datetime | None = None,
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
    for some in tables:
        run = f"run {some.started_at:%Y-%m-%d %H:%M} UTC" if some.started_at else "a run cut short"
        # Where not all are of one run it matters which; most are.
        is_most = some == max(tables, key=lambda other: len(other.tables))
        named = "" if is_most else f": {', '.join(some.tables)}"
        lines.append(f"{'tables':<20}{len(some.tables)} as of {some.as_of}, {run}{named}")
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
