"""The memory of two weekly series, as the reference has it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reference_associations import (
    factor_square,
    figures_of,
    memory,
    orders,
    permutation_p,
    regression,
    root,
)

IN_A_ROW = tuple(range(12))
SIX_PAIRS = (0, 1, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16)
FIVE_PAIRS = (*SIX_PAIRS[:-1], 17)


def of(*values: int) -> list[Fraction]:
    """Residuals of 12 weeks; those not named are 0."""
    return [Fraction(value) for value in (*values, *[0] * (12 - len(values)))]


# Six pairs: of the products only 1 * 1, of the squares 8: r = 1/8 * 12/6 = 1/4.
SOME = of(1, 1, 0, 2, 1, 0, 1)
# Likewise -1 and 32: r = -1/32 * 12/6 = -1/16.
AGAINST = of(1, -1, 0, 5, 2, 0, 1)


@pytest.mark.parametrize(
    ("weeks", "residuals", "test", "interval"),
    [
        (SIX_PAIRS, SOME, Fraction(3, 8), Fraction(1, 2)),
        (SIX_PAIRS, AGAINST, Fraction(1, 48), Fraction(5, 48)),
        (FIVE_PAIRS, SOME, Fraction(1, 12), Fraction(2, 12)),
        # r is 1 and -1.
        (IN_A_ROW, of(*[1] * 12), Fraction(9, 10), Fraction(9, 10)),
        (IN_A_ROW, of(*[1, -1] * 6), Fraction(0), Fraction(0)),
        (IN_A_ROW, of(), Fraction(1, 12), Fraction(2, 12)),
    ],
)
def test_memory_by_hand(
    weeks: tuple[int, ...], residuals: list[Fraction], test: Fraction, interval: Fraction
) -> None:
    """r + (1 + 2 max(r, 0)) / n for the test, r + (2 + 4 max(r, 0)) / n for the interval."""
    assert memory(weeks, residuals, times=1) == test
    assert memory(weeks, residuals, times=2) == interval


@pytest.mark.parametrize(
    ("residuals", "expected"),
    [
        # Products 14, squares 40: r = 14/40 * 12/6 = 7/10, and 7/10 + 2.4/12 = 9/10.
        (of(3, 3, 2, 2, 1, 1, 2, 0, 2, 0, 2, 0), Fraction(9, 10)),
        # Squares 37.
        (of(3, 3, 2, 2, 1, 1, 2, 0, 2, 0, 1, 0), Fraction(9, 10)),
        # Squares 45: r = 28/45, and 28/45 * 14/12 + 1/12 = 437/540.
        (of(3, 3, 2, 2, 1, 1, 2, 0, 2, 0, 3, 0), Fraction(437, 540)),
        # Products -1, squares 24: r = -1/12, and -1/12 + 1/12 = 0. Squares 23 give less.
        (of(1, -1, 3, 0, 3, 0, 2), Fraction(0)),
        (of(1, -1, 3, 0, 2, 0, 2, 0, 2), Fraction(0)),
    ],
)
def test_memory_is_cut_to_0_and_9_tenths(residuals: list[Fraction], expected: Fraction) -> None:
    """Where it is exactly that, and just beyond; before, it is not."""
    assert memory(SIX_PAIRS, residuals, times=1) == expected


def test_a_factor_by_hand() -> None:
    """Memories of 0.9 and 2/3 give the square (1 + 0.6) / (1 - 0.6) = 4; without one it is 1."""
    assert factor_square(Fraction(9, 10), Fraction(2, 3)) == 4
    assert root(Fraction(4)) == 2
    assert factor_square(Fraction(9, 10), Fraction(0)) == 1


def test_a_permutation_that_equals_the_discounted_sum_counts() -> None:
    """Observed is 2, permuted are -2 to 2: of 2 halved 1 counts, of 2 hardly more it does not."""
    series = of(1, -1)
    sums = [
        abs(sum(series[week] * value for week, value in zip(order, series, strict=True)))
        for order in orders(12)
    ]
    ones, twos = sums.count(1), sums.count(2)
    assert ones
    assert permutation_p(series, series, Fraction(4)) == Fraction(1 + ones + twos, 2000)
    assert permutation_p(series, series, Fraction(399, 100)) == Fraction(1 + twos, 2000)


def test_an_association_by_hand() -> None:
    """Twelve weeks, every second with: worked out by hand; a line alone gives nothing."""
    weeks = list(range(12))
    exposures = [week % 2 for week in weeks]
    line = [Fraction(week, 7) for week in weeks]
    # Of reports that take turns r is below 0: nothing is discounted, nor widened.
    assert figures_of(weeks, exposures, line) == (0, None, 0, Fraction(1, 12), 1, 1, 1)
    lifted = [y + 2 * e for y, e in zip(line, exposures, strict=True)]
    assert figures_of(weeks, exposures, lifted)[:6] == (2, None, 0, 0, 1, 1)
    # A point in week 11 only. The exposure's residuals are 1/2 -+ 3/143 * (week - 11/2): their
    # squares sum to 420/143, the last is 55/143. Of the point's squares 0.654762 is
    # left: 1 - 1/12 - 5.5^2 / 143 - 55^2 / (143 * 420).
    spike = [Fraction(week == 11) for week in weeks]
    difference, margin, *_ = figures_of(weeks, exposures, spike)
    assert difference == Fraction(55, 420)
    assert float(margin or 0) == pytest.approx(2.262157 * (0.654762 / 9 * 143 / 420) ** 0.5, 1e-5)


def test_an_interval_is_widened() -> None:
    """Six weeks without, six with, a point in week 11: by the root of the factor's square."""
    weeks = list(range(12))
    exposures = [int(week >= 6) for week in weeks]
    spike = [Fraction(week == 11) for week in weeks]
    _, margin, report, metric, discount, widening, _ = figures_of(weeks, exposures, spike)
    _, plain = regression(weeks, exposures, spike)
    assert margin is not None
    assert plain is not None
    assert (margin / plain) ** 2 == pytest.approx(widening)
    assert discount == (1 + report * metric) / (1 - report * metric)
    assert 1 <= discount < widening
