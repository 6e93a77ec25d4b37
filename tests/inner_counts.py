"""The counts behind `published`, before anything is withheld, under the names of `deductions`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container
from typing import Any

from deductions import BASELINE, LEAST_BASELINE_DAYS, WINDOWS

Rows = Callable[[str], list[tuple[Any, ...]]]


def inner_counts(rows: Rows, sessions: Container[Any], is_answer: str = "true") -> Counter[str]:
    """Count the sessions out of `sessions`; a day is answered where `is_answer` is true of it."""
    counts: Counter[str] = Counter()
    last_days = {}
    for session, elapsed in rows("select session_id, days_elapsed from marts.dim_sessions"):
        if session in sessions:
            last_days[session] = elapsed
            counts.update(f"r{day}" for day in range(min(elapsed, 180) + 1))
    observed = defaultdict(set)
    for session, day in rows(
        f"select session_id, days_post_session from intermediate.int_pulse_days where {is_answer}"
    ):
        if session in sessions and 0 <= day <= min(last_days[session], 180):
            observed[session].add(day)
    for days in observed.values():
        counts.update(f"x{day}" for day in days)
        counts.update(f"n{week}" for week in {day // 7 for day in days})
        counts["with_baseline"] += len(days & {*BASELINE}) >= LEAST_BASELINE_DAYS
    for day in range(1, 181):
        counts[f"expected{day // 7}"] += counts[f"r{day}"]
        counts[f"observed{day // 7}"] += counts[f"x{day}"]
    for week in range(26):
        counts[f"patients{week}"] = counts[f"r{max(1, 7 * week)}"]
        counts[f"missed{week}"] = counts[f"expected{week}"] - counts[f"observed{week}"]
    counts.update(_of_the_rules(rows, sessions))
    scored = "select session_id, outcome_window_days, reliable_change_class, baseline_score >= 10 "
    for session, window, change, is_case in rows(
        f"{scored} from marts.fct_assessments "
        "where instrument = 'PHQ-9' and outcome_window_days is not null"
    ):
        if session in sessions and last_days[session] >= WINDOWS[window][1]:
            counts[f"scored{window}"] += 1
            counts[f"with_change{window}"] += change != "not_computable"
            counts[f"deteriorated{window}"] += change == "reliable_deterioration"
            counts[f"improved{window}"] += change == "reliable_improvement"
            counts[f"eligible_observed{window}"] += bool(is_case)
    return counts


def _of_the_rules(rows: Rows, sessions: Container[Any]) -> Counter[str]:
    watched = set()
    for session, rule, first, last, is_fired in rows(
        "select session_id, rule, first_day, last_day, is_fired from intermediate.int_review_spans"
    ):
        if session in sessions:
            for week in range(first // 7, last // 7 + 1):
                watched.add((session, f"{rule}{week}"))
                watched |= {(session, f"{rule}_flagged{week}")} if is_fired else set()
    return Counter(name for _, name in watched)
