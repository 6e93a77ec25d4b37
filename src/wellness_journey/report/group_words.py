"""The report's sentences about who is still there and what the scale can show."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from wellness_journey.report import words
from wellness_journey.report.amounts import WITHHELD, number, rounded
from wellness_journey.report.groups import ChangeWeek, Extreme, Leaving
from wellness_journey.report.published import Share


def change(changes: Sequence[ChangeWeek]) -> str:
    """The last shown change of the same people, as a sentence that follows another one."""
    last = next((week for week in reversed(changes) if week.mean is not None), None)
    if last is None or last.mean is None:
        return ""
    return (
        f" The same people: {signed(last.mean)} in week {last.week} since weeks 1 to 4 "
        f"({signed_interval(last.ci_lower, last.ci_upper)}; {number(last.patients)} patients)."
    )


def attrition(weeks: Sequence[Share]) -> str:
    """The last shown week."""
    shown = [week for week in weeks if week.look == "shown"]
    if not shown:
        return f"No week is shown.{words.hidden(weeks)}"
    last = shown[-1]
    return (
        f"Of {number(last.whole)} patients who have come through week {last.week}, "
        f"{words.share(last)} answered in it or later.{words.hidden(weeks)}"
    )


def leaving(rows: Sequence[Leaving]) -> str:
    """What the composite of the first month tells of those who left."""
    row = next((row for row in rows if row.metric == "composite"), None)
    if row is None or row.difference is None or row.ci_lower is None or row.ci_upper is None:
        return "Withheld: too few patients have left, or stayed, in journeys that are over."
    told = "no sign that leavers began otherwise"
    # Bounds are rounded outward: one at 0 may have been beyond it.
    if not row.ci_lower or not row.ci_upper:
        told = "the interval ends at 0, so it stays open whether leavers began otherwise"
    if row.ci_upper < 0:
        told = "those who left had lower answers from the start"
    elif row.ci_lower > 0:
        told = "those who left had higher answers from the start"
    return (
        f"Composite of leavers less stayers: {signed(row.difference)} "
        f"({signed_interval(row.ci_lower, row.ci_upper)}; {number(row.leavers)} against "
        f"{number(row.stayers)} patients), {told}."
    )


def extremes(rows: Sequence[Extreme]) -> str:
    """The highest share at each end of the scale."""
    told = []
    for answer, name in ((5, "5 (ceiling)"), (1, "1 (floor)")):
        shares = [
            (row.share_pct, row.metric, row.week)
            for row in rows
            if row.answer == answer and row.share_pct is not None
        ]
        if shares:
            most, metric, week = max(shares)
            told.append(f"{name} {rounded(most, 0)} %, {metric} in week {week}")
    return f"Most answers at {'; at '.join(told)}." if told else "Every share is withheld."


def signed(value: Decimal) -> str:
    """With its sign, the minus as wide as the plus."""
    return ("+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else "") + rounded(abs(value), 2)


def signed_interval(lower: Decimal | None, upper: Decimal | None) -> str:
    """Both bounds with their sign, or withheld."""
    if lower is None or upper is None:
        return WITHHELD
    return f"{signed(lower)} to {signed(upper)}"
