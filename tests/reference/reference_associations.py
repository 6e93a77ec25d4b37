"""What goes along with what, once more in plain Python: see `reference`."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from hashlib import md5

from reference import (
    LAST_JOURNEY_DAY,
    METRICS,
    BehavioralChange,
    Id,
    PulseDay,
    Session,
)
from reference_statistics import rounded, student_t_975

LEAST_OBSERVED_DAYS = 4
LEAST_WEEKS = 6
LEAST_PAIRS = 6
MOST_MEMORY = Fraction(9, 10)
PERMUTATIONS = 1999
FALSE_DISCOVERY_RATE = Fraction(1, 10)


@dataclass(frozen=True)
class BehaviorTest:
    """One session, type of change and metric; the figures are not rounded."""

    session_id: Id
    change_type: str
    metric: str
    weeks_with: int
    weeks_without: int
    difference: Fraction
    margin: Fraction | None
    report_memory: Fraction
    metric_memory: Fraction
    discount_square: Fraction
    widening_square: Fraction
    p_value: Fraction


@dataclass(frozen=True)
class Association:
    session_id: Id
    change_type: str
    metric: str
    weeks_with: int
    weeks_without: int
    difference_points: Decimal
    ci_lower: Decimal | None
    ci_upper: Decimal | None
    p_value: Decimal
    q_value: Decimal
    tests_run: int
    permutations: int
    report_memory: Decimal
    metric_memory: Decimal
    discount_factor: Decimal
    widening_factor: Decimal
    is_discovery: bool


def associations(
    sessions: Iterable[Session],
    days: Mapping[Id, Sequence[PulseDay]],
    changes: Mapping[Id, Sequence[BehavioralChange]],
) -> list[Association]:
    """Return one row per test; the tests of all sessions of a patient are one family."""
    families: dict[str, list[BehaviorTest]] = defaultdict(list)
    for session in sessions:
        key = session.session_id
        families[str(session.patient_id)] += session_tests(session, days[key], changes[key])
    return [row for family in families.values() for row in judged(family)]


def session_tests(
    session: Session, days: Sequence[PulseDay], changes: Iterable[BehavioralChange]
) -> list[BehaviorTest]:
    """Return the tests of one session: at least six weeks with the change and six without."""
    reported: dict[str, set[int]] = defaultdict(set)
    for change in changes:
        day = (change.change_date - session.session_day).days
        if 0 <= day <= LAST_JOURNEY_DAY:
            reported[change.change_type].add(day // 7)
    found = []
    for metric in METRICS:
        outcomes = weekly_means(days, metric)
        for change_type, weeks in sorted(reported.items()):
            exposures = [int(week in weeks) for week in outcomes]
            n_with = sum(exposures)
            n_without = len(exposures) - n_with
            if min(n_with, n_without) >= LEAST_WEEKS:
                place = (session.session_id, change_type, metric, n_with, n_without)
                figures = figures_of(list(outcomes), exposures, list(outcomes.values()))
                found.append(BehaviorTest(*place, *figures))
    return found


def figures_of(
    weeks: Sequence[int], exposures: Sequence[int], outcomes: Sequence[Fraction]
) -> tuple[Fraction, Fraction | None, Fraction, Fraction, Fraction, Fraction, Fraction]:
    """Return the figures of a `BehaviorTest`, from its difference on."""
    report = _residuals(weeks, [Fraction(exposure) for exposure in exposures])
    metric = _residuals(weeks, outcomes)
    a, b = memory(weeks, report, times=1), memory(weeks, metric, times=1)
    discount_square = factor_square(a, b)
    # The full correction, for the interval.
    widening_square = factor_square(memory(weeks, report, times=2), memory(weeks, metric, times=2))
    difference, margin = regression(weeks, exposures, outcomes)
    if margin is not None:
        margin *= root(widening_square)
    p = permutation_p(report, metric, discount_square)
    return difference, margin, a, b, discount_square, widening_square, p


def memory(weeks: Sequence[int], residuals: Sequence[Fraction], times: int) -> Fraction:
    """Return how much of a week's residual the next one keeps, `times` corrected, 0 to 0.9.

    Lag-1 correlation over observed weeks with no week between them, scaled by weeks over pairs;
    0 where there are fewer than six pairs, or nothing to correlate. Then the correction.
    """
    n = len(weeks)
    pairs = [i for i in range(n - 1) if weeks[i + 1] - weeks[i] == 1]
    spread = sum(residual**2 for residual in residuals)
    r = Fraction(0)
    if len(pairs) >= LEAST_PAIRS and spread:
        together = sum((residuals[i] * residuals[i + 1] for i in pairs), Fraction(0))
        r = together / spread * Fraction(n, len(pairs))
    corrected = r + times * (1 + 2 * max(r, Fraction(0))) / n
    return min(max(corrected, Fraction(0)), MOST_MEMORY)


def factor_square(a: Fraction, b: Fraction) -> Fraction:
    """Return the square of what two series with these memories are discounted or widened by."""
    return (1 + a * b) / (1 - a * b)


def root(square: Fraction) -> Fraction:
    """Return the square root, cut off after 20 decimals."""
    return Fraction(math.isqrt(int(square * 10**40)), 10**20)


def weekly_means(days: Sequence[PulseDay], metric: str) -> dict[int, Fraction]:
    """Return the mean of each week, in order, that has at least four days with a value."""
    values: dict[int, list[Fraction]] = defaultdict(list)
    for row in days:
        value = row.exact[metric]
        if 0 <= row.days_post_session <= LAST_JOURNEY_DAY and value is not None:
            values[row.days_post_session // 7].append(value)
    return {
        week: _mean(values[week])
        for week in sorted(values)
        if len(values[week]) >= LEAST_OBSERVED_DAYS
    }


def regression(
    weeks: Sequence[int], exposures: Sequence[int], outcomes: Sequence[Fraction]
) -> tuple[Fraction, Fraction | None]:
    """Return the exposure's coefficient of outcome ~ 1 + week + exposure and its 95 % margin.

    By the normal equations. Where nothing is left over there is no margin.
    """
    rows = [(1, week, exposure) for week, exposure in zip(weeks, exposures, strict=True)]
    moments = [[sum(Fraction(row[i] * row[j]) for row in rows) for j in range(3)] for i in range(3)]
    products = [
        sum((row[i] * y for row, y in zip(rows, outcomes, strict=True)), Fraction(0))
        for i in range(3)
    ]
    whole = _determinant(moments)
    coefficients = [
        _determinant(
            [[*row[:i], y, *row[i + 1 :]] for row, y in zip(moments, products, strict=True)]
        )
        / whole
        for i in range(3)
    ]
    left_over = sum(
        (y - sum(c * x for c, x in zip(coefficients, row, strict=True))) ** 2
        for row, y in zip(rows, outcomes, strict=True)
    )
    if not left_over:
        return coefficients[2], None
    freedom = len(rows) - 3
    minor = moments[0][0] * moments[1][1] - moments[0][1] * moments[1][0]
    variance = Fraction(left_over) / freedom * minor / whole
    return coefficients[2], Fraction(student_t_975(freedom)) * root(variance)


def permutation_p(
    report: Sequence[Fraction], metric: Sequence[Fraction], discount_square: Fraction
) -> Fraction:
    """Return p: the metric's residuals change weeks, the report's stay.

    The observed sum counts divided by the discount; squares are compared.
    """
    fixed, moved = _whole(report), _whole(metric)
    observed = sum(map(int.__mul__, fixed, moved)) ** 2 * discount_square.denominator
    as_extreme = sum(
        sum(fixed[week] * value for week, value in zip(order, moved, strict=True)) ** 2
        * discount_square.numerator
        >= observed
        for order in orders(len(moved))
    )
    return Fraction(1 + as_extreme, 1 + PERMUTATIONS)


@cache
def orders(n: int) -> list[list[int]]:
    """Return the permutations of n weeks, from 0: by the hash of seed, permutation and place."""
    return [
        sorted(range(n), key=lambda i: md5(f"1:{number}:{i + 1}".encode()).digest())  # noqa: S324, no secret
        for number in range(1, PERMUTATIONS + 1)
    ]


def judged(family: Sequence[BehaviorTest]) -> list[Association]:
    """Return the tests of one patient with q and verdict of Benjamini and Hochberg (1995)."""
    ascending = sorted(family, key=lambda test: test.p_value)
    m = len(ascending)
    # The step-up rule itself, beside the adjusted values that must say the same.
    passed = [
        rank
        for rank, test in enumerate(ascending, start=1)
        if test.p_value <= FALSE_DISCOVERY_RATE * rank / m
    ]
    limit = ascending[passed[-1] - 1].p_value if passed else Fraction(-1)
    found, q = [], Fraction(1)
    for rank, test in reversed(list(enumerate(ascending, start=1))):
        q = min(q, test.p_value * m / rank)
        found.append(
            Association(
                test.session_id,
                test.change_type,
                test.metric,
                test.weeks_with,
                test.weeks_without,
                rounded(test.difference, 4),
                None if test.margin is None else rounded(test.difference - test.margin, 4),
                None if test.margin is None else rounded(test.difference + test.margin, 4),
                rounded(test.p_value, 6),
                rounded(q, 6),
                m,
                PERMUTATIONS,
                rounded(test.report_memory, 4),
                rounded(test.metric_memory, 4),
                rounded(root(test.discount_square), 4),
                rounded(root(test.widening_square), 4),
                test.p_value <= limit,
            )
        )
    return found


def _residuals(weeks: Sequence[int], values: Sequence[Fraction]) -> list[Fraction]:
    """Return what the least-squares line on the week leaves over."""
    middle, level = _mean([Fraction(week) for week in weeks]), _mean(values)
    spread = sum((week - middle) ** 2 for week in weeks)
    together = sum((w - middle) * (v - level) for w, v in zip(weeks, values, strict=True))
    slope = together / spread
    return [v - level - slope * (w - middle) for w, v in zip(weeks, values, strict=True)]


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def _whole(values: Sequence[Fraction]) -> list[int]:
    common = math.lcm(*(value.denominator for value in values))
    return [int(value * common) for value in values]


def _determinant(m: Sequence[Sequence[Fraction]]) -> Fraction:
    return (
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
        - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    )
