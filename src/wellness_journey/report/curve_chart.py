"""The picture of a curve: the share with an event seen, a step at the end of each window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import altair as alt
from markupsafe import Markup

from wellness_journey.report import charts
from wellness_journey.report.follow_ups import Step
from wellness_journey.report.published import LAST_DAYS

_HEIGHT = 110


def curve(steps: Sequence[Step], finding: str, top: int) -> Markup:
    """In percent up to `top`, with the interval of each step; hatched where it is withheld.

    The curve ends with its last step: nothing is known of the days after.
    """
    days = [0, *(LAST_DAYS[step.window_days] for step in steps)]
    seen = list(_seen(steps))
    x = alt.X(
        "day:Q",
        scale=alt.Scale(domain=[0, days[-1]], nice=False),
        axis=alt.Axis(values=days, tickCount=99, format="d", grid=False),
    )

    def y(field: str) -> alt.Y:
        return alt.Y(
            f"{field}:Q",
            scale=alt.Scale(domain=[0, top], range=[_HEIGHT, 0], nice=False),
            axis=alt.Axis(values=[0, top // 2, top], tickCount=99, format="d"),
        )

    base = alt.Chart({"values": [{"day": 0, "share": 0.0, "lower": 0.0, "upper": 0.0}, *seen]})
    hidden = [
        {"day": before, "end": LAST_DAYS[step.window_days], "nought": 0, "full": top}
        for before, step in zip(days, steps, strict=False)
        if step.event_free_pct is None
    ]
    bounds = y("lower"), alt.Y2("upper:Q")
    layers = alt.layer(
        alt.Chart({"values": hidden})
        .mark_rect(color=charts.HATCH)
        .encode(x, y("nought"), alt.X2("end:Q"), alt.Y2("full:Q")),
        base.mark_area(color=charts.BAND, interpolate="step-after").encode(x, *bounds),
        # The area of the last step has no width.
        alt.Chart({"values": seen[-1:]})
        .mark_rule(color=charts.BAND, strokeWidth=7)
        .encode(x, *bounds),
        base.mark_line(color=charts.DATA, strokeWidth=2, interpolate="step-after").encode(
            x, y("share")
        ),
        alt.Chart({"values": seen})
        .mark_circle(color=charts.DATA, size=24, opacity=1)
        .encode(x, y("share")),
    )
    size = (220, _HEIGHT, {"left": 30, "right": 12, "top": 8, "bottom": 24})
    return charts.picture(layers, size, finding)


def highest(curves: Sequence[Sequence[Step]]) -> int:
    """The top of a scale that holds every interval of these curves: 50 or 100 percent."""
    ends = [step["upper"] for steps in curves for step in _seen(steps)]
    return 50 if max(ends, default=0.0) <= 50 else 100


def _seen(steps: Sequence[Step]) -> Iterator[dict[str, Any]]:
    for step in steps:
        if step.event_free_pct is None or step.lower_pct is None or step.upper_pct is None:
            continue
        yield {
            "day": LAST_DAYS[step.window_days],
            "share": 100 - float(step.event_free_pct),
            "lower": 100 - float(step.upper_pct),
            "upper": 100 - float(step.lower_pct),
        }
