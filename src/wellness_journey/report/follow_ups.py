"""Change since baseline, curves to an event, and who came back, read from `published`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg

from wellness_journey.report import asked
from wellness_journey.report.groups import rows

# Columns of `rpt_outcome_changes`, in percent: the rate, and what chance alone gives.
CHANGE_RATES = {
    "Response, missing left out": ("response_if_left_out", "response"),
    "Response, missing did not respond": ("response_if_no_response", "response"),
    "Important improvement": ("important_improvement", "important_improvement"),
    "Reliable improvement": ("reliable_improvement", "reliable_improvement"),
    "Recovered": ("recovery", "recovery"),
}


@dataclass(frozen=True)
class ChangeRate:
    """In percent. Without a rate it is withheld, without a chance not defined."""

    rate_pct: Decimal | None
    by_chance_pct: Decimal | None


@dataclass(frozen=True)
class OutcomeChange:
    """An instrument at an outcome window; nothing where withheld. Rates as in `CHANGE_RATES`."""

    instrument: str
    window_days: int
    patients: int | None
    baseline: Decimal | None
    change: Decimal | None
    ci_lower: Decimal | None
    ci_upper: Decimal | None
    standardised: Decimal | None
    rates: tuple[ChangeRate, ...]


@dataclass(frozen=True)
class Side:
    """The beginning of those with a follow-up, or without; nothing where withheld."""

    patients: int | None
    mean: Decimal | None
    ci_lower: Decimal | None
    ci_upper: Decimal | None


@dataclass(frozen=True)
class FollowUp:
    """An instrument's baseline, or the answered days, of those who came back and of the others."""

    measure: str
    having: Side
    lacking: Side


@dataclass(frozen=True)
class Step:
    """A curve's step at an outcome window; nothing where withheld.

    Counts are rounded. `event_free_pct`: the share without the event up to the window's end.
    """

    instrument: str
    event: str
    window_days: int
    at_risk: int | None
    events: int | None
    event_free_pct: Decimal | None
    lower_pct: Decimal | None
    upper_pct: Decimal | None


def outcome_changes(connection: psycopg.Connection[Any]) -> tuple[OutcomeChange, ...]:
    """Every instrument and window. `connection` needs to read `published` only."""
    columns = ", ".join(
        f"{rate}_pct, {chance}_by_chance_pct" for rate, chance in CHANGE_RATES.values()
    )
    found = rows(
        connection,
        "rpt_outcome_changes",
        f"""
        select
            instrument, outcome_window_days, compared, baseline_mean, mean_change,
            change_ci_lower, change_ci_upper, standardised_change, {columns}
        from published.rpt_outcome_changes
        order by
            array_position(%s::text[], instrument),
            outcome_window_days
        """,  # noqa: S608, our own names
        asked.instrument_names(),
    )
    return tuple(
        OutcomeChange(*(*row[:8], tuple(map(ChangeRate, row[8::2], row[9::2])))) for row in found
    )


def curves(connection: psycopg.Connection[Any]) -> dict[tuple[str, str], tuple[Step, ...]]:
    """Each curve by instrument and event, its steps by window, responses before relapses.

    `connection` needs to read `published` only.
    """
    found: dict[tuple[str, str], tuple[Step, ...]] = {}
    for row in rows(
        connection,
        "rpt_outcome_curves",
        """
        select
            instrument, event, outcome_window_days, at_risk, events, event_free_pct,
            event_free_ci_lower_pct, event_free_ci_upper_pct
        from published.rpt_outcome_curves
        order by
            event = 'relapse', array_position(%s::text[], instrument),
            outcome_window_days
        """,
        asked.instrument_names(),
    ):
        step = Step(*row)
        key = (step.instrument, step.event)
        found[key] = (*found.get(key, ()), step)
    return found


def follow_ups(connection: psycopg.Connection[Any]) -> tuple[FollowUp, ...]:
    """Each measure once. `connection` needs to read `published` only."""
    sides = ", ".join(
        f"{side}_follow_up_{figure}"
        for side in ("with", "without")
        for figure in ("patients", "mean", "ci_lower", "ci_upper")
    )
    found = rows(
        connection,
        "rpt_baseline_by_follow_up",
        f"""
        select measure, {sides}
        from published.rpt_baseline_by_follow_up
        order by array_position(%s::text[], measure)
        """,  # noqa: S608, our own names
        asked.instrument_names(),
    )
    return tuple(FollowUp(row[0], Side(*row[1:5]), Side(*row[5:])) for row in found)
