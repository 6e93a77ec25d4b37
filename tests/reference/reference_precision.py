"""The precision of what is published, once more in plain Python: see `reference`."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from reference_statistics import mean_of, square_root, student_t_975

TABLE = Path(__file__).parents[2] / "dbt_project/seeds/ref_published_precision.csv"
Z = Fraction("1.959964")
PULSE = 1, 5
ENDS = {
    "PHQ-9": (0, 27),
    "GAD-7": (0, 21),
    "PSQI": (0, 21),
    "WHOQOL-BREF": (0, 100),
    "answered_days": (0, 181),
}

# Patients, mean, standard deviation, bounds of the interval.
Figures = tuple[int, Decimal, Decimal | None, Decimal | None, Decimal | None]
NOTHING = (None,) * 5


@dataclass(frozen=True)
class Steps:
    count: int
    mean: Decimal
    end_margin: Decimal
    deviation: Decimal
    least_deviation: Decimal
    share: Decimal


@cache
def table() -> dict[int, Steps]:
    """By the number of patients from which on they hold."""
    with TABLE.open() as lines:
        rows = list(csv.reader(lines))[1:]
    return {int(row[0]): Steps(int(row[1]), *map(Decimal, row[2:])) for row in rows}


def steps_of(patients: int) -> Steps:
    return table()[max(least for least in table() if least <= max(patients, 1))]


def nearest(value: Fraction, step: Decimal) -> Decimal:
    """To the nearest step, half away from zero."""
    steps = math.floor(abs(value) / Fraction(step) + Fraction(1, 2))
    return step * (-steps if value < 0 else steps)


def below(value: Fraction, step: Decimal) -> Decimal:
    return step * math.floor(value / Fraction(step))


def above(value: Fraction, step: Decimal) -> Decimal:
    return step * math.ceil(value / Fraction(step))


def count(number: int, min_cell: int) -> int:
    """Return the nearest multiple of the step, but not fewer than what may be shown."""
    step = steps_of(number).count
    nearest_step = step * ((number + step // 2) // step)
    return max(nearest_step, min_cell, 1) if number >= max(min_cell, 1) else nearest_step


def mean(value: Fraction, steps: Steps, ends: tuple[int, int] | None) -> Decimal:
    """Return a mean, never nearer to an end of the scale than the margin."""
    if ends is not None:
        if value < ends[0] + Fraction(steps.end_margin):
            return ends[0] + steps.end_margin
        if value > ends[1] - Fraction(steps.end_margin):
            return ends[1] - steps.end_margin
    return nearest(value, steps.mean)


def deviation(value: Fraction, steps: Steps) -> Decimal:
    return max(above(value, steps.deviation), steps.least_deviation)


def spread(values: Sequence[Fraction]) -> Fraction | None:
    """Return the sample standard deviation; one has none."""
    if len(values) < 2:
        return None
    middle = mean_of(values)
    return square_root(sum((v - middle) ** 2 for v in values) / Fraction(len(values) - 1))


def figures(
    values: Sequence[Fraction], min_cell: int, ends: tuple[int, int] | None = None
) -> Figures:
    """Return what is published of a mean over patients: the interval follows from the rest."""
    steps, shown = steps_of(len(values)), count(len(values), min_cell)
    middle, exact = mean(mean_of(values), steps, ends), spread(values)
    if exact is None:
        return shown, middle, None, None, None
    width = deviation(exact, steps)
    if shown < 2:
        return shown, middle, width, None, None
    margin = Fraction(student_t_975(shown - 1)) * Fraction(width) / square_root(Fraction(shown))
    lower, upper = Fraction(middle) - margin, Fraction(middle) + margin
    return shown, middle, width, below(lower, steps.mean), above(upper, steps.mean)


def share_of(part: int, whole: int, min_cell: int, step: Decimal) -> Decimal:
    return nearest(Fraction(100 * count(part, min_cell), count(whole, min_cell)), step)


def share(part: int, whole: int, min_cell: int) -> tuple[Decimal, Decimal, Decimal]:
    """Return the share of both counts as shown in percent, with Wilson's interval of it."""
    step = steps_of(whole).share
    percent = share_of(part, whole, min_cell, step)
    return percent, *wilson(Fraction(percent) / 100, Fraction(count(whole, min_cell)), step)


def wilson(part: Fraction, patients: Fraction, step: Decimal) -> tuple[Decimal, Decimal]:
    """Return the bounds (Wilson 1927) in percent, to the steps outside."""
    centre = part + Z**2 / (2 * patients)
    margin = Z * square_root(part * (1 - part) / patients + Z**2 / (4 * patients**2))
    scale = 1 + Z**2 / patients
    lower, upper = 100 * (centre - margin) / scale, 100 * (centre + margin) / scale
    return below(_mended(lower), step), above(_mended(upper), step)


def _mended(value: Fraction) -> Fraction:
    """Square roots are cut off at 60 digits: 0 would else come out as hardly less."""
    return Fraction(round(value * 10**15), 10**15)
