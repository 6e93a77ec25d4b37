"""The one place that reads the database for a report; files and screens put it into words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from wellness_journey.report.findings import Findings, findings
from wellness_journey.report.groups import ChangeWeek, change_weeks
from wellness_journey.report.history import History, history
from wellness_journey.report.published import (
    Published,
    ReviewRule,
    TrendWeek,
    published,
    review_rules,
    trend_weeks,
)

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Check:
    """One row of quality.shown_results with its rule; a rule that nothing checked has no engine."""

    engine: str | None
    check_name: str
    rule_id: str
    sentence: str
    severity: str
    acts: str | None
    action: str | None
    tested: str
    status: str
    checked: str | None
    failing: str | None


@dataclass(frozen=True)
class Shown:
    """What analysts see: a day and a run, and the tables that show these."""

    as_of: date
    started_at: datetime | None  # None: the run did not end
    tables: list[str]


@dataclass(frozen=True)
class ForPage:
    """What only the page shows: the run before, patients, the server's version."""

    before: Findings | None
    patients: Published
    server: str


@dataclass(frozen=True)
class Reading:
    """A run and those before it, each check of it, and what is published by now."""

    found: Findings
    past: History
    checks: tuple[Check, ...]
    tables: tuple[Shown, ...]
    weeks: tuple[TrendWeek, ...]
    changes: tuple[ChangeWeek, ...]
    review_rules: tuple[ReviewRule, ...]

    @property
    def shown_weeks(self) -> tuple[TrendWeek, ...]:
        """The weeks of trends that are not withheld."""
        return tuple(week for week in self.weeks if not week.is_withheld)

    @property
    def shown_changes(self) -> tuple[ChangeWeek, ...]:
        """The changes of the same people that are not withheld."""
        return tuple(week for week in self.changes if week.patients is not None)


def read(connection: Connection, wanted: UUID | None = None, only: Collection[str] = ()) -> Reading:
    """The run `wanted`, or the newest one; with `only` the findings of these rules alone.

    `connection` needs to read `quality` and `published` only.
    """
    found = findings(connection, wanted, only)
    return Reading(
        found=found,
        past=history(connection, found.run_id),
        checks=tuple(_checks(connection, found.run_id)),
        tables=tuple(_shown(connection)),
        weeks=trend_weeks(connection),
        changes=change_weeks(connection),
        review_rules=review_rules(connection),
    )


def read_for_page(connection: Connection, read: Reading) -> ForPage:
    """What the page of a run shows beside what has been `read` of it."""
    earlier = (run.run_id for run in read.past.runs[-2::-1] if run.score is not None)
    run_id = next(earlier, None)
    row = connection.execute("show server_version").fetchone()
    return ForPage(
        before=findings(connection, run_id) if run_id else None,
        patients=published(connection, read.weeks, read.changes, read.review_rules),
        server=row[0].split()[0] if row else "?",
    )


def _checks(connection: Connection, run_id: UUID | None) -> list[Check]:
    """Every check of the run, and every rule of the catalogue that it has no check of."""
    with connection.cursor(row_factory=class_row(Check)) as cursor:
        cursor.execute(
            """
            select
                results.engine,
                coalesce(results.check_name, rules.rule_id) as check_name,
                coalesce(rules.rule_id, results.rule_id) as rule_id,
                coalesce(rules.sentence, results.rule_id) as sentence,
                coalesce(rules.severity, 'critical') as severity,
                rules.acts,
                rules.action,
                coalesce(results.tested, split_part(rules.tested, '.', 2)) as tested,
                coalesce(results.status, 'skipped') as status,
                results.checked,
                results.failing
            from quality.rules as rules
            full join (select * from quality.shown_results where run_id = %s) as results
                on rules.rule_id = results.rule_id
            order by 3, 1, 2
            """,
            (run_id,),
        )
        return cursor.fetchall()


def _shown(connection: Connection) -> list[Shown]:
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
