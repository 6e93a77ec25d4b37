"""Pattern changes to review, once more in plain Python: see `reference`.

Day by day: the smoothed composite as a recursion, silence by looking back from every day. Whether a
value is below its limit is decided on squares of fractions, without any root or rounding.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

from reference import (
    LAST_JOURNEY_DAY,
    Id,
    IntegrationSession,
    PulseDay,
    Session,
)
from reference_adherence import Adherence
from reference_outcomes import INSTRUMENTS, WINDOWS, Assessment
from reference_statistics import rounded
from reference_trends import TrendRow

Figures = tuple[int | None, int | None, int | None, Decimal | None]

NEWEST = Fraction(1, 10)
DEVIATIONS = 3
LEAST_VARIANCE = Fraction(1, 4) ** 2
BASELINE = range(8, 36)
LEAST_BASELINE_DAYS = 14
IN_A_ROW = 3
LONGEST_GAP = 7
# The first day on which each rule is looked at.
FIRST_DAYS = {"pattern_change": 36, "silence": 8, "phq9_worsening": 1, "gad7_worsening": 1}


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


@dataclass(frozen=True)
class Flag:
    """The columns of fct_review_flags, in its order."""

    session_id: Id
    rule: str
    first_fired_day: int
    last_fired_day: int
    fired_count: int
    baseline_value: Decimal | None
    baseline_standard_deviation: Decimal | None
    baseline_days: int | None
    limit_value: Decimal
    observed_value: Decimal
    observed_pulse_checks: int
    due_pulse_checks: int
    is_current: bool


@dataclass(frozen=True)
class FlagWeek:
    """The columns of rpt_review_flags, in its order."""

    rule: str
    week_post_session: int
    patients: int | None
    sessions_under_watch: int | None
    sessions_flagged: int | None
    flagged_pct: Decimal | None
    is_due: bool
    is_withheld: bool
    is_share_withheld: bool


def looked_at(
    session: Session,
    days: Sequence[PulseDay],
    judged: Sequence[Assessment],
    rows: Iterable[IntegrationSession],
    as_of: date,
) -> dict[str, list[Looked]]:
    """Return by rule, in order, each time it was looked at on days 0 to 180 up to `as_of`."""
    last = min((as_of - session.session_day).days, LAST_JOURNEY_DAY)
    composites = {
        row.days_post_session: composite
        for row in days
        if 0 <= row.days_post_session <= last and (composite := row.exact["composite"]) is not None
    }
    observed = {row.days_post_session for row in days}
    written = {row.integration_session_id: row.created_at for row in rows}
    in_order = sorted(judged, key=lambda one: str(one.integration_session_id).lower(), reverse=True)
    in_order.sort(key=lambda one: (one.days_post_session, written[one.integration_session_id]))
    return {
        "pattern_change": _pattern_changes(composites),
        "silence": _silences(observed, last),
        "phq9_worsening": _worsenings(in_order, "PHQ-9"),
        "gad7_worsening": _worsenings(in_order, "GAD-7"),
    }


def _pattern_changes(composites: Mapping[int, Fraction]) -> list[Looked]:
    before = [composites[day] for day in BASELINE if day in composites]
    n = len(before)
    if n < LEAST_BASELINE_DAYS:
        return []
    mean = sum(before, Fraction(0)) / n
    spread = sum(((value - mean) ** 2 for value in before), Fraction(0)) / (n - 1)
    variance = max(spread, LEAST_VARIANCE)
    smoothed, in_a_row, found = mean, 0, []
    later = [day for day in sorted(composites) if day > BASELINE[-1]]
    for number, day in enumerate(later, start=1):
        smoothed = (1 - NEWEST) * smoothed + NEWEST * composites[day]
        share = NEWEST / (2 - NEWEST) * (1 - (1 - NEWEST) ** (2 * number))
        square = DEVIATIONS**2 * variance * share
        is_below = smoothed < mean and (mean - smoothed) ** 2 > square
        in_a_row = in_a_row + 1 if is_below else 0
        limit = mean - _root(square)
        found.append(Looked(day, in_a_row >= IN_A_ROW, mean, variance, n, limit, smoothed))
    return found


def _silences(observed: Iterable[int], last: int) -> list[Looked]:
    found = []
    for day in range(FIRST_DAYS["silence"], last + 1):
        since = day - max([0, *(seen for seen in observed if seen <= day)])
        fired = since > LONGEST_GAP
        found.append(Looked(day, fired, None, None, None, Fraction(LONGEST_GAP), Fraction(since)))
    return found


def _worsenings(judged: Sequence[Assessment], instrument: str) -> list[Looked]:
    found = []
    for one in judged:
        if one.instrument != instrument or not 1 <= one.days_post_session <= LAST_JOURNEY_DAY:
            continue
        if one.score is None or one.baseline_score is None:
            continue
        found.append(
            Looked(
                one.days_post_session,
                one.reliable_change_class == "reliable_deterioration",
                Fraction(one.baseline_score),
                None,
                None,
                Fraction(one.baseline_score + (INSTRUMENTS[instrument].reliable_change or 0)),
                Fraction(one.score),
            )
        )
    return found


def flags(
    session: Session,
    looked: Mapping[str, Sequence[Looked]],
    adherence: Adherence,
    as_of: date,
) -> list[Flag]:
    """Return one row for each rule that fired."""
    found = []
    for rule, times in looked.items():
        fired = [one for one in times if one.fired]
        if not fired:
            continue
        first = fired[0]
        found.append(
            Flag(
                session.session_id,
                rule,
                first.day,
                fired[-1].day,
                len(fired),
                None if first.baseline is None else rounded(first.baseline, 4),
                None if first.variance is None else rounded(_root(first.variance), 4),
                first.baseline_days,
                rounded(first.limit, 4),
                rounded(first.observed, 4),
                min(adherence.pulse_checks_done, adherence.pulse_checks_due),
                adherence.pulse_checks_due,
                times[-1].fired and (as_of - session.session_day).days <= LAST_JOURNEY_DAY,
            )
        )
    return found


def flag_weeks(
    sessions: Sequence[Session],
    looked: Mapping[Id, Mapping[str, Sequence[Looked]]],
    as_of: date,
    min_cell: int = 11,
    closed: Container[tuple[str, int]] = (),
    without_flags: Container[tuple[str, int]] = (),
) -> list[FlagWeek]:
    """Return every rule and week 0 to 25: sessions under watch, and those flagged.

    Of some rules and weeks other tables forbid to tell anything, or how many are flagged.
    """
    ends = [min((as_of - session.session_day).days, LAST_JOURNEY_DAY) for session in sessions]
    found = []
    for rule, first in FIRST_DAYS.items():
        for week in range(LAST_JOURNEY_DAY // 7 + 1):
            days = [day for day in range(7 * week, 7 * week + 7) if day >= first]
            is_due = any(day <= end for day in days for end in ends)
            flagged: list[str] = []
            others: list[str] = []
            for session in sessions:
                times = [one for one in looked[session.session_id][rule] if one.day in days]
                if times:
                    where = flagged if any(one.fired for one in times) else others
                    where.append(str(session.patient_id).lower())
            figures: Figures = 0, 0, 0, None
            if is_due and (rule, week) in closed:
                figures = None, None, None, None
            elif is_due:
                figures = _figures(flagged, others, min_cell, (rule, week) in without_flags)
            withheld = figures[0] is None, figures[2] is None
            found.append(FlagWeek(rule, week, *figures, is_due, *withheld))
    return found


def _figures(
    flagged: list[str], others: list[str], min_cell: int, is_share_withheld: bool
) -> Figures:
    patients, watched = len({*flagged, *others}), len(flagged) + len(others)
    if patients <= min_cell:
        return None, None, None, None
    if is_share_withheld or min(len(set(flagged)), len(set(others))) <= min_cell:
        return patients, watched, None, None
    return patients, watched, len(flagged), rounded(Fraction(100 * len(flagged), watched), 2)


def told_elsewhere(
    trends: Iterable[TrendRow], outcomes: Mapping[tuple[str, int], Sequence[object]]
) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """Return the rules and weeks of which other tables forbid to tell anything, and the flags."""
    quiet = set(range(LAST_JOURNEY_DAY // 7 + 1))
    quiet -= {row.period for row in trends if not row.is_withheld}
    without_flags = {("silence", week + later) for week in quiet for later in (0, 1)}
    closed = set()
    for rule, instrument in (("phq9_worsening", "PHQ-9"), ("gad7_worsening", "GAD-7")):
        for day in range(1, LAST_JOURNEY_DAY + 1):
            (window,) = (w for w, (first, last) in WINDOWS.items() if first <= day <= last)
            # The last columns say whether those compared, improved and deteriorated are withheld.
            is_closed, _, is_without = outcomes[instrument, window][-3:]
            closed |= {(rule, day // 7)} if is_closed else set()
            without_flags |= {(rule, day // 7)} if is_without else set()
    return closed, without_flags


def _root(value: Fraction) -> Fraction:
    """Return the square root to 60 digits."""
    with localcontext(prec=60):
        return Fraction((Decimal(value.numerator) / Decimal(value.denominator)).sqrt())
