"""When a response is seen, and how long it lasts: curves as pictures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from wellness_journey.report import amounts, curve_chart
from wellness_journey.report.figures import Figure
from wellness_journey.report.follow_ups import Step
from wellness_journey.report.published import LAST_DAYS, Published

# By event: what is seen, whose share it is, and from when its days count.
_TOLD = {
    "response": ("a response", "the session", "First response"),
    "relapse": ("a relapse after it", "the response", "Relapse after a response"),
}


def curves(patients: Published) -> list[Figure]:
    """A curve for each instrument and event; none if not built."""
    top = curve_chart.highest(list(patients.curves.values()))
    return [
        _curve(instrument, event, steps, top)
        for (instrument, event), steps in patients.curves.items()
    ]


def _curve(instrument: str, event: str, steps: Sequence[Step], top: int) -> Figure:
    _, since, title = _TOLD[event]
    told = finding(instrument, event, steps)
    return Figure(
        f"{title}, {instrument}",
        f"seen, in percent, by days after {since}",
        told,
        curve_chart.curve(steps, told, top)
        if any(step.event_free_pct is not None for step in steps)
        else None,
        ("By day", "At risk", "Events", "Seen", "95 % interval"),
        tuple(
            (
                str(LAST_DAYS[step.window_days]),
                amounts.number(step.at_risk),
                amounts.number(step.events),
                seen(step),
                interval(step),
            )
            for step in steps
        ),
        tuple(
            (f"day {LAST_DAYS[step.window_days]}", amounts.number(step.at_risk), seen(step))
            for step in steps
        ),
    )


def finding(instrument: str, event: str, steps: Sequence[Step]) -> str:
    """By when it has been seen in how many, and how many windows are not shown."""
    what, since, _ = _TOLD[event]
    shown = [step for step in steps if step.event_free_pct is not None]
    if not shown:
        return f"{instrument}, {event}: every window is withheld."
    told = " and ".join(
        f"in {seen(step)} by day {LAST_DAYS[step.window_days]} ({interval(step)})"
        for step in dict.fromkeys((shown[0], shown[-1]))
    )
    hidden = len(steps) - len(shown)
    rest = f" {amounts.many(hidden, 'window')} withheld." if hidden else ""
    return f"{instrument}: {what} has been seen {told} after {since}.{rest}"


def seen(step: Step) -> str:
    """21 %, or withheld: the share that has had the event."""
    if step.event_free_pct is None:
        return amounts.WITHHELD
    return f"{amounts.rounded(100 - step.event_free_pct, 0)} %"


def interval(step: Step) -> str:
    """16 to 28 %, or withheld."""
    if step.lower_pct is None or step.upper_pct is None:
        return amounts.WITHHELD
    hundred = Decimal(100)
    return f"{amounts.interval(hundred - step.upper_pct, hundred - step.lower_pct, 0)} %"
