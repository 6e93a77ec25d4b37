"""Who is still there and what the scale can show, read from `published`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg

from wellness_journey.report import asked


@dataclass(frozen=True)
class ChangeWeek:
    """How far those who answer in a week have come since weeks 1 to 4; nothing where withheld."""

    metric: str
    week: int
    patients: int | None
    mean: Decimal | None
    ci_lower: Decimal | None
    ci_upper: Decimal | None


@dataclass(frozen=True)
class Leaving:
    """The first month of those who left and of those who stayed; nothing where withheld."""

    metric: str
    leavers: int | None
    leavers_mean: Decimal | None
    stayers: int | None
    stayers_mean: Decimal | None
    difference: Decimal | None
    ci_lower: Decimal | None
    ci_upper: Decimal | None


@dataclass(frozen=True)
class Extreme:
    """The share of a week's answers to a question that are 1, or 5; nothing where withheld."""

    metric: str
    week: int
    answer: int
    patients: int | None
    share_pct: Decimal | None
    lower_pct: Decimal | None
    upper_pct: Decimal | None


def change_weeks(connection: psycopg.Connection[Any]) -> tuple[ChangeWeek, ...]:
    """Every week of every metric, by name and week. `connection` needs to read `published` only."""
    return tuple(
        ChangeWeek(*row)
        for row in rows(
            connection,
            "rpt_pulse_changes_by_week",
            """
            select metric, week_post_session, patients, mean_change, ci_lower, ci_upper
            from published.rpt_pulse_changes_by_week
            order by metric, week_post_session
            """,
        )
    )


def leaving(connection: psycopg.Connection[Any]) -> tuple[Leaving, ...]:
    """Each metric once. `connection` needs to read `published` only."""
    return tuple(
        Leaving(*row)
        for row in rows(
            connection,
            "rpt_first_month_by_leaving",
            """
            select
                metric, leavers, leavers_mean, stayers, stayers_mean, difference, ci_lower, ci_upper
            from published.rpt_first_month_by_leaving
            order by array_position(%s::text[], metric)
            """,
            list(asked.metrics()),
        )
    )


def extremes(connection: psycopg.Connection[Any]) -> tuple[Extreme, ...]:
    """Every question, week and end of the scale. `connection` needs to read `published` only."""
    return tuple(
        Extreme(*row)
        for row in rows(
            connection,
            "rpt_pulse_extremes_by_week",
            """
            select
                question, week_post_session, answer, patients, share_pct, share_ci_lower_pct,
                share_ci_upper_pct
            from published.rpt_pulse_extremes_by_week
            order by
                array_position(%s::text[], question),
                week_post_session, answer
            """,
            list(asked.measures()),
        )
    )


def rows(connection: psycopg.Connection[Any], table: str, query: str, *values: object) -> list[Any]:
    """Nothing where the table has not been built."""
    there = connection.execute("select to_regclass(%s)", (f"published.{table}",)).fetchone()
    if there is None or there[0] is None:
        return []
    return connection.execute(query.encode(), values or None).fetchall()
