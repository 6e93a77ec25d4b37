"""The counts behind `published`, before anything is withheld, under the names of `known_relations`.

Those of all patients are the cells. Those of one session are no cell: they are read from what the
cells are made of. Counted here: how far sessions have come, baselines, what chance goes by.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from reference_changes import FIRST_MONTH
from reference_rules import BASELINE, LEAST_BASELINE_DAYS

Rows = Callable[[str], list[tuple[Any, ...]]]

# The last day of a session up to as_of: of its journey (r), and of the calendar (c).
JOURNEY = """
    case
        when ended_days_post_session is null then least(days_elapsed, 180)
        else greatest(ended_days_post_session - 1, 0)
    end
"""
CALENDAR = "least(days_elapsed, 180)"

# Each query returns what follows the name (the day, the week, the window), and then the counts.
CELLS = {
    ("x",): "select days_post_session, patients from intermediate.cell_pulse_days "
    "where metric = 'mood'",
    ("n",): "select week_post_session, patients from intermediate.cell_pulse_weeks "
    "where metric = 'mood'",
    ("same",): "select week_post_session, patients from intermediate.cell_pulse_changes "
    "where metric = 'mood'",
    ("still",): "select week_post_session, still_answering from intermediate.cell_attrition_weeks",
    ("patients", "expected", "observed", "missed"): "select week_post_session, patients, "
    "expected_days, observed_days, missed_days from intermediate.cell_compliance_weeks",
    ("scored", "eligible", "eligible_observed", "with_change"): ""
    "select outcome_window_days, patients, eligible, eligible_observed, with_change "
    "from intermediate.cell_assessment_outcomes where instrument = 'PHQ-9'",
    ("deteriorated", "improved", "responders", "remitted"): ""
    "select outcome_window_days, reliably_deteriorated, reliably_improved, responders, remitted "
    "from intermediate.cell_assessment_outcomes "
    "where instrument = 'PHQ-9'",
    ("with_baseline", "eligible_important", "eligible_improved", "recovered"): ""
    "select outcome_window_days, with_baseline, eligible_important, eligible_improved, recovered "
    "from intermediate.cell_outcome_changes where instrument = 'PHQ-9'",
    ("at_risk", "events"): "select outcome_window_days, at_risk, events "
    "from intermediate.cell_outcome_curves where instrument = 'PHQ-9' and event = 'response'",
}


def counts_of_all(rows: Rows) -> Counter[str]:
    """Of patients with one session each, who answer all questions of a check."""
    found = Counter[str]()
    for names, query in CELLS.items():
        for suffix, *numbers in rows(query):
            found.update({f"{n}{suffix}": k for n, k in zip(names, numbers, strict=True)})
    for rule, week, patients, flagged in rows(
        "select rule, week_post_session, patients, flagged_patients "
        "from intermediate.cell_review_weeks"
    ):
        found.update({f"{rule}{week}": patients, f"{rule}_flagged{week}": flagged})
    for name, last_days in (("r", JOURNEY), ("c", CALENDAR)):
        for last in _last_days(rows, last_days).values():
            found.update(f"{name}{day}" for day in range(last + 1))
    found["with_baseline"] = sum(map(_has_baseline, _answered_days(rows).values()))
    (found["early"],) = rows("select count(*) from intermediate.int_first_months")[0]
    for week, answer, gave, other, between in rows(
        "select week_post_session, answer, patients_who_gave_it, patients_who_gave_another, "
        "patients_between from intermediate.cell_pulse_extremes where question = 'mood'"
    ):
        found.update({f"gave{answer}_in{week}": gave, f"other_than{answer}_in{week}": other})
        found[f"between_in{week}"] = between
    for week, last, patients in rows(
        "select week_post_session, last_answered_week, patients "
        "from intermediate.cell_pulse_leaving where last_answered_week between 0 "
        "and week_post_session - 1"
    ):
        found.update({f"left{since}_{week}": patients for since in range(last + 1)})
    for counts in _what_chance_goes_by(rows).values():
        found.update(counts)
    return found


def counts_by_session(rows: Rows, is_answer: str = "true") -> dict[Any, Counter[str]]:
    """What each session counts for: 1 or 0, but in sums of days.

    A day is answered where `is_answer` is true of it.
    """
    answered, gave = _answered_days(rows, is_answer), _ends_of_the_scale(rows)
    found: dict[Any, Counter[str]] = {}
    by_calendar = _last_days(rows, CALENDAR)
    for session, last in _last_days(rows).items():
        counts = Counter(f"r{day}" for day in range(last + 1))
        counts.update(f"c{day}" for day in range(by_calendar[session] + 1))
        counts.update(f"x{day}" for day in answered[session])
        counts.update({f"n{day // 7}" for day in answered[session]})
        counts["with_baseline"] = int(_has_baseline(answered[session]))
        counts.update(_who_left(answered[session], last))
        counts.update(gave[session])
        if not answered[session].isdisjoint(FIRST_MONTH):
            counts["early"] = 1
            counts.update({f"same{day // 7}" for day in answered[session] if day >= 35})
        found[session] = counts
    for session, week, due, observed in rows(
        "select session_id, week_post_session, due_days, observed_days "
        "from intermediate.int_session_weeks where due_days > 0"
    ):
        found[session] |= {
            f"patients{week}": 1,
            f"expected{week}": due,
            f"observed{week}": observed,
            f"missed{week}": due - observed,
        }
    for session, rule, week, is_flagged in rows(
        "select session_id, rule, week_post_session, is_flagged from intermediate.int_review_weeks"
    ):
        found[session] |= {f"{rule}{week}": 1, f"{rule}_flagged{week}": int(is_flagged)}
    for session, window, is_eligible, better, score in rows(
        "select session_id, outcome_window_days, is_eligible, baseline_score - score, score "
        "from intermediate.int_outcome_windows "
        "where instrument = 'PHQ-9' and baseline_score is not null"
    ):
        is_better = [is_eligible and better is not None and better >= least for least in (5, 6)]
        found[session] |= {
            f"with_baseline{window}": 1,
            f"eligible{window}": int(is_eligible),
            f"eligible_important{window}": int(is_better[0]),
            f"eligible_improved{window}": int(is_better[1]),
            f"recovered{window}": int(is_better[1] and score < 10),
        }
    for session, window, followed, has_event in rows(
        "select c.session_id, w.outcome_window_days, c.followed_window_days, c.has_event "
        "from intermediate.int_outcome_courses as c "
        "inner join intermediate.int_outcome_windows as w "
        "on c.session_id = w.session_id and c.instrument = w.instrument "
        "where c.instrument = 'PHQ-9' and c.event = 'response' "
        "and w.outcome_window_days <= c.followed_window_days and w.outcome_window_days > 7"
    ):
        found[session] |= {
            f"at_risk{window}": 1,
            f"events{window}": int(has_event and window == followed),
        }
    for session, window, change, response, remission, is_eligible in rows(
        "select session_id, outcome_window_days, reliable_change_class, response_class, "
        "remission_class, is_eligible from intermediate.int_outcome_windows "
        "where instrument = 'PHQ-9' and score is not null and baseline_score is not null"
    ):
        found[session] |= {
            f"scored{window}": 1,
            f"eligible_observed{window}": int(is_eligible),
            f"with_change{window}": int(change != "not_computable"),
            f"deteriorated{window}": int(change == "reliable_deterioration"),
            f"improved{window}": int(change == "reliable_improvement"),
            f"responders{window}": int(response == "response"),
            f"remitted{window}": int(remission == "remission"),
        }
    for session, counts in _what_chance_goes_by(rows).items():
        found[session].update(counts)
    return found


def _ends_of_the_scale(rows: Rows) -> dict[Any, Counter[str]]:
    """Whether somebody gave the lowest, the highest or another answer in a week."""
    found: dict[Any, Counter[str]] = defaultdict(Counter)
    for session, week, mood in rows(
        "select distinct session_id, days_post_session / 7, mood_level "
        "from intermediate.int_journey_pulse_days where mood_level is not null"
    ):
        for answer in (1, 5):
            side = "gave" if mood == answer else "other_than"
            found[session][f"{side}{answer}_in{week}"] = 1
        if 1 < mood < 5:
            found[session][f"between_in{week}"] = 1
    return found


def _who_left(answered: set[int], elapsed: int) -> Counter[str]:
    """In which weeks that are over somebody still answers, and since when no more."""
    found = Counter[str]()
    last = max((day // 7 for day in answered if 0 < day <= elapsed), default=-1)
    for week in range(26):
        if elapsed >= min(7 * week + 6, 180):
            found[f"still{week}"] = int(last >= week)
            found.update(f"left{since}_{week}" for since in range(last + 1) if last < week)
    return found


def _what_chance_goes_by(rows: Rows) -> dict[Any, Counter[str]]:
    """Of each session and week: tenths of days answered; whether a score is the first."""
    last_days = _last_days(rows)
    answered = _answered_days(rows)
    found: dict[Any, Counter[str]] = defaultdict(Counter)
    for session, rule, number, first, last in rows(
        "select session_id, rule, span_number, first_day, last_day "
        "from intermediate.int_review_spans order by session_id, rule, span_number"
    ):
        due = last_days[session]
        done = min(len(answered[session]), due)
        tenths = _tenths(done, due)
        for week in range(first // 7, last // 7 + 1):
            if rule.endswith("worsening"):
                found[session][f"{rule}_first_{week}"] = int(number == 1)
                found[session][f"{rule}_later_{week}"] = int(number > 1)
            elif rule == "silence":
                until_last = max([1, *answered[session]])
                of_those = _tenths(len(answered[session]), until_last if answered[session] else due)
                found[session][f"silence_answered{of_those}_{week}"] = 1
                found[session][f"due_answered{tenths}_{week}"] = 1
            else:
                found[session][f"{rule}_answered{tenths}_{week}"] = 1
    return found


def _last_days(rows: Rows, last_days: str = JOURNEY) -> dict[Any, int]:
    return dict(rows(f"select session_id, {last_days} from marts.dim_sessions"))


def _tenths(done: int, days: int) -> int:
    return min(10, max(1, (20 * done + days) // (2 * days))) if days else 1


def _answered_days(rows: Rows, is_answer: str = "true") -> dict[Any, set[int]]:
    found = defaultdict(set)
    for session, day in rows(
        "select session_id, days_post_session from intermediate.int_journey_pulse_days "
        f"where {is_answer}"
    ):
        found[session].add(day)
    return found


def _has_baseline(days: set[int]) -> bool:
    return len(days & {*BASELINE}) >= LEAST_BASELINE_DAYS
