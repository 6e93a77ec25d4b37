"""The last run as one value: what ran, what was found, what it means.

Counts of rows about patients are read as sizes, such as "1 to 10": no exact one gets in here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from wellness_journey.report.amounts import NONE, many
from wellness_journey.rules.score import ENGINES, STATUSES, score_of


@dataclass(frozen=True)
class Rule:
    """A rule and what its checks found; the sizes are those of the worst one.

    From `columns` to `action` as in the catalogue; None or empty where it does not know the rule.
    """

    rule_id: str
    sentence: str
    severity: str
    columns: str
    category: str | None
    context: str | None
    acts: str | None
    action: str | None
    tested: str
    status: str
    checked: str | None
    failing: str | None
    engines: list[str]
    query: str | None


@dataclass(frozen=True)
class Flow:
    """What became of the rows of a source table; `is_balanced`: raw is the sum of the others."""

    raw: str
    used: str
    quarantined: dict[str, str]
    is_balanced: bool


@dataclass(frozen=True)
class Findings:
    """The last run; every count is of checks or rules or a size of rows, nothing a row's value."""

    run_id: UUID | None
    command: str | None
    as_of: date | None
    started_at: datetime | None
    finished_at: datetime | None
    nodes_failed: int
    is_synthetic: bool
    rules: tuple[Rule, ...]
    engines: frozenset[str]
    cross_checks: dict[str, dict[str, str]]
    source_rows: dict[str, Flow]

    @property
    def counts(self) -> dict[str, int]:
        """Rules by status, every status named."""
        found = Counter(rule.status for rule in self.rules)
        return {status: found[status] for status in STATUSES}

    @property
    def applicable(self) -> tuple[Rule, ...]:
        """Rules that had something to check, whether or not it could be."""
        return tuple(rule for rule in self.rules if rule.status != "not_applicable")

    @property
    def score(self) -> Decimal | None:
        """Share of applicable rules that pass, by weight, in percent: see `score_of`."""
        return score_of((rule.severity, rule.status) for rule in self.rules)

    @property
    def attention(self) -> tuple[Rule, ...]:
        """What does not pass, worst first."""
        return tuple(r for r in self.rules if r.status in ("error", "fail", "warn", "skipped"))

    @property
    def is_empty(self) -> bool:
        """Whether the source tables held no row: passing checks of nothing mean nothing."""
        return all(flow.raw == NONE for flow in self.source_rows.values())

    @property
    def missing_engines(self) -> tuple[str, ...]:
        """What should have checked this run and did not."""
        return tuple(engine for engine in ENGINES if engine not in self.engines)

    @property
    def verdict(self) -> str:
        """pass, warn, fail, or error when something could not be done or checked."""
        if self.nodes_failed or self.missing_engines or self.is_empty:
            return "error"
        found = self.counts
        if found["error"] or found["fail"]:
            return "error" if found["error"] else "fail"
        return "warn" if found["warn"] or found["skipped"] else "pass"

    @property
    def sentence(self) -> str:
        """The verdict as a reader needs it."""
        if self.run_id is None:
            return "Nothing has run yet: `journey run` builds the marts and checks them."
        if self.nodes_failed:
            told = many(self.nodes_failed, "model")
            return f"{told} could not be built: the marts are not all of this run."
        if self.missing_engines:
            return f"Not checked by {', '.join(self.missing_engines)}: run `journey run`."
        if self.is_empty:
            return "The source tables are empty: nothing was checked."
        found, applicable = self.counts, len(self.applicable)
        if found["error"]:
            return f"{many(found['error'], 'rule')} could not be checked."
        if found["fail"]:
            return f"{found['fail']} of {many(applicable, 'rule')} failed."
        if found["skipped"]:
            return f"{found['skipped']} of {many(applicable, 'rule')} were not checked."
        if found["warn"]:
            return f"No rule failed; {found['warn']} of {applicable} warn."
        return f"All {many(applicable, 'rule')} hold."


def findings(
    connection: psycopg.Connection[Any], wanted: UUID | None = None, only: Collection[str] = ()
) -> Findings:
    """The run `wanted`, or the newest one; with `only` of these rules alone.

    `connection` needs to read `quality` only.
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
        return Findings(None, None, None, None, None, 0, is_synthetic, (), frozenset(), {}, {})
    run_id, command, as_of, started_at, finished_at, nodes_failed = run
    return Findings(
        run_id=run_id,
        command=command,
        as_of=as_of,
        started_at=started_at,
        finished_at=finished_at,
        nodes_failed=nodes_failed,
        is_synthetic=is_synthetic,
        rules=tuple(r for r in _rules(connection, run_id) if not only or r.rule_id in only),
        engines=_engines(connection, run_id),
        cross_checks=_cross_checks(connection, run_id),
        source_rows=_source_rows(connection, run_id),
    )


def _rules(connection: psycopg.Connection[Any], run_id: UUID) -> tuple[Rule, ...]:
    """Every rule of the catalogue or of a result, worst first; not checked at all is skipped."""
    with connection.cursor(row_factory=class_row(Rule)) as cursor:
        cursor.execute(
            """
            with results as (
                select *, array_position(%(statuses)s::text[], status) as badness
                from quality.shown_results
                where run_id = %(run_id)s
            ),
            worst as (
                select distinct on (rule_id) rule_id, tested, status, checked, failing, badness
                from results
                -- A longer size is a larger one.
                order by
                    rule_id,
                    badness,
                    length(failing) desc nulls last,
                    length(checked) desc,
                    check_name
            )
            select
                coalesce(rules.rule_id, worst.rule_id) as rule_id,
                coalesce(rules.sentence, worst.rule_id) as sentence,
                coalesce(rules.severity, 'critical') as severity,
                coalesce(rules.columns, '') as columns,
                rules.category,
                rules.context,
                rules.acts,
                rules.action,
                coalesce(worst.tested, split_part(rules.tested, '.', 2)) as tested,
                coalesce(worst.status, 'skipped') as status,
                worst.checked,
                worst.failing,
                array(
                    select distinct results.engine
                    from results
                    where results.rule_id = worst.rule_id and results.badness = worst.badness
                    order by 1
                ) as engines,
                (
                    select results.query
                    from results
                    where results.rule_id = worst.rule_id and results.query is not null
                    order by results.badness, results.check_name
                    limit 1
                ) as query
            from worst
            full join quality.rules as rules on worst.rule_id = rules.rule_id
            order by coalesce(worst.badness, 4), 1
            """,
            {"statuses": list(STATUSES), "run_id": run_id},
        )
        return tuple(cursor.fetchall())


def _engines(connection: psycopg.Connection[Any], run_id: UUID) -> frozenset[str]:
    rows = connection.execute(
        "select distinct engine from quality.shown_results where run_id = %s", (run_id,)
    )
    return frozenset(engine for (engine,) in rows)


def _cross_checks(connection: psycopg.Connection[Any], run_id: UUID) -> dict[str, dict[str, str]]:
    """Comparisons by mart and outcome."""
    found: dict[str, dict[str, str]] = {}
    rows = connection.execute(
        "select mart, outcome, rows from quality.shown_cross_checks where run_id = %s"
        " order by mart, outcome",
        (run_id,),
    )
    for mart, outcome, size in rows:
        found.setdefault(mart, {})[outcome] = size
    return found


def _source_rows(connection: psycopg.Connection[Any], run_id: UUID) -> dict[str, Flow]:
    """Where the rows of each source table went."""
    sizes: dict[str, dict[str, str]] = {}
    is_balanced: dict[str, bool] = {}
    rows = connection.execute(
        """
        select source_table, outcome, rows, is_balanced
        from quality.shown_source_rows
        where run_id = %s
        order by source_table, outcome
        """,
        (run_id,),
    )
    for table, outcome, size, holds in rows:
        sizes.setdefault(table, {})
        if size != NONE:
            sizes[table][outcome] = size
        is_balanced[table] = holds
    return {
        table: Flow(of_table.pop("raw", NONE), of_table.pop("used", NONE), of_table, holds)
        for (table, of_table), holds in zip(sizes.items(), is_balanced.values(), strict=True)
    }
