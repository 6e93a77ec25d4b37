"""The counts behind `published`, before anything is withheld, under the names of `deductions`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from reference_outcomes import WINDOWS
from reference_rules import BASELINE, LEAST_BASELINE_DAYS

Rows = Callable[[str], list[tuple[Any, ...]]]


def counts_by_session(rows: Rows, is_answer: str = "true") -> dict[Any, Counter[str]]:
    """What each session counts for: 1 or 0, but in sums of days.

    A day is answered where `is_answer` is true of it.
    """
    last_days = dict(rows("select session_id, days_elapsed from marts.dim_sessions"))
    answered = defaultdict(set)
    for session, day in rows(
        f"select session_id, days_post_session from intermediate.int_pulse_days where {is_answer}"
    ):
        if 0 <= day <= min(last_days[session], 180):
            answered[session].add(day)
    found = {
        session: _of_the_days(min(last, 180), answered[session])
        for session, last in last_days.items()
    }
    for session, rule, number, first, last, is_fired in rows(
        "select session_id, rule, span_number, first_day, last_day, is_fired "
        "from intermediate.int_review_spans order by session_id, rule, span_number"
    ):
        counts = found[session]
        for week in range(first // 7, last // 7 + 1):
            counts[f"{rule}{week}"] = 1
            counts[f"{rule}_flagged{week}"] |= is_fired
            if rule.endswith("worsening"):
                counts[f"{rule}_first_{week}"] = int(number == 1)
                counts[f"{rule}_later_{week}"] = int(number > 1)
            else:
                due = min(last_days[session], 180)
                done = min(len(answered[session]), due)
                tenths = max(1, (20 * done + due) // (2 * due))
                counts[f"{rule}_answered{tenths}_{week}"] = 1
    for session, window, change, baseline in rows(
        "select session_id, outcome_window_days, reliable_change_class, baseline_score "
        "from marts.fct_assessments "
        "where instrument = 'PHQ-9' and outcome_window_days is not null"
    ):
        if last_days[session] >= WINDOWS[window][1]:
            found[session] |= {
                f"scored{window}": 1,
                f"eligible_observed{window}": int((baseline or 0) >= 10),
                f"with_change{window}": int(change != "not_computable"),
                f"deteriorated{window}": int(change == "reliable_deterioration"),
                f"improved{window}": int(change == "reliable_improvement"),
            }
    return found


def _of_the_days(last: int, answered: set[int]) -> Counter[str]:
    counts = Counter(f"r{day}" for day in range(last + 1))
    counts.update(f"x{day}" for day in answered)
    counts.update({f"n{day // 7}" for day in answered})
    counts["with_baseline"] = int(len(answered & {*BASELINE}) >= LEAST_BASELINE_DAYS)
    for day in range(1, last + 1):
        counts[f"patients{day // 7}"] = 1
        counts[f"expected{day // 7}"] += 1
        counts[f"{'observed' if day in answered else 'missed'}{day // 7}"] += 1
    return counts
