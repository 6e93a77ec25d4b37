"""Pictures as static SVG: Altair draws, the page's style sheet gives colours and fonts.

Nothing is measured: sizes, ticks and places are fixed, so that the bytes do not depend on the fonts
of a machine. Numbers, words and tables stand beside the pictures, in the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import ceil, floor
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup, escape

from wellness_journey.report import svg, words
from wellness_journey.report.amounts import real
from wellness_journey.report.groups import ChangeWeek
from wellness_journey.report.history import RUNS, PastRun
from wellness_journey.report.published import WINDOWS, Outcome, Share, TrendWeek

LAST_WEEK = 25
_WEEKS = list(range(0, LAST_WEEK + 1, 5))
# Colours of the style sheet; a picture never names one of its own.
DATA, BAND, WHOLE, _GRID, _MUTED = (
    f"var(--{name})" for name in ("data", "band", "whole", "grid", "muted")
)
HATCH = "url(#hatch)"
_CONFIG: dict[str, Any] = {
    "font": "inherit",
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "ticks": False,
        "title": None,
        "labelOverlap": False,
        "labelBound": False,
        "labelFlush": False,
        "labelColor": _MUTED,
        "labelFontSize": 11,
        "labelPadding": 6,
        "gridColor": _GRID,
    },
}


def trend(
    weeks: Sequence[TrendWeek],
    changes: Sequence[ChangeWeek],
    finding: str,
    scale: tuple[int, int] = (1, 5),
) -> Markup:
    """Thin: means of everybody. Strong, with its interval: the same people. Gaps where withheld.

    The same people begin at the level of weeks 1 to 4. Where no change of theirs is known, the
    interval is that of the means.
    """
    level, thin, strong = _placed(weeks, changes)
    height = 130
    start = alt.Chart({"values": [{"mean": real(level), "week": 1, "end": LAST_WEEK}]})
    mean = _y("mean", scale, range(scale[0], scale[1] + 1), height)
    layers = [_band(strong or thin, scale, height)]
    if strong:
        start = alt.Chart({"values": [{"mean": real(level), "week": 1, "end": LAST_WEEK}]})
        layers.append(
            start.mark_rule(color=_MUTED, strokeDash=[2, 3]).encode(_x(), mean, alt.X2("end:Q"))
        )
    layers += _line(thin, 1, _MUTED if strong else DATA, mean)
    layers += _line(strong, 2.5, DATA, mean) if strong else []
    return picture(
        alt.layer(*layers), (300, height, {"left": 30, "right": 4, "top": 8, "bottom": 24}), finding
    )


Placed = list[dict[str, Any]]


def trend_scale(
    series: Sequence[tuple[Sequence[TrendWeek], Sequence[ChangeWeek]]],
) -> tuple[int, int]:
    """Whole points around everything that these pictures show, two at least."""
    shown = [
        row[bound]
        for weeks, changes in series
        for placed in _placed(weeks, changes)[1:]
        for row in placed
        for bound in ("mean", "lower", "upper")
        if row[bound] is not None
    ]
    lowest, highest = (max(1, floor(min(shown))), min(5, ceil(max(shown)))) if shown else (1, 5)
    if highest - lowest < 2:
        lowest = max(1, lowest - 1)
    return lowest, max(highest, lowest + 2)


def _placed(
    weeks: Sequence[TrendWeek], changes: Sequence[ChangeWeek]
) -> tuple[Decimal | None, Placed, Placed]:
    """The level of weeks 1 to 4, the means of everybody, and the changes from that level on."""
    first = [week.mean for week in weeks if 1 <= week.week <= 4 and week.mean is not None]
    level = sum(first, Decimal(0)) / len(first) if first else None
    thin = [_row(week, Decimal(0)) for week in weeks]
    strong = [_row(change, level) for change in changes] if level is not None else []
    return level, thin, strong if any(row["mean"] is not None for row in strong) else []


def _row(week: TrendWeek | ChangeWeek, level: Decimal) -> dict[str, Any]:
    """Not beyond the answers, which end at 1 and at 5."""
    figures = {"mean": week.mean, "lower": week.ci_lower, "upper": week.ci_upper}
    return {"week": week.week} | {
        name: None if figure is None else min(5.0, max(1.0, float(level + figure)))
        for name, figure in figures.items()
    }


def _band(rows: Placed, scale: tuple[int, int], height: int) -> Any:
    base = alt.Chart({"values": _alone(rows)})
    lower = alt.Y("lower:Q", scale=alt.Scale(domain=list(scale), range=[height, 0], zero=False))
    return alt.layer(
        base.mark_area(color=BAND).encode(_x(), lower, alt.Y2("upper:Q")),
        # A week between two withheld ones has neither area nor line.
        base.mark_rule(color=BAND, strokeWidth=4)
        .encode(_x(), lower, alt.Y2("upper:Q"))
        .transform_filter(alt.datum.is_alone),
    )


def _line(rows: Placed, width: float, color: str, mean: alt.Y) -> list[Any]:
    base = alt.Chart({"values": _alone(rows)})
    return [
        base.mark_line(color=color, strokeWidth=width).encode(_x(), mean),
        base.mark_circle(color=color, size=12, opacity=1)
        .encode(_x(), mean)
        .transform_filter(alt.datum.is_alone),
    ]


def _alone(rows: Placed) -> Placed:
    shown = {row["week"] for row in rows if row["mean"] is not None}
    return [
        row | {"is_alone": row["week"] in shown and not shown & {row["week"] - 1, row["week"] + 1}}
        for row in rows
    ]


def shares(
    weeks: Sequence[Share], most: int, finding: str, *, is_wide: bool = False, has_whole: bool
) -> Markup:
    """A bar a week: the whole pale, its part dark; hatched what is withheld; a dot not due yet."""
    width, height, bar = (960, 150, 27) if is_wide else (210, 80, 6)
    top = most or 1
    rows = [
        {
            "week": share.week,
            "look": share.look,
            "whole": share.whole,
            "part": share.part,
            "full": top,
            "nought": 0,
            "pct": words.share(share).removesuffix(" %") if share.look == "shown" else "",
        }
        for share in weeks
    ]
    base = alt.Chart({"values": rows})
    ticks = [0, top // 2, top]

    def bars(field: str, color: str, **marks: Any) -> Any:
        return base.mark_bar(color=color, width=bar, **marks).encode(
            _x(), _y(field, (0, top), ticks, height)
        )

    # Where the whole is not drawn, what is withheld of it is as high as the picture.
    hidden = "whole" if has_whole else "full"
    layers = [
        *([bars("whole", WHOLE)] if has_whole else []),
        bars("part", DATA),
        bars(hidden, HATCH).transform_filter(alt.datum.look == "part withheld"),
        bars("full", HATCH).transform_filter(alt.datum.look == "withheld"),
        base.mark_circle(color=_MUTED, size=12)
        .encode(_x(), _y("nought", (0, top), ticks, height))
        .transform_filter(alt.datum.look == "not due"),
    ]
    if is_wide:
        layers.append(
            base.mark_text(color=_MUTED, fontSize=11).encode(
                _x(), alt.Text("pct:N"), y=alt.value(height + 34)
            )
        )
        layers += [
            alt.Chart({"values": [{}]})
            .mark_text(color=_MUTED, fontSize=11, align="right", text=text)
            .encode(x=alt.value(-6), y=alt.value(height + below))
            for text, below in (("week", 14), ("%", 34))
        ]
    padding = {"left": 36, "right": 6, "top": 8, "bottom": 46 if is_wide else 24}
    return picture(alt.layer(*layers), (width, height, padding), finding)


def outcome(rows: Sequence[Outcome], scale: tuple[int, int], finding: str) -> Markup:
    """Mean scores with their interval at each outcome window."""
    values = [
        {
            "window": str(row.window_days),
            "mean": float(row.mean),
            "lower": real(row.ci_lower),
            "upper": real(row.ci_upper),
        }
        for row in rows
        if row.mean is not None
    ]
    base = alt.Chart({"values": values})
    days = [str(window) for window in WINDOWS]
    x = alt.X("window:O", scale=alt.Scale(domain=days), axis=alt.Axis(values=days, labelAngle=0))
    highest = scale[1]
    parts = 3 if highest % 3 == 0 else 4
    ticks = [highest * part // parts for part in range(parts + 1)]
    y = _y("mean", scale, ticks, 110)
    lower = alt.Y("lower:Q", scale=alt.Scale(domain=list(scale), range=[110, 0]))
    layers = alt.layer(
        base.mark_rule(color=BAND, strokeWidth=7).encode(x, lower, alt.Y2("upper:Q")),
        base.mark_line(color=DATA, strokeWidth=1).encode(x, y),
        base.mark_circle(color=DATA, size=24, opacity=1).encode(x, y),
    )
    return picture(layers, (220, 110, {"left": 30, "right": 6, "top": 8, "bottom": 24}), finding)


def scores(runs: Sequence[PastRun], target: Decimal, finding: str) -> Markup:
    """The score of each run; a gap where one did not check everything."""
    rows = [{"run": place, "score": real(run.score)} for place, run in enumerate(runs)]
    known = [float(run.score) for run in runs if run.score is not None]
    lowest = int(min([*known, float(target)])) - 1
    # A label of the target needs room to both ends.
    room = min(int(target) - lowest, 100 - int(target)) / (100 - lowest) > 0.15
    ticks = [lowest, int(target), 100] if room else [lowest, 100]
    base = alt.Chart({"values": rows})
    x = alt.X("run:Q", axis=None, scale=alt.Scale(domain=[0, max(len(runs) - 1, 1)], nice=False))
    y = _y("score", (lowest, 100), ticks, 130)
    shown = alt.datum.score != None  # noqa: E711, an expression of Vega's
    aim = alt.Chart({"values": [{"score": float(target)}]})
    layers = alt.layer(
        aim.mark_rule(color=_MUTED, strokeDash=[4, 3]).encode(y),
        base.mark_line(color=DATA, strokeWidth=2).encode(x, y),
        base.mark_circle(color=DATA, size=16, opacity=1).encode(x, y).transform_filter(shown),
    )
    return picture(layers, (300, 130, {"left": 30, "right": 12, "top": 8, "bottom": 8}), finding)


def strip(statuses: Sequence[str | None], told: str) -> Markup:
    """The last runs of a rule, newest right: higher is worse, a dash where it was not checked."""
    heights = {"error": 16, "fail": 16, "warn": 11, "pass": 5, "not_applicable": 3}
    padded = [*[None] * (RUNS - len(statuses)), *statuses]
    bars = "".join(
        f'<rect class="{status or "skipped"}" x="{6 * place}" y="{16 - height}" width="5" '
        f'height="{height}"/>'
        for place, status in enumerate(padded)
        for height in [heights.get(status or "", 1)]
    )
    return Markup(  # noqa: S704, statuses are a closed set, the rest is escaped
        f'<svg class="strip" viewBox="0 0 {6 * len(padded) - 1} 16" width="{6 * len(padded) - 1}" '
        f'height="16" role="img" aria-label="{escape(told)}">{bars}</svg>'
    )


def _x(ticks: Sequence[int] = _WEEKS) -> alt.X:
    scale = alt.Scale(domain=[-0.5, LAST_WEEK + 0.5], nice=False, zero=False)
    return alt.X(
        "week:Q",
        scale=scale,
        axis=alt.Axis(values=list(ticks), tickCount=99, format="d", grid=False),
    )


def _y(field: str, domain: tuple[int, int], ticks: Sequence[int], height: int) -> alt.Y:
    scale = alt.Scale(domain=list(domain), range=[height, 0], nice=False, zero=False)
    return alt.Y(
        f"{field}:Q", scale=scale, axis=alt.Axis(values=list(ticks), tickCount=99, format="d")
    )


def picture(chart: Any, size: tuple[int, int, dict[str, int]], finding: str) -> Markup:
    """The chart as SVG: width, height and padding in pixels, `finding` for who cannot see it."""
    width, height, padding = size
    spec = chart.properties(
        width=width, height=height, padding=padding, autosize="none", config=_CONFIG
    ).to_dict()
    text = svg.smaller(vl_convert.vegalite_to_svg(spec))
    head = f'<svg class="chart" role="img" aria-label="{escape(finding)}" '
    return Markup(head + text.removeprefix("<svg "))  # noqa: S704, made above, of numbers
