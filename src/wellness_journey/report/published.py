"""How patients are doing, read from `published`: what is withheld there stays withheld here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import psycopg

from wellness_journey.report import asked
from wellness_journey.report.follow_ups import (
    FollowUp,
    OutcomeChange,
    Step,
    curves,
    follow_ups,
    outcome_changes,
)
from wellness_journey.report.groups import (
    ChangeWeek,
    Extreme,
    Leaving,
    extremes,
    leaving,
    rows,
)

# The last day of each outcome window, by its target day: `marts.ref_outcome_windows`.
LAST_DAYS = {7: 14, 30: 45, 90: 120, 180: 210}
WINDOWS = tuple(LAST_DAYS)
# Columns of `rpt_assessment_outcomes`: the part, its whole, and how the share's are named.
RATES = {
    "Response, of those seen": ("responders", "eligible_observed", "response_observed"),
    "Response, of all eligible": ("responders", "eligible", "response_eligible"),
    "Remission, of those seen": ("remitted", "eligible_observed", "remission_observed"),
    "Remission, of all eligible": ("remitted", "eligible", "remission_eligible"),
    "Got better": ("reliably_improved", "with_change", "reliable_improvement"),
    "Got worse": ("reliably_deteriorated", "with_change", "reliable_deterioration"),
}


# Rules of review that the models know, in the order of the page.
REVIEW_RULES = ("drop", "below_baseline", "silence", "phq9_worsening", "gad7_worsening")
_RULES = """
    select
        coalesce(known.rule, listed.rule), listed.rule is not null,
        coalesce(listed.is_enabled, false), coalesce(listed.sentence, ''),
        coalesce(listed.known_error_rates, '')
    from unnest(%s::text[]) with ordinality as known (rule, place)
    full join published.ref_review_rules as listed on known.rule = listed.rule
    order by known.place, listed.rule
    """


@dataclass(frozen=True)
class TrendWeek:
    """A week of a metric; no numbers where it is withheld."""

    metric: str
    week: int
    patients: int | None
    mean: Decimal | None
    ci_lower: Decimal | None
    ci_upper: Decimal | None
    is_withheld: bool = False


@dataclass(frozen=True)
class Share:
    """A part of a whole in one week: those who still answer of all; counts are rounded.

    The share is not their quotient: it is told more exactly than they are. Of compliance the part
    is as much of the patients as their share of answered days.
    """

    week: int
    whole: int | None
    part: int | None
    pct: Decimal | None
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
class FlagWeek(Share):
    """Sessions flagged of those watched, and how many chance alone would flag."""

    by_chance: int | None


@dataclass(frozen=True)
class ReviewRule:
    """A rule that asks for a review, how often it is wrong, and its weeks; none where it is off.

    One that the models know and the seed lacks is not listed, and not enabled.
    """

    rule: str
    is_listed: bool
    is_enabled: bool
    sentence: str
    known_error_rates: str
    weeks: tuple[FlagWeek, ...]

    @property
    def name(self) -> str:
        """The rule as a reader calls it."""
        words = self.rule.replace("_", " ").capitalize()
        return words.replace("Phq9", "PHQ-9").replace("Gad7", "GAD-7")


@dataclass(frozen=True)
class Rate:
    """A share of a group of patients, with its 95 % Wilson interval; the group is rounded.

    Not every instrument has such a rate at all.
    """

    pct: Decimal | None
    is_defined: bool
    whole: int | None
    lower_pct: Decimal | None
    upper_pct: Decimal | None


@dataclass(frozen=True)
class Outcome:
    """An instrument at an outcome window; its rates in the order of `RATES`."""

    instrument: str
    window_days: int
    patients: int | None
    mean: Decimal | None
    ci_lower: Decimal | None
    ci_upper: Decimal | None
    rates: tuple[Rate, ...]


@dataclass(frozen=True)
class Published:
    """What the page shows of patients; empty where a table is not there."""

    trends: dict[str, tuple[TrendWeek, ...]]
    changes: dict[str, tuple[ChangeWeek, ...]]
    attrition: tuple[Share, ...]
    leaving: tuple[Leaving, ...]
    extremes: tuple[Extreme, ...]
    compliance: tuple[Share, ...]
    outcomes: dict[str, tuple[Outcome, ...]]
    outcome_changes: tuple[OutcomeChange, ...]
    curves: dict[tuple[str, str], tuple[Step, ...]]
    follow_ups: tuple[FollowUp, ...]
    review_rules: tuple[ReviewRule, ...]


def trend_weeks(connection: psycopg.Connection[Any]) -> tuple[TrendWeek, ...]:
    """Every week of every metric, by name and week. `connection` needs to read `published` only."""
    return tuple(
        TrendWeek(*row)
        for row in rows(
            connection,
            "rpt_pulse_trends_by_week",
            """
            select
                metric, week_post_session, patients, mean, ci_lower, ci_upper, is_withheld
            from published.rpt_pulse_trends_by_week
            order by metric, week_post_session
            """,
        )
    )


def published(
    connection: psycopg.Connection[Any],
    weeks: Iterable[TrendWeek],
    changes: Iterable[ChangeWeek],
    rules: tuple[ReviewRule, ...],
) -> Published:
    """What the page shows, with what `trend_weeks`, `change_weeks` and `review_rules` read.

    `connection` needs to read `published` only.
    """
    trends: dict[str, tuple[TrendWeek, ...]] = {}
    for week in weeks:
        trends[week.metric] = (*trends.get(week.metric, ()), week)
    since: dict[str, tuple[ChangeWeek, ...]] = {}
    for change in changes:
        since[change.metric] = (*since.get(change.metric, ()), change)
    return Published(
        trends=trends,
        changes=since,
        attrition=_shares(
            connection,
            "rpt_pulse_attrition_by_week",
            "patients, still_answering, still_answering_pct",
        ),
        leaving=leaving(connection),
        extremes=extremes(connection),
        compliance=_shares(
            connection,
            "rpt_compliance_by_week",
            "patients, round(patients * observed_pct / 100)::integer, observed_pct",
        ),
        outcomes=_outcomes(connection),
        outcome_changes=outcome_changes(connection),
        curves=curves(connection),
        follow_ups=follow_ups(connection),
        review_rules=rules,
    )


def _shares(connection: psycopg.Connection[Any], table: str, figures: str) -> tuple[Share, ...]:
    query = f"""
        select week_post_session, {figures}, is_due
        from published.{table}
        order by week_post_session
        """  # noqa: S608, our own names
    return tuple(Share(*row) for row in rows(connection, table, query))


def _outcomes(connection: psycopg.Connection[Any]) -> dict[str, tuple[Outcome, ...]]:
    columns = ", ".join(
        f"{share}_pct, {part} is not null or is_{part}_withheld, {whole}, "
        f"{share}_ci_lower_pct, {share}_ci_upper_pct"
        for part, whole, share in RATES.values()
    )
    outcomes: dict[str, tuple[Outcome, ...]] = {}
    for instrument, window_days, patients, mean, ci_lower, ci_upper, *rest in rows(
        connection,
        "rpt_assessment_outcomes",
        f"""
        select instrument, outcome_window_days, patients, mean, ci_lower, ci_upper, {columns}
        from published.rpt_assessment_outcomes
        order by instrument, outcome_window_days
        """,  # noqa: S608, our own names
    ):
        rates = tuple(Rate(*rest[place : place + 5]) for place in range(0, len(rest), 5))
        outcome = Outcome(instrument, window_days, patients, mean, ci_lower, ci_upper, rates)
        outcomes[instrument] = (*outcomes.get(instrument, ()), outcome)
    return outcomes


def review_rules(connection: psycopg.Connection[Any]) -> tuple[ReviewRule, ...]:
    """Every rule that is known or listed. `connection` needs to read `published` only."""
    weeks: dict[str, list[FlagWeek]] = {}
    for rule, *week in rows(
        connection,
        "rpt_review_flags",
        """
        select
            rule, week_post_session, sessions_under_watch, sessions_flagged, flagged_pct, is_due,
            sessions_flagged_by_chance
        from published.rpt_review_flags
        order by rule, week_post_session
        """,
    ):
        weeks.setdefault(rule, []).append(FlagWeek(*week))
    found = rows(connection, "ref_review_rules", _RULES, [*REVIEW_RULES])
    return tuple(
        ReviewRule(
            rule,
            is_listed,
            is_enabled,
            sentence,
            _errors(rule, errors),
            tuple(weeks.get(rule, ())),
        )
        for rule, is_listed, is_enabled, sentence, errors in found
    )


def _errors(rule: str, errors: str) -> str:
    """What is known of a rule's errors; of one about the composite by the default questions."""
    if asked.are_default() or rule not in ("drop", "below_baseline"):
        return errors
    return "How often it is wrong is unknown: it was measured with other questions than these."
