"""The last run as one value: what ran, what was found, what it means."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

# Worst first: the first one that occurs is the verdict.
STATUSES = ("error", "fail", "warn", "skipped", "not_applicable", "pass")
ENGINES = ("dbt", "great_expectations", "column_policy")


@dataclass(frozen=True)
class Check:
    """One row of `quality.check_results`."""

    engine: str
    rule_id: str
    tested: str
    status: str
    checked: int | None
    failing: int | None


@dataclass(frozen=True)
class Week:
    """One shown row of `published.rpt_pulse_trends_by_week`."""

    metric: str
    week_post_session: int
    patients: int
    mean: Decimal
    ci_lower: Decimal
    ci_upper: Decimal


@dataclass(frozen=True)
class Findings:
    """The last run; every count is of rows or checks, nothing is a row's value."""

    run_id: UUID | None
    command: str | None
    as_of: date | None
    started_at: datetime | None
    finished_at: datetime | None
    nodes_failed: int
    is_synthetic: bool
    checks: tuple[Check, ...]
    cross_checks: dict[str, dict[str, int]]
    source_rows: dict[str, dict[str, int]]
    weeks: tuple[Week, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Checks by status, every status named."""
        found = Counter(check.status for check in self.checks)
        return {status: found[status] for status in STATUSES}

    @property
    def applicable(self) -> int:
        """Checks that had something to check and could."""
        return sum(self.counts[status] for status in ("pass", "warn", "fail", "error"))

    @property
    def score(self) -> Decimal | None:
        """Passing of applicable checks in percent, floored: never rounded up to 100."""
        if not self.applicable:
            return None
        return Decimal(self.counts["pass"] * 1000 // self.applicable) / 10

    @property
    def attention(self) -> dict[Check, list[str]]:
        """What does not pass, worst first, with the engines that found it alike."""
        found: dict[Check, list[str]] = {}
        for check in self.checks:
            if check.status in ("error", "fail", "warn", "skipped"):
                found.setdefault(replace(check, engine=""), []).append(check.engine)
        return found

    @property
    def is_empty(self) -> bool:
        """Whether the source tables held no row: passing checks of nothing mean nothing."""
        return not any(outcomes.get("raw") for outcomes in self.source_rows.values())

    @property
    def missing_engines(self) -> tuple[str, ...]:
        """What should have checked this run and did not."""
        ran = {check.engine for check in self.checks}
        return tuple(engine for engine in ENGINES if engine not in ran)

    @property
    def verdict(self) -> str:
        """pass, warn, fail, or error when something could not be done or checked."""
        if self.nodes_failed or self.missing_engines or self.is_empty:
            return "error"
        return next(status for status in ("error", "fail", "warn", "pass") if self.counts[status])

    @property
    def sentence(self) -> str:
        """The verdict as a reader needs it."""
        if self.run_id is None:
            return "Nothing has run yet: `journey run` builds the marts and checks them."
        if self.nodes_failed:
            told = _number(self.nodes_failed, "model")
            return f"{told} could not be built: the marts are not all of this run."
        if self.missing_engines:
            return f"Not checked by {', '.join(self.missing_engines)}: run `journey run`."
        if self.is_empty:
            return "The source tables are empty: nothing was checked."
        found = self.counts
        if found["error"]:
            return f"{_number(found['error'], 'check')} could not be carried out."
        if found["fail"]:
            return f"{found['fail']} of {_number(self.applicable, 'check')} failed."
        if found["warn"]:
            return f"No check failed; {found['warn']} of {self.applicable} warn."
        return f"All {_number(self.applicable, 'check')} passed."


def findings(connection: psycopg.Connection[Any], wanted: UUID | None = None) -> Findings:
    """The run `wanted`, or the newest one.

    `connection` needs to read `quality` and `published` only.
    """
    run = connection.execute(
        """
        select run_id, command, as_of, started_at, finished_at, nodes_failed
        from quality.runs
        where %(wanted)s::uuid is null or run_id = %(wanted)s
        order by started_at desc
        limit 1
        """,
        {"wanted": wanted},
    ).fetchone()
    row = connection.execute("select count(*) from quality.synthetic_cohort").fetchone()
    is_synthetic = bool(row and row[0])
    if run is None:
        return Findings(None, None, None, None, None, 0, is_synthetic, (), {}, {}, ())
    run_id, command, as_of, started_at, finished_at, nodes_failed = run
    return Findings(
        run_id=run_id,
        command=command,
        as_of=as_of,
        started_at=started_at,
        finished_at=finished_at,
        nodes_failed=nodes_failed,
        is_synthetic=is_synthetic,
        checks=_checks(connection, run_id),
        cross_checks=_grouped(
            connection, "select mart, outcome, rows from quality.cross_checks", run_id
        ),
        source_rows=_grouped(
            connection, "select source_table, outcome, rows from quality.source_rows", run_id
        ),
        weeks=_weeks(connection),
    )


def _checks(connection: psycopg.Connection[Any], run_id: UUID) -> tuple[Check, ...]:
    with connection.cursor(row_factory=class_row(Check)) as cursor:
        cursor.execute(
            """
            select engine, rule_id, tested, status, checked, failing
            from quality.check_results
            where run_id = %s
            order by engine, rule_id
            """,
            (run_id,),
        )
        found = cursor.fetchall()
    return tuple(sorted(found, key=lambda check: STATUSES.index(check.status)))


def _grouped(
    connection: psycopg.Connection[Any], query: str, run_id: UUID
) -> dict[str, dict[str, int]]:
    grouped: dict[str, dict[str, int]] = {}
    rows = connection.execute(f"{query} where run_id = %s order by 1, 2".encode(), (run_id,))
    for table, outcome, count in rows:
        grouped.setdefault(table, {})[outcome] = count
    return grouped


def _weeks(connection: psycopg.Connection[Any]) -> tuple[Week, ...]:
    row = connection.execute("select to_regclass('published.rpt_pulse_trends_by_week')").fetchone()
    if row is None or row[0] is None:
        return ()
    with connection.cursor(row_factory=class_row(Week)) as cursor:
        cursor.execute(
            """
            select metric, week_post_session, patients, mean, ci_lower, ci_upper
            from published.rpt_pulse_trends_by_week
            where not is_withheld
            order by metric, week_post_session
            """
        )
        return tuple(cursor.fetchall())


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
