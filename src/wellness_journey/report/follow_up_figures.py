"""Change since baseline, and those who came back beside those who did not: as tables."""

from __future__ import annotations

from decimal import Decimal

from wellness_journey.report import amounts
from wellness_journey.report.figures import Figure
from wellness_journey.report.follow_ups import CHANGE_RATES, ChangeRate, OutcomeChange, Side
from wellness_journey.report.group_words import signed, signed_interval
from wellness_journey.report.published import Published


def changes(patients: Published) -> Figure | None:
    """Each instrument and window: how far the same people have come, and what chance gives."""
    rows = patients.outcome_changes
    if not rows:
        return None
    last = {row.instrument: row for row in rows if row.change is not None}
    return Figure(
        "Change since baseline",
        "points, the same people before and after",
        _finding(last),
        None,
        (
            *("Instrument", "After", "Patients", "Baseline", "Change", "95 % interval"),
            *("In standard deviations", *CHANGE_RATES),
        ),
        tuple(
            (
                row.instrument,
                f"{row.window_days} days",
                amounts.number(row.patients),
                _mean(row.baseline),
                _signed(row.change),
                signed_interval(row.ci_lower, row.ci_upper),
                _signed(row.standardised),
                *map(_rate, row.rates),
            )
            for row in rows
        ),
        tuple(
            (f"{name}, {row.window_days} days", _signed(row.change), _signed(row.standardised))
            for name, row in last.items()
        ),
    )


def _finding(last: dict[str, OutcomeChange]) -> str:
    row = next(iter(last.values()), None)
    if row is None:
        return "Withheld: too few patients have a score before and after."
    return (
        f"{row.instrument} at {row.window_days} days: {_signed(row.change)} points since baseline "
        f"({signed_interval(row.ci_lower, row.ci_upper)}; {amounts.number(row.patients)} patients)."
    )


def _mean(mean: Decimal | None) -> str:
    return amounts.WITHHELD if mean is None else amounts.rounded(mean, 1)


def _signed(value: Decimal | None) -> str:
    return amounts.WITHHELD if value is None else signed(value)


def _rate(rate: ChangeRate) -> str:
    """42 % (chance 3.3 %); nothing where the instrument has no such rate."""
    if rate.by_chance_pct is None:
        return ""
    told = amounts.WITHHELD if rate.rate_pct is None else f"{amounts.rounded(rate.rate_pct, 0)} %"
    return f"{told} (chance {rate.by_chance_pct} %)"


def follow_ups(patients: Published) -> Figure | None:
    """The beginning of those who came back and of those who did not."""
    rows = patients.follow_ups
    if not rows:
        return None
    shown = [row for row in rows if row.having.mean is not None]
    finding = "Withheld: too few patients came back, or did not."
    if shown:
        row = shown[0]
        finding = (
            f"{_name(row.measure)}: {_mean(row.having.mean)} with a follow-up, "
            f"{_mean(row.lacking.mean)} without ({amounts.number(row.having.patients)} and "
            f"{amounts.number(row.lacking.patients)} patients)."
        )
    return Figure(
        "Who came back",
        "mean at baseline",
        finding,
        None,
        (
            *("", "With a follow-up", "95 % interval", "Patients"),
            *("Without", "95 % interval", "Patients"),
        ),
        tuple((_name(row.measure), *_side(row.having), *_side(row.lacking)) for row in rows),
        tuple(
            (_name(row.measure), _mean(row.having.mean), _mean(row.lacking.mean)) for row in rows
        ),
    )


def _name(measure: str) -> str:
    return "Answered days" if measure == "answered_days" else measure


def _side(side: Side) -> tuple[str, str, str]:
    return (
        _mean(side.mean),
        amounts.interval(side.ci_lower, side.ci_upper, 1),
        amounts.number(side.patients),
    )
