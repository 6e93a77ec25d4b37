"""The picture of a funnel: practitioners by their number of patients, before their limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import altair as alt
from markupsafe import Markup

from wellness_journey.report import charts


@dataclass(frozen=True)
class Dot:
    """A practitioner of a funnel: patients; value and limits less what is expected."""

    patients: int
    value: float
    lower_998: float
    lower_95: float
    upper_95: float
    upper_998: float


def funnel(dots: Sequence[Dot], finding: str) -> Markup:
    """By number of patients how far each value is from what is expected, before its limits."""
    height = 150
    furthest = max(abs(end) for dot in dots for end in (dot.value, dot.lower_998, dot.upper_998))
    steps = (step * 10.0**power for power in range(-2, 3) for step in (1, 2, 5))
    top = next(step for step in steps if step >= furthest)
    most = max(dot.patients for dot in dots)
    base = alt.Chart({"values": [asdict(dot) for dot in dots]})
    x = alt.X(
        "patients:Q",
        scale=alt.Scale(domain=[0, 1.1 * most], nice=False),
        axis=alt.Axis(values=[0, most], tickCount=99, format="d", grid=False),
    )

    def y(field: str) -> alt.Y:
        return alt.Y(
            f"{field}:Q",
            scale=alt.Scale(domain=[-top, top], range=[height, 0], nice=False, zero=False),
            axis=alt.Axis(values=[-top, 0, top], tickCount=99, format="~g"),
        )

    def bar(color: str, level: str) -> Any:
        ends = y(f"lower_{level}"), alt.Y2(f"upper_{level}:Q")
        return base.mark_rule(color=color, strokeWidth=6).encode(x, *ends)

    layers = alt.layer(
        bar(charts.WHOLE, "998"),
        bar(charts.BAND, "95"),
        base.mark_circle(color=charts.DATA, size=24, opacity=1).encode(x, y("value")),
    )
    size = (240, height, {"left": 36, "right": 6, "top": 8, "bottom": 24})
    return charts.picture(layers, size, finding)
