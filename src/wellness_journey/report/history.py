"""What the last runs found, rule by rule: what is new, what persists, what is fixed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate
from operator import or_
from typing import Any, Literal
from uuid import UUID

import psycopg

from wellness_journey.rules.score import ENGINES, STATUSES, score_of

RUNS = 30
PROBLEMS = frozenset({"error", "fail", "warn"})
# Engines that came after the first runs were recorded.
_YOUNGER = {"posture", "runs"}
_UNCHECKED = frozenset({None, "skipped"})

Change = Literal["new", "persisting", "fixed"]


@dataclass(frozen=True)
class PastRun:
    """A run; `score` is None when an engine was missing, or nothing was applicable."""

    run_id: UUID
    command: str
    as_of: date
    started_at: datetime
    nodes_failed: int
    score: Decimal | None


@dataclass(frozen=True)
class RuleHistory:
    """One rule over the runs of a `History`.

    `statuses` has one entry a run, oldest first; None where the run did not look at the rule.
    `since` is when the run began that first found the present state (a problem, none, or not
    checked), and `runs_since` how many have found it; `is_older` says that it may have begun before
    the first of these runs. Runs that did not check the rule neither end a state nor count.
    `change` is `new` or `persisting` for a problem, `fixed` where the last check before this run
    found one, else None.
    """

    rule_id: str
    statuses: tuple[str | None, ...]
    since: datetime
    runs_since: int
    is_older: bool
    change: Change | None


@dataclass(frozen=True)
class History:
    """The run that is reported and those before it, oldest first, and each rule over them."""

    runs: tuple[PastRun, ...]
    rules: dict[str, RuleHistory]

    @property
    def is_first(self) -> bool:
        """Whether there is no earlier run to compare with."""
        return len(self.runs) < 2

    def changed(self, change: Change) -> tuple[str, ...]:
        """Ids of the rules that are new, persisting or fixed problems."""
        return tuple(rule.rule_id for rule in self.rules.values() if rule.change == change)


def history(connection: psycopg.Connection[Any], run_id: UUID | None, runs: int = RUNS) -> History:
    """The run `run_id` and up to `runs` - 1 before it; empty without a `run_id`.

    Runs that built and checked nothing (`dbt seed`, `dbt run`) are left out. `connection` needs to
    read `quality` only.
    """
    # One more than asked for tells whether a state may be older than what is read.
    rows = connection.execute(
        """
        select run_id, command, as_of, started_at, nodes_failed
        from quality.runs
        where run_id = %(run_id)s
            or (started_at, run_id)
            < (select started_at, run_id from quality.runs where run_id = %(run_id)s)
            and (
                nodes_failed > 0
                or exists (
                    select from quality.shown_results as results
                    where results.run_id = runs.run_id
                )
            )
        order by started_at desc, run_id desc
        limit %(limit)s
        """,
        {"run_id": run_id, "limit": runs + 1},
    ).fetchall()
    has_earlier = len(rows) > runs
    rows = rows[:runs][::-1]
    found, engines = _found(connection, [row[0] for row in rows])
    severities = dict(
        connection.execute("select rule_id, severity from quality.rules order by 1").fetchall()
    )
    checked_by = [engines.get(row[0], set()) for row in rows]
    # Runs of a version that had an engine not yet are whole without it.
    known = accumulate((found_by & _YOUNGER for found_by in checked_by), or_)
    is_whole = [
        found_by >= {one for one in ENGINES if one not in _YOUNGER or one in known_by_then}
        for found_by, known_by_then in zip(checked_by, known, strict=True)
    ]
    statuses = {
        rule_id: _statuses(
            [found.get((row[0], rule_id)) for row in rows], is_whole, rule_id in severities
        )
        for rule_id in sorted({rule_id for _, rule_id in found} | severities.keys())
    }
    times = [row[3] for row in rows]
    return History(
        runs=tuple(
            PastRun(
                *(run_id, command, as_of, started_at, nodes_failed),
                _score(statuses, severities, place) if is_whole[place] else None,
            )
            for place, (run_id, command, as_of, started_at, nodes_failed) in enumerate(rows)
        ),
        rules={
            rule_id: _rule(rule_id, of_rule, times, has_earlier)
            for rule_id, of_rule in statuses.items()
            if rows
        },
    )


def prune(connection: psycopg.Connection[Any], days: int) -> tuple[int, int]:
    """Delete the runs that ended more than `days` days ago, with what they found; how many went
    and how many are left.

    Those that a `history` looks at stay, however old, and so does each run that a table shows.
    """
    with connection.transaction():
        deleted = connection.execute(
            """
            delete from quality.runs
            where finished_at < now() - make_interval(days => %s)
                and run_id not in (select run_id from quality.built_tables)
                and run_id not in (
                    select run_id
                    from quality.runs as runs
                    where nodes_failed > 0
                        or exists (
                            select from quality.check_results as results
                            where results.run_id = runs.run_id
                        )
                    order by started_at desc, run_id desc
                    limit %s
                )
            returning run_id
            """,
            (days, RUNS + 1),
        ).fetchall()
        # Any other run that is gone was deleted by somebody else: rule RN-004 tells.
        connection.execute(
            "delete from quality.recorded_runs where run_id = any(%s)",
            ([run_id for (run_id,) in deleted],),
        )
    row = connection.execute("select count(*) from quality.runs").fetchone()
    return len(deleted), row[0] if row else 0


def _found(
    connection: psycopg.Connection[Any], run_ids: list[UUID]
) -> tuple[dict[tuple[UUID, str], str], dict[UUID, set[str]]]:
    """The worst status of each rule in each run, and which engines checked in it."""
    found: dict[tuple[UUID, str], str] = {}
    engines: dict[UUID, set[str]] = {}
    rows = connection.execute(
        """
        select
            run_id,
            rule_id,
            (%(statuses)s::text[])[min(array_position(%(statuses)s::text[], status))],
            array_agg(distinct engine)
        from quality.shown_results
        where run_id = any(%(run_ids)s)
        group by run_id, rule_id
        """,
        {"statuses": list(STATUSES), "run_ids": run_ids},
    )
    for run_id, rule_id, status, of_rule in rows:
        found[run_id, rule_id] = status
        engines.setdefault(run_id, set()).update(of_rule)
    return found, engines


def _statuses(
    found: list[str | None], is_whole: list[bool], is_known: bool
) -> tuple[str | None, ...]:
    """As found; a rule of the catalogue that a whole run left out was skipped there.

    Unless it is younger than that run. In the last run each rule of the catalogue counts, as it
    does in the findings.
    """
    statuses: list[str | None] = []
    for place, status in enumerate(found):
        is_last, was_there = place == len(found) - 1, any(statuses)
        if status is None and is_known and (is_last or (is_whole[place] and was_there)):
            status = "skipped"
        statuses.append(status)
    return tuple(statuses)


def _score(
    statuses: dict[str, tuple[str | None, ...]], severities: dict[str, str], place: int
) -> Decimal | None:
    return score_of(
        (severities.get(rule_id, "critical"), status)
        for rule_id, of_rule in statuses.items()
        if (status := of_rule[place]) is not None
    )


def _rule(
    rule_id: str, statuses: tuple[str | None, ...], times: list[datetime], has_earlier: bool
) -> RuleHistory:
    """Walk back from the last run while the state is the same."""
    now = _state(statuses[-1])
    first, runs_since, before = len(statuses) - 1, 0, None
    for place in range(len(statuses) - 1, -1, -1):
        state = _state(statuses[place])
        if state == now:
            first, runs_since = place, runs_since + 1
        elif state != "unchecked":
            before = state
            break
    change: Change | None = None
    if now == "problem":
        change = "persisting" if runs_since > 1 else "new"
    elif now == "fine" and before == "problem" and runs_since == 1:
        change = "fixed"
    return RuleHistory(
        rule_id=rule_id,
        statuses=statuses,
        since=times[first],
        runs_since=runs_since,
        is_older=has_earlier and before is None,
        change=change,
    )


def _state(status: str | None) -> str:
    if status in _UNCHECKED:
        return "unchecked"
    return "problem" if status in PROBLEMS else "fine"
