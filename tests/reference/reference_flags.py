"""What rules that ask for a review flag, once more in plain Python: see `reference`."""

from __future__ import annotations

import csv
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from reference import LAST_JOURNEY_DAY, Id, Session
from reference_adherence import Adherence
from reference_ends import End, last_day
from reference_outcomes import WINDOWS
from reference_precision import count, share_of, steps_of
from reference_rules import FIRST_DAYS, Looks, root
from reference_statistics import rounded
from reference_trends import TrendRow

Figures = tuple[int | None, int | None, int | None, Decimal | None, int | None]

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
# Later scores count as this one.
LAST_SCORE = 30


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
    chance_by_now_pct: Decimal
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
    sessions_flagged_by_chance: int | None
    is_due: bool
    is_withheld: bool
    is_share_withheld: bool


@cache
def chances() -> dict[tuple[str, int, int, int], tuple[Decimal, Decimal]]:
    """Return by rule, level, tenth and week, or number of the score, the chances by then and then.

    Those of scores know no level and no tenth: both are 0.
    """
    found = {}
    with (SEEDS / "ref_chance_by_week.csv").open() as file:
        for row in csv.DictReader(file):
            level, tenths, week = (
                int(row[name])
                for name in ("false_alarm_pct", "answered_tenths", "week_post_session")
            )
            both = Decimal(row["flagged_by_pct"]), Decimal(row["flagged_in_pct"])
            found[row["rule"], level, tenths, week] = both
    with (SEEDS / "ref_chance_by_score.csv").open() as file:
        for row in csv.DictReader(file):
            both = Decimal(row["flagged_by_pct"]), Decimal(row["flagged_at_pct"])
            found[row["rule"], 0, 0, int(row["score_number"])] = both
    return found


def chance(
    rule: str, level: int, adherence: Adherence, week: int, scores: int
) -> tuple[Decimal, Decimal]:
    """Return the share of unchanged people who are flagged by the week or score, and in it."""
    if rule.endswith("worsening"):
        return chances()[rule, 0, 0, min(scores, LAST_SCORE)]
    days = adherence.pulse_checks_due
    if rule == "silence":
        # Up to the last pulse check: whoever stops has not always answered little.
        days = max(1, days - (adherence.days_since_last_pulse_check or 0))
    tenths = rounded(Fraction(10 * adherence.pulse_checks_done, days), 0)
    return chances()[rule, level, min(10, max(1, int(tenths))), week]


def flags(
    session: Session,
    looked: Looks,
    adherence: Adherence,
    as_of: date,
    level: int = 20,
    end: End | None = None,
) -> list[Flag]:
    """Return one row for each rule that fired."""
    found = []
    days_so_far = (as_of - session.session_day).days
    week = last_day(end, days_so_far) // 7
    is_over = days_so_far > LAST_JOURNEY_DAY or (end is not None and end.day <= LAST_JOURNEY_DAY)
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
                None if first.variance is None else rounded(root(first.variance), 4),
                first.baseline_days,
                rounded(first.limit, 4),
                rounded(first.observed, 4),
                min(adherence.pulse_checks_done, adherence.pulse_checks_due),
                adherence.pulse_checks_due,
                chance(rule, level, adherence, week, len(times))[0],
                times[-1].fired and not is_over,
            )
        )
    return found


def flag_weeks(
    sessions: Sequence[Session],
    looked: Mapping[Id, Looks],
    adherences: Mapping[Id, Adherence],
    as_of: date,
    min_cell: int = 11,
    closed: Container[tuple[str, int]] = (),
    without_flags: Container[tuple[str, int]] = (),
    level: int = 20,
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
            by_chance = Decimal(0)
            for session in sessions:
                all_times = looked[session.session_id][rule]
                times = [one for one in all_times if one.day in days]
                if times:
                    where = flagged if any(one.fired for one in times) else others
                    where.append(str(session.patient_id).lower())
                    scores = 1 + max(n for n, one in enumerate(all_times) if one in times)
                    of_session = adherences[session.session_id]
                    by_chance += chance(rule, level, of_session, week, scores)[1] / 100
            figures: Figures = 0, 0, 0, None, 0
            if is_due and (rule, week) in closed:
                figures = None, None, None, None, None
            elif is_due:
                figures = _figures(
                    flagged, others, by_chance, min_cell, (rule, week) in without_flags
                )
            withheld = figures[0] is None, figures[2] is None
            found.append(FlagWeek(rule, week, *figures, is_due, *withheld))
    return found


def _figures(
    flagged: list[str],
    others: list[str],
    by_chance: Decimal,
    min_cell: int,
    is_share_withheld: bool,
) -> Figures:
    patients, watched = len({*flagged, *others}), len(flagged) + len(others)
    if patients <= min_cell:
        return None, None, None, None, None
    if is_share_withheld or min(len(set(flagged)), len(set(others))) <= min_cell:
        return count(patients, min_cell), count(watched, min_cell), None, None, None
    share = share_of(len(flagged), watched, min_cell, steps_of(patients).share)
    counts = (count(number, min_cell) for number in (patients, watched, len(flagged)))
    of_each = Fraction(by_chance) / watched
    return *counts, share, int(rounded(of_each * count(watched, min_cell), 0))


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
