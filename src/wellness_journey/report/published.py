"""How patients are doing, read from `published`: what is withheld there stays withheld here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Literal

import psycopg

METRICS = ("composite", "connection", "sleep", "mood", "energy")
WINDOWS = (7, 30, 90, 180)


@dataclass(frozen=True)
class TrendWeek:
    """A week of a metric; no numbers where it is withheld."""

    metric: str
    week: int
    patients: int | None
    mean: Decimal | None
    ci_lower: Decimal | None
    ci_upper: Decimal | None


@dataclass(frozen=True)
class Share:
    """A part of a whole in one week: days observed of days due, or sessions flagged of watched."""

    week: int
    whole: int | None
    part: int | None
    is_due: bool

    @property
    def look(self) -> Literal["shown", "part withheld", "withheld", "not due"]:
        """What a reader may see of it."""
        if not self.is_due:
            return "not due"
        if self.whole is None:
            return "withheld"
        return "part withheld" if self.part is None else "shown"


@dataclass(frozen=True)
class ReviewRule:
    """A rule that asks for a review, how often it is wrong, and its weeks."""

    rule: str
    sentence: str
    known_error_rates: str
    weeks: tuple[Share, ...]


@dataclass(frozen=True)
class Outcome:
    """A row of `rpt_assessment_outcomes`; None is withheld, or not defined for the instrument."""

    instrument: str
    outcome_window_days: int
    patients: int | None
    mean: Decimal | None
    ci_lower: Decimal | None
    ci_upper: Decimal | None
    eligible: int | None
    eligible_observed: int | None
    responders: int | None
    is_responders_withheld: bool
    remitted: int | None
    is_remitted_withheld: bool
    with_change: int | None
    reliably_improved: int | None
    is_reliably_improved_withheld: bool
    reliably_deteriorated: int | None
    is_reliably_deteriorated_withheld: bool


@dataclass(frozen=True)
class Published:
    """What the page shows of patients; empty where a table is not there."""

    trends: dict[str, tuple[TrendWeek, ...]]
    compliance: tuple[Share, ...]
    outcomes: dict[str, tuple[Outcome, ...]]
    review_rules: tuple[ReviewRule, ...]


def published(connection: psycopg.Connection[Any]) -> Published:
    """`connection` needs to read `published` only."""
    trends: dict[str, tuple[TrendWeek, ...]] = {}
    for row in _rows(
        connection,
        "rpt_pulse_trends_by_week",
        """
        select metric, week_post_session, patients, mean, ci_lower, ci_upper
        from published.rpt_pulse_trends_by_week
        order by array_position(%s::text[], metric), week_post_session
        """,
        [list(METRICS)],
    ):
        week = TrendWeek(*row)
        trends[week.metric] = (*trends.get(week.metric, ()), week)
    outcomes: dict[str, tuple[Outcome, ...]] = {}
    columns = ", ".join(field.name for field in fields(Outcome))
    for row in _rows(
        connection,
        "rpt_assessment_outcomes",
        f"select {columns} from published.rpt_assessment_outcomes order by 1, 2",  # noqa: S608, our own names
    ):
        outcome = Outcome(*row)
        outcomes[outcome.instrument] = (*outcomes.get(outcome.instrument, ()), outcome)
    return Published(
        trends=trends,
        compliance=tuple(
            Share(*row)
            for row in _rows(
                connection,
                "rpt_compliance_by_week",
                """
                select week_post_session, expected_days, observed_days, is_due
                from published.rpt_compliance_by_week
                order by week_post_session
                """,
            )
        ),
        outcomes=outcomes,
        review_rules=_review_rules(connection),
    )


def _review_rules(connection: psycopg.Connection[Any]) -> tuple[ReviewRule, ...]:
    weeks: dict[str, list[Share]] = {}
    for rule, *share in _rows(
        connection,
        "rpt_review_flags",
        """
        select
            rule, week_post_session, sessions_under_watch, sessions_flagged, is_due
        from published.rpt_review_flags
        order by rule, week_post_session
        """,
    ):
        weeks.setdefault(rule, []).append(Share(*share))
    return tuple(
        ReviewRule(rule, sentence, known_error_rates, tuple(weeks.get(rule, ())))
        for rule, sentence, known_error_rates in _rows(
            connection,
            "ref_review_rules",
            """
            select rule, sentence, known_error_rates
            from published.ref_review_rules
            order by first_day desc, rule desc
            """,
        )
    )


def _rows(
    connection: psycopg.Connection[Any],
    table: str,
    query: str,
    values: Sequence[Any] | None = None,
) -> list[Any]:
    """Nothing where the table has not been built."""
    there = connection.execute("select to_regclass(%s)", (f"published.{table}",)).fetchone()
    if there is None or there[0] is None:
        return []
    return connection.execute(query.encode(), values).fetchall()
