"""Published figures beside what numpy and scipy make of the raw rows.

They are brought into the steps of ref_published_precision here once more, and must be the same.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import optimize, stats

from checkout import ROOT

# What binary fractions lose on the way.
SLACK = 1e-9

Expected = Mapping[str, float | None]

with (ROOT / "dbt_project/seeds/ref_published_precision.csv").open() as lines:
    _TABLE = [{key: float(text) for key, text in row.items()} for row in csv.DictReader(lines)]


def steps_of(patients: int) -> dict[str, float]:
    """The row of the table for so many patients."""
    return [row for row in _TABLE if row["from_patients"] <= max(patients, 1)][-1]


def count_of(number: int) -> int:
    """A count as it is shown where nobody is too few."""
    return max(int((number + 5) // 10 * 10), 1) if number else 0


def nearest(value: float, step: float) -> float:
    """Half away from zero."""
    return float(np.copysign(np.floor(round(abs(value) / step, 9) + 0.5) * step, value))


def below(value: float, step: float) -> float:
    return float(np.floor(round(value / step, 9)) * step)


def above(value: float, step: float) -> float:
    return float(np.ceil(round(value / step, 9)) * step)


def mean_of(values: Sequence[float], ends: tuple[float, float] | None = None) -> float:
    """The mean as it is shown."""
    steps, mean = steps_of(len(values)), float(np.mean(values))
    if ends is not None:
        least, most = ends[0] + steps["end_margin"], ends[1] - steps["end_margin"]
        if not least <= mean <= most:
            return float(np.clip(mean, least, most))
    return nearest(mean, steps["mean_step"])


def deviation_of(values: Sequence[float]) -> float:
    """The sample standard deviation as it is shown."""
    steps = steps_of(len(values))
    exact = float(np.std(values, ddof=1))
    return max(above(exact, steps["deviation_step"]), steps["least_deviation"])


def with_interval(middle: float, error: float, freedom: int, step: float) -> tuple[float, float]:
    """Student's 95 % interval, to the steps outside."""
    lower, upper = stats.t.interval(0.95, freedom, middle, error)
    return below(float(lower), step), above(float(upper), step)


def mean_figures(
    values: Sequence[float], names: Sequence[str], ends: tuple[float, float] | None = None
) -> dict[str, float | None]:
    """Mean, standard deviation and 95 % interval as they are shown, under these names."""
    if len(values) < 2:
        return dict(zip(names, (mean_of(values, ends) if values else None,), strict=False))
    middle, width, shown = mean_of(values, ends), deviation_of(values), count_of(len(values))
    figures = [middle, width]
    if shown > 1:
        error = width / np.sqrt(shown)
        step = steps_of(len(values))["mean_step"]
        figures += with_interval(middle, error, shown - 1, step)
    return dict(zip(names, figures, strict=False))


def share_figures(count: int, total: int, name: str) -> dict[str, float | None]:
    """The share of both counts as shown, in percent, and its 95 % Wilson interval."""
    if total == 0:
        return {}
    step = steps_of(total)["share_step_pct"]
    share = nearest(100 * count_of(count) / count_of(total), step)
    lower, upper = wilson(share / 100, count_of(total))
    return {
        f"{name}_pct": share,
        f"{name}_ci_lower_pct": below(100 * lower, step),
        f"{name}_ci_upper_pct": above(100 * upper, step),
    }


def wilson(share: float, patients: float) -> tuple[float, float]:
    """The shares that are as far from this one as their own standard errors allow."""
    z = stats.norm.ppf(0.975)

    def beyond(other: float) -> float:
        return float((share - other) ** 2 * patients - z**2 * other * (1 - other))

    return (
        optimize.brentq(beyond, 1e-13, min(share, 1 - 1e-9), xtol=1e-15) if share > 0 else 0.0,
        optimize.brentq(beyond, max(share, 1e-9), 1 - 1e-13, xtol=1e-15) if share < 1 else 1.0,
    )


class Comparison:
    """What was compared, and what differs."""

    def __init__(self) -> None:
        self.compared = 0
        self.differing: list[str] = []

    def add(self, row: str, published: Mapping[str, Any], expected: Expected) -> None:
        """Compare each figure of `expected` that is published; a withheld one tells nothing."""
        for name, value in expected.items():
            found = published[name]
            if found is None:
                continue
            self.compared += 1
            if value is None or abs(float(found) - value) > SLACK * max(1, abs(value)):
                self.differing.append(f"{row}: {name}")
