"""Published figures beside what numpy and scipy make of the raw rows.

A figure is the same where it differs by no more than half of its last published digit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from scipy import stats

# What binary fractions lose on the way.
SLACK = 1e-9

Expected = Mapping[str, float | None]


def mean_figures(values: Sequence[float], names: Sequence[str]) -> dict[str, float | None]:
    """Mean, sample standard deviation and 95 % interval from Student's t, under these names."""
    if len(values) < 2:
        return dict(zip(names, (float(np.mean(values)) if values else None,), strict=False))
    interval = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    if np.ptp(values) == 0:
        interval = np.mean(values), np.mean(values)
    figures = (np.mean(values), np.std(values, ddof=1), *interval)
    return {name: float(figure) for name, figure in zip(names, figures, strict=True)}


def share_figures(count: int, total: int, name: str) -> dict[str, float | None]:
    """A share in percent and its 95 % Wilson interval."""
    if total == 0:
        return {}
    found = stats.binomtest(count, total).proportion_ci(0.95, method="wilson")
    return {
        f"{name}_pct": 100 * count / total,
        f"{name}_ci_lower_pct": 100 * float(found.low),
        f"{name}_ci_upper_pct": 100 * float(found.high),
    }


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
            exponent = found.as_tuple().exponent if isinstance(found, Decimal) else 0
            most = 10.0**exponent / 2 + SLACK * max(1, abs(value or 0))
            if value is None or abs(float(found) - value) > most:
                self.differing.append(f"{row}: {name}")
