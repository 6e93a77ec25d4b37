"""Rounding, means and intervals, exact until the end: see `reference`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache


@cache
def student_t_975(df: int) -> float:
    """Return the 97.5 % quantile of Student's t, by bisection, to about 1e-10."""
    if df < 1:
        raise ValueError(f"degrees of freedom must be at least 1, got {df}")
    low, high = 1.9, 12.8
    for _ in range(60):
        t = (low + high) / 2
        low, high = (t, high) if _within(t, df) < 0.95 else (low, t)
    return (low + high) / 2


def mean_interval(values: Sequence[Fraction]) -> tuple[Decimal | None, ...]:
    """Return mean, sample SD and 95 % interval from Student's t over persons; one has no spread."""
    n = len(values)
    if n < 2:
        return (rounded(mean_of(values), 4) if n else None), None, None, None
    mean = mean_of(values)
    variance = sum((value - mean) ** 2 for value in values) / Fraction(n - 1)
    margin = Fraction(student_t_975(n - 1)) * square_root(variance / n)
    figures = (mean, square_root(variance), mean - margin, mean + margin)
    return tuple(rounded(figure, 4) for figure in figures)


def wilson_percent(count: int, total: int) -> tuple[Decimal, Decimal, Decimal]:
    """Return the share in percent and its 95 % interval (Wilson 1927), two decimals."""
    z, share = Fraction("1.959964"), Fraction(count, total)
    centre = share + z**2 / (2 * total)
    margin = z * square_root(share * (1 - share) / total + z**2 / (4 * total**2))
    scale = 1 + z**2 / total
    figures = (share, (centre - margin) / scale, (centre + margin) / scale)
    percent, lower, upper = (rounded(100 * figure, 2) for figure in figures)
    return percent, lower, upper


def rounded(value: Fraction, places: int) -> Decimal:
    """Round half away from zero to exactly `places` decimals."""
    units = math.floor(abs(value) * 10**places + Fraction(1, 2))
    return Decimal(-units if value < 0 else units).scaleb(-places)


def mean_of(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def square_root(value: Fraction) -> Fraction:
    """Return the square root to 60 digits."""
    with localcontext(prec=60):
        return Fraction((Decimal(value.numerator) / Decimal(value.denominator)).sqrt())


def _within(t: float, df: int) -> float:
    """P(-t < T < t) for a whole df: the finite sum of Abramowitz & Stegun 26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(df))
    square = math.cos(angle) ** 2
    odd = df % 2
    term = math.cos(angle) if odd else 1.0
    terms = []
    for k in range(2 + odd, df + 1, 2):
        terms.append(term)
        term *= square * (k - 1) / k
    total = math.sin(angle) * math.fsum(terms)
    return 2 / math.pi * (angle + total) if odd else total
