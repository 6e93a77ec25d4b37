"""Each time that a rule looks at a person, once more in plain Python: see `reference`.

Day by day: the forecasts of `drop` as a recursion in floats, the smoothed composite as a recursion,
silence by looking back from every day. Whether a smoothed value is below its limit, or a gap longer
than its own, is decided on powers of fractions, without any root, logarithm or rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache

from reference import LAST_JOURNEY_DAY, IntegrationSession, PulseDay, Session
from reference_ends import End, last_day
from reference_outcomes import Assessment
from reference_statistics import rounded

# The limits of each rule by the level of false alarms that a clinic sets, in percent.
LIMITS = {
    "drop": {10: Fraction("14.9"), 20: Fraction("13.2")},
    "below_baseline": {10: Fraction("3.8"), 20: Fraction("3.5")},
    "silence": {10: Fraction(1, 2000), 20: Fraction(1, 2000)},
    "phq9_worsening": {10: Fraction(6), 20: Fraction(6)},
    "gad7_worsening": {10: Fraction(6), 20: Fraction(6)},
}
# The first day on which each rule can be looked at.
FIRST_DAYS = {
    "drop": 22,
    "below_baseline": 36,
    "silence": 8,
    "phq9_worsening": 1,
    "gad7_worsening": 1,
}

# drop
FIRST_FORECAST_DAY = 8
LEAST_OBSERVED = 15
SLACK = 6
# below_baseline
NEWEST = Fraction(1, 10)
LEAST_VARIANCE = Fraction(1, 4) ** 2
BASELINE = range(8, 36)
LEAST_BASELINE_DAYS = 10
IN_A_ROW = 3
# silence
LEAST_GAP = 7
# worsening, of scores of different days
SCORES_RUNNING = 2


@dataclass(frozen=True)
class Looked:
    """The rule looked at on a day, and the numbers before it."""

    day: int
    fired: bool
    baseline: Fraction | None
    variance: Fraction | None
    baseline_days: int | None
    limit: Fraction
    observed: Fraction


Looks = Mapping[str, Sequence[Looked]]


def looked_at(
    session: Session,
    days: Sequence[PulseDay],
    judged: Sequence[Assessment],
    rows: Iterable[IntegrationSession],
    as_of: date,
    level: int = 20,
    end: End | None = None,
) -> dict[str, list[Looked]]:
    """Return by rule, in order, each time it was looked at on days of the journey up to `as_of`.

    Scores are looked at up to day 180, whether the journey has ended or not.
    """
    limits = {rule: by_level[level] for rule, by_level in LIMITS.items()}
    last = last_day(end, (as_of - session.session_day).days)
    composites = {
        row.days_post_session: composite
        for row in days
        if 0 <= row.days_post_session <= last and (composite := row.exact["composite"]) is not None
    }
    observed = {row.days_post_session for row in days if row.days_post_session <= last}
    written = {row.integration_session_id: row.created_at for row in rows}
    in_order = sorted(judged, key=lambda one: str(one.integration_session_id).lower(), reverse=True)
    in_order.sort(key=lambda one: (one.days_post_session, written[one.integration_session_id]))
    return {
        "drop": _drops(composites, limits["drop"]),
        "below_baseline": _below_baseline(composites, limits["below_baseline"]),
        "silence": _silences(observed, last, limits["silence"]),
        "phq9_worsening": _worsenings(in_order, "PHQ-9", limits["phq9_worsening"]),
        "gad7_worsening": _worsenings(in_order, "GAD-7", limits["gad7_worsening"]),
    }


def _drops(composites: Mapping[int, Fraction], h: Fraction) -> list[Looked]:
    level = trend = squares = shortfall = 0.0
    before = FIRST_FORECAST_DAY
    found = []
    days = [day for day in sorted(composites) if day >= FIRST_FORECAST_DAY]
    for n, day in enumerate(days, start=1):
        x = float(composites[day])
        if n == 1:
            level, trend, before = x, 0.0, day
            continue
        d = float(Fraction(98, 100) ** (day - before))
        forecast = level + trend * (1 - d) / 0.02
        error = x - forecast
        sd = math.sqrt((squares + 0.36 * 4) / (n - 2 + 4))
        level = forecast + max(0.05, 1 / n) * error
        trend = trend * d + 0.001 * error
        squares += error * error
        before = day
        if n < LEAST_OBSERVED:
            continue
        shortfall = max(0.0, shortfall - error / sd - 0.15)
        limit = h - SLACK * (1 - Fraction(n, day - 7))
        exact = _as_stored(shortfall)
        fired = rounded(exact, 12) > rounded(limit, 12)
        variance = _as_stored(sd) ** 2
        found.append(Looked(day, fired, _as_stored(forecast), variance, n - 1, limit, exact))
    return found


def _below_baseline(composites: Mapping[int, Fraction], deviations: Fraction) -> list[Looked]:
    before = [composites[day] for day in BASELINE if day in composites]
    n = len(before)
    if n < LEAST_BASELINE_DAYS:
        return []
    mean = sum(before, Fraction(0)) / n
    spread = sum(((value - mean) ** 2 for value in before), Fraction(0)) / (n - 1)
    variance = max(spread, LEAST_VARIANCE)
    smoothed, in_a_row, found = mean, 0, []
    later = [day for day in sorted(composites) if day > BASELINE[-1]]
    for k, day in enumerate(later, start=1):
        smoothed = (1 - NEWEST) * smoothed + NEWEST * composites[day]
        left = (1 - NEWEST) ** k
        share = NEWEST / (2 - NEWEST) * (1 - left**2) + (1 - left) ** 2 / n
        square = deviations**2 * variance * share
        is_below = smoothed < mean and (mean - smoothed) ** 2 > square
        in_a_row = in_a_row + 1 if is_below else 0
        limit = mean - root(square)
        found.append(Looked(day, in_a_row >= IN_A_ROW, mean, variance, n, limit, smoothed))
    return found


def _silences(observed: Iterable[int], last: int, chance: Fraction) -> list[Looked]:
    found = []
    seen = sorted({0, *(day for day in observed if day > 0)})
    for day in range(FIRST_DAYS["silence"], last + 1):
        so_far = [one for one in seen if one <= day]
        since = day - so_far[-1]
        limit = longest_gap(len(so_far), so_far[-1] + 1, chance)
        fired = since > limit
        found.append(Looked(day, fired, None, None, None, Fraction(limit), Fraction(since)))
    return found


@cache
def longest_gap(answered: int, days: int, chance: Fraction) -> int:
    """Return the fewest days, from 7 on, that are missed running with at most the chance."""
    missed, gap = 1 - Fraction(answered, days), LEAST_GAP
    while missed**gap > chance:
        gap += 1
    return gap


def _worsenings(judged: Sequence[Assessment], instrument: str, points: Fraction) -> list[Looked]:
    # In order of writing: of a day the score that was written last stays.
    of_days: dict[int, tuple[int, int]] = {}
    for one in judged:
        if one.instrument != instrument or not 1 <= one.days_post_session <= LAST_JOURNEY_DAY:
            continue
        if one.score is not None and one.baseline_score is not None:
            of_days[one.days_post_session] = one.score, one.baseline_score
    found: list[Looked] = []
    running = 0
    for day, (score, baseline) in sorted(of_days.items()):
        limit = baseline + points
        running = running + 1 if score >= limit else 0
        fired = running >= SCORES_RUNNING
        found.append(Looked(day, fired, Fraction(baseline), None, None, limit, Fraction(score)))
    return found


def _as_stored(value: float) -> Fraction:
    """Return what PostgreSQL makes of a binary fraction that is to be a decimal one."""
    return Fraction(f"{value:.15g}")


def root(value: Fraction) -> Fraction:
    """Return the square root to 60 digits."""
    with localcontext(prec=60):
        return Fraction((Decimal(value.numerator) / Decimal(value.denominator)).sqrt())
