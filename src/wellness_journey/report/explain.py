"""`journey explain RULE`: one rule on one screen, never a value of a row."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from wellness_journey.report import words
from wellness_journey.report.amounts import lines_of, of
from wellness_journey.report.history import History, history
from wellness_journey.rules.score import WEIGHTS

if TYPE_CHECKING:
    from wellness_journey.rules.catalogue import Rule

_LISTED = 12
# Schemas of tables that a run builds.
_BUILT = ("intermediate.", "marts.", "published.")
_BY_HAND = (
    "Or somebody changed the table by hand since it was built: `journey run --full-refresh` builds "
    "it anew. If the rule holds then, find out who wrote to it."
)


@dataclass(frozen=True)
class Result:
    """What one check of the rule found; `query` shows the rows that fail it, or mends it."""

    engine: str
    check_name: str
    tested: str
    status: str
    checked: str | None
    failing: str | None
    query: str | None


@dataclass(frozen=True)
class Explained:
    """A rule of the catalogue, the checks of it in the last run that had some, and its history."""

    rule: Rule
    run_id: UUID | None
    results: tuple[Result, ...]
    past: History

    @property
    def status(self) -> str | None:
        """How it is in the newest run; None when nothing has run."""
        known = self.past.rules.get(self.rule.rule_id)
        return known.statuses[-1] if known else None

    @property
    def statuses(self) -> tuple[str | None, ...]:
        """How it was in each run, oldest first."""
        known = self.past.rules.get(self.rule.rule_id)
        return known.statuses if known else ()

    @property
    def is_older(self) -> bool:
        """Whether the newest run has no check of it."""
        return not self.past.runs or self.run_id != self.past.runs[-1].run_id

    @property
    def is_mended_by_script(self) -> bool:
        """Whether its SQL mends what was found, and shows no rows."""
        return any(result.engine == "posture" for result in self.results)

    @property
    def queries(self) -> tuple[str, ...]:
        """SQL that shows the rows that fail, or mends what differs, in the newest run."""
        if self.is_older:
            return ()
        return tuple(
            result.query
            for result in self.results
            if result.query and result.status in ("warn", "fail")
        )


_RESULTS = sql.SQL("""
    select engine, check_name, tested, status, {}
    where run_id = %s and rule_id = %s
    order by engine, check_name
""")
# The counts of a result: as sizes, or as they are.
_SIZES = sql.SQL("checked, failing, query from quality.shown_results")
_EXACT = sql.SQL(
    "quality.grouped(checked) as checked, quality.grouped(failing) as failing, query"
    " from quality.check_results"
)


def explain(
    connection: psycopg.Connection[Any], rule: Rule, *, is_exact: bool = False
) -> Explained:
    """All that `quality` knows of `rule`; `connection` needs to read nothing else.

    With `is_exact` counts of rows are numbers, which journey_analyst may not read.
    """
    newest = connection.execute(
        "select run_id from quality.runs order by started_at desc limit 1"
    ).fetchone()
    with connection.cursor(row_factory=class_row(Result)) as cursor:
        row = connection.execute(
            """
            select run_id
            from quality.shown_results
            inner join quality.runs using (run_id)
            where rule_id = %s
            order by started_at desc
            limit 1
            """,
            (rule.rule_id,),
        ).fetchone()
        run_id = row[0] if row else None
        cursor.execute(
            _RESULTS.format(_EXACT if is_exact else _SIZES),
            (run_id, rule.rule_id),
        )
        results = tuple(cursor.fetchall())
    return Explained(rule, run_id, results, history(connection, newest[0] if newest else None))


def explain_dict(found: Explained) -> dict[str, Any]:
    """The same as plain JSON values."""
    rule = found.rule
    known = found.past.rules.get(rule.rule_id)
    return {
        "rule_id": rule.rule_id,
        "sentence": rule.sentence,
        "table": rule.table,
        "columns": list(rule.columns),
        "category": rule.category,
        "context": rule.context,
        "severity": rule.severity,
        "threshold_pct": float(rule.threshold),
        "constraints": list(rule.constraints),
        "acts": rule.acts,
        "action": rule.action,
        "status": found.status,
        "change": known.change if known else None,
        "since": known.since.isoformat() if known else None,
        "since_is_older": known.is_older if known else False,
        "statuses": [
            {"started_at": run.started_at.isoformat(), "status": status}
            for run, status in zip(found.past.runs, found.statuses, strict=False)
        ],
        "results": [
            {
                "engine": result.engine,
                "check_name": result.check_name,
                "tested": result.tested,
                "status": result.status,
                "checked": result.checked,
                "failing": result.failing,
            }
            for result in found.results
        ],
        "queries": list(found.queries),
    }


def explain_lines(found: Explained) -> list[str]:
    """The same for people."""
    rule = found.rule
    columns = f" ({', '.join(rule.columns)})" if rule.columns else ""
    threshold = f"{rule.threshold:f} % of the rows" if rule.threshold else "no row"
    if rule.is_usual:
        threshold = "half again the share of the last seven runs; in the first run, no row"
    lines = [
        f"{rule.rule_id}  {rule.sentence}",
        "",
        *_field("table", f"{rule.table}{columns}"),
        *_field("kind", f"{rule.category}, {rule.context} (Kahn et al. 2016)"),
        *_field(
            "severity",
            f"{rule.severity}: weighs {WEIGHTS[rule.severity]} in the score; "
            f"{'fails' if rule.when_broken == 'fail' else 'warns'} when it is broken",
        ),
        *_field("tolerated", threshold),
    ]
    for number, told in enumerate(_checked_by(found)):
        lines += _field("" if number else "checked by", told)
    lines += [*_field("who acts", rule.acts), *_field("what to do", rule.action)]
    if found.status in ("warn", "fail") and rule.table.startswith(_BUILT):
        lines += _field("", _BY_HAND)
    lines.append("")
    if not found.past.runs:
        return [*lines, "Nothing has run yet: `journey run` builds the marts and checks them."]
    since = words.since_when(found.past, rule.rule_id)
    lines += _field("now", f"{found.status or 'not checked'}, {since}")
    signs = [status or "-" for status in found.statuses]
    lines += _field("runs", " ".join(signs) + " (oldest first)")
    if found.queries:
        lines += ["", *_about_queries(found)]
        for query in found.queries:
            lines += ["", *_of_query(query, is_script=found.is_mended_by_script)]
    elif found.status in ("warn", "fail"):
        lines += ["", f"Which columns: `journey check --select {rule.rule_id}`"]
    return lines


def _about_queries(found: Explained) -> list[str]:
    """What the SQL below is, and who runs it."""
    if found.is_mended_by_script:
        return [
            "What differs from the migrations, each with the statement that mends it.",
            "Read it, then run it as the owner of the tables.",
        ]
    return [
        f"The rows that fail, for those who may read {found.rule.table} and what it is asked with.",
        "They are patients' data: keep them where they are.",
    ]


def _of_query(query: str, *, is_script: bool) -> list[str]:
    """A script as it is: a function that is made anew with other spaces is another function."""
    if is_script:
        return query.splitlines()
    return [f"    {line}".rstrip() for line in lines_of(query)]


def _checked_by(found: Explained) -> list[str]:
    """Constraints, then the checks with what they found last; of many, those that do not pass."""
    told = [f"constraint {name}" for name in found.rule.constraints]
    earlier = ", in an earlier run" if found.is_older else ""
    results = [result for result in found.results if result.status != "pass"]
    if len(found.results) <= _LISTED:
        results = list(found.results)
    for result in results:
        # The rule's id is known by then.
        rest = result.check_name.removeprefix(found.rule.rule_id).strip()
        name = f"{words.CHECKS[result.engine]} {rest}".strip()
        counts = of(result.failing, result.checked)
        told.append(f"{name}: {result.status}, {counts} in {result.tested}{earlier}")
    if len(found.results) > len(results):
        word = "more" if told else "checks"
        told.append(f"{len(found.results) - len(results)} {word} that pass")
    if not found.results:
        told.append("no run has checked it yet: `journey run`")
    return told


def _field(name: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        width=96,
        initial_indent=f"{name:<12}",
        subsequent_indent=" " * 12,
        break_long_words=False,
        break_on_hyphens=False,
    )
