"""What the definitions say of the counts of any population, as inequalities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from known_changes import relations_between, relations_of_changes
from known_curves import relations_of_curves, relations_without_ends
from reference_outcomes import WINDOWS
from reference_rules import BASELINE, FIRST_DAYS, LEAST_BASELINE_DAYS, LEAST_OBSERVED

# GAD-7 is counted and withheld as PHQ-9 is.
RULES = ("drop", "below_baseline", "silence", "phq9_worsening")
TENTHS = range(1, 11)

# By name: x13 answer on day 13, r13 have come to it in their journey and c13 by the calendar; n2
# answer in week 2, same5 in week 5 and in weeks 1 to 4; silence2 are under
# watch then and silence_flagged2 of them flagged; with_change7 are compared in the window of 7.
Counts = Mapping[str, int]
# The sum of coefficient times count is at most the number.
Inequality = tuple[Mapping[str, int], int]


def days_of(week: int) -> range:
    return range(7 * week, min(7 * week + 6, 180) + 1)


def rules_of(week: int) -> list[str]:
    return [rule for rule in RULES if FIRST_DAYS[rule] <= days_of(week)[-1]]


def windows_within(weeks: int) -> list[int]:
    """The outcome windows that end within the weeks."""
    return [window for window, (_, end) in WINDOWS.items() if end <= days_of(weeks - 1)[-1]]


def _equal(left: Mapping[str, int], number: int = 0) -> list[Inequality]:
    return [(left, number), ({name: -weight for name, weight in left.items()}, -number)]


def _at_most(lesser: str, *greater: str) -> Inequality:
    return {lesser: 1} | dict.fromkeys(greater, -1), 0


def relations(weeks: int) -> Iterator[Inequality]:
    """What the definitions say of the first `weeks` weeks of any population."""
    for of_one_subject in (
        of_the_checks,
        of_changes,
        of_attrition,
        of_the_scale,
        of_silence,
        of_drop,
        of_below_baseline,
        of_shares,
        of_worsening,
        of_outcome_changes,
        of_curves,
        of_one_assessment,
        of_no_ends,
    ):
        yield from of_one_subject(weeks)


def of_no_ends(weeks: int) -> Iterator[Inequality]:
    """Where no journey ends early: the most that a reader can know of how far all have come.

    Scores count by the calendar, pulse checks up to the end of the journey.
    """
    for day in range(days_of(weeks - 1)[-1] + 1):
        yield from _equal({f"c{day}": 1, f"r{day}": -1})
    for window in windows_within(weeks):
        yield from relations_without_ends(window)


def of_the_checks(weeks: int) -> Iterator[Inequality]:
    for earlier, later in pairwise(range(days_of(weeks - 1)[-1] + 1)):
        yield _at_most(f"r{later}", f"r{earlier}")
    for week in range(weeks):
        days = days_of(week)
        due = [day for day in days if day > 0]
        yield from _equal({f"patients{week}": -1, f"r{due[0]}": 1})
        yield from _equal({f"expected{week}": -1} | {f"r{day}": 1 for day in due})
        yield from _equal({f"observed{week}": -1} | {f"x{day}": 1 for day in due})
        yield from _equal({f"expected{week}": -1, f"observed{week}": 1, f"missed{week}": 1})
        yield _at_most(f"n{week}", *(f"x{day}" for day in days))
        yield _at_most(f"n{week}", f"r{days[0]}")
        for day in days:
            yield _at_most(f"x{day}", f"r{day}")
            yield _at_most(f"x{day}", f"n{week}")


def of_changes(weeks: int) -> Iterator[Inequality]:
    """Early is who answers in weeks 1 to 4; who is the same in a week answers in it, too."""
    months = [week for week in range(1, 5) if week < weeks]
    if months:
        yield _at_most("early", *(f"n{week}" for week in months))
    for week in months:
        yield _at_most(f"n{week}", "early")
    for week in range(5, weeks):
        same = f"same{week}"
        yield _at_most(same, f"n{week}")
        yield _at_most(same, "early")
        yield _at_most(f"below_baseline{week}", same)
        yield {f"n{week}": 1, "early": 1, same: -1, "r7": -1}, 0


def of_attrition(weeks: int) -> Iterator[Inequality]:
    """Who has come through a week still answers in it or later, or has left in an earlier one.

    Nobody answers after the last week.
    """
    for week in range(weeks):
        still, over = f"still{week}", days_of(week)[-1]
        yield _at_most(still, f"r{over}")
        yield _at_most(still, *(f"n{later}" for later in range(week, weeks)))
        if week > 0:
            yield _at_most(still, f"still{week - 1}")
        # Who answers on a day and has come through the week still answers in it.
        for day in range(max(1, 7 * week), days_of(weeks - 1)[-1] + 1):
            yield _reaching(f"x{day}", still, day, over)
        for later in range(max(1, week), weeks):
            yield _reaching(f"n{later}", still, 7 * later, over)
        for later in range(week + 1, weeks):
            left, last = f"left{week}_{later}", days_of(later)[-1]
            yield {left: 1, still: -1, f"still{later}": 1}, 0
            yield {left: -1, still: 1, f"still{later}": -1, f"r{over}": -1, f"r{last}": 1}, 0
            yield {left: 1, f"still{later}": 1, f"r{last}": -1}, 0
            if later > week + 1:
                yield _at_most(f"left{week + 1}_{later}", left)


def of_the_scale(weeks: int) -> Iterator[Inequality]:
    """Who answers in a week gives 1 or another answer, 5 or another one, or both."""
    for week in range(weeks):
        for answer in (1, 5):
            gave, other = f"gave{answer}_in{week}", f"other_than{answer}_in{week}"
            yield _at_most(f"n{week}", gave, other)
            yield _at_most(gave, f"n{week}")
            yield _at_most(other, f"n{week}")
        between = f"between_in{week}"
        yield _at_most(f"n{week}", f"gave1_in{week}", f"gave5_in{week}", between)
        for answer, opposite in ((1, 5), (5, 1)):
            other = f"other_than{answer}_in{week}"
            yield _at_most(f"gave{opposite}_in{week}", other)
            yield _at_most(between, other)
            yield _at_most(other, between, f"gave{opposite}_in{week}")


def _reaching(group: str, still: str, day: int, over: int) -> Inequality:
    """Those of a group of a day who have come to the end of the week are among the others."""
    gone = {f"r{day}": -1, f"r{over}": 1} if day < over else {}
    return {group: 1, still: -1} | gone, 0


def of_silence(weeks: int) -> Iterator[Inequality]:
    """Who is flagged missed eight days in a row at least, up to one of the week.

    Who answers less is given more days, so that it does not follow that all others answered.
    """
    for week in range(1, weeks):
        flagged = f"silence_flagged{week}"
        days = [day for day in days_of(week) if day >= FIRST_DAYS["silence"]]
        yield from _equal({f"silence{week}": -1, f"r{days[0]}": 1})
        yield _at_most(flagged, f"silence{week}")
        for day in range(7 * week - 1, days[-1] + 1):
            # All have missed the days around the turn of the weeks. Of two days with seven between
            # them everybody has missed one: the later, or the earlier, if the run ends before.
            missed = {day} if day <= days[0] else {day, day - 8}
            weights = {f"x{one}": 1 for one in missed} | {f"r{one}": -1 for one in missed}
            yield {flagged: 1} | weights, 0


def of_drop(weeks: int) -> Iterator[Inequality]:
    """Under watch is who answers in the week and has answered 15 days by then, from day 8 on."""
    first = 8
    for week in range(FIRST_DAYS["drop"] // 7, weeks):
        watched, last = f"drop{week}", days_of(week)[-1]
        answers = {f"x{day}": 1 for day in range(first, last + 1)}
        all_days, before = last - first + 1, 7 * week - first
        yield _at_most(watched, f"n{week}")
        yield _at_most(f"drop_flagged{week}", watched)
        yield {watched: LEAST_OBSERVED} | dict.fromkeys(answers, -1), 0
        # Who answers and is not under watch has answered 14 days at most.
        fewer = LEAST_OBSERVED - 1
        others = {watched: fewer - all_days, f"n{week}": before - fewer, f"r{first}": -before}
        yield answers | others, 0
        if week + 1 < weeks:
            reached = f"r{max(7 * week, FIRST_DAYS['drop'])}"
            yield {watched: 1, f"n{week + 1}": 1, f"drop{week + 1}": -1, reached: -1}, 0


def of_below_baseline(weeks: int) -> Iterator[Inequality]:
    """Under watch is who answers on a day from 36 on and has answered on 10 of the baseline."""
    answers = {f"x{day}": 1 for day in BASELINE}
    first, least, enough = BASELINE[0], LEAST_BASELINE_DAYS, "with_baseline"
    reached = f"r{first + least - 1}"
    yield _at_most(enough, reached)
    yield {enough: least} | dict.fromkeys(answers, -1), 0
    yield answers | {enough: least - 1 - len(BASELINE), f"r{first}": 1 - least}, 0
    for week in range(5, weeks):
        watched = f"below_baseline{week}"
        days = [day for day in days_of(week) if day >= FIRST_DAYS["below_baseline"]]
        yield _at_most(watched, enough)
        yield _at_most(watched, f"n{week}")
        yield _at_most(watched, *(f"x{day}" for day in days))
        yield _at_most(f"below_baseline_flagged{week}", watched)
        for name in [f"x{day}" for day in days] + [f"n{week}"] * (week > 5):
            yield {enough: 1, name: 1, reached: -1, watched: -1}, 0


def of_shares(weeks: int) -> Iterator[Inequality]:
    """Everybody under watch has answered so many tenths of their days, always the same.

    For silence of the days up to their last check; for all others of the days that were due.
    """
    for week in range(weeks):
        for rule in rules_of(week):
            parts = dict.fromkeys(parts_of(rule, week), 1)
            yield from _equal(parts | {f"{rule}{week}": -1})
            if rule in ("drop", "below_baseline"):
                for k in TENTHS:
                    yield _at_most(f"{rule}_answered{k}_{week}", f"due_answered{k}_{week}")
        if week > 0:
            everybody = {f"due_answered{k}_{week}": 1 for k in TENTHS}
            yield from _equal(everybody | {f"silence{week}": -1})
        if week > 1:
            for k in TENTHS:
                for of in ("silence", "due"):
                    yield _at_most(f"{of}_answered{k}_{week}", f"{of}_answered{k}_{week - 1}")
    # Those who have come to the last week have that many answers, and no more.
    yield from answers_of(weeks, days_of(weeks - 1)[0])


def parts_of(rule: str, week: int) -> list[str]:
    """Those under watch by what chance goes by: tenths answered; a first or a later score."""
    if rule == "phq9_worsening":
        return [f"{rule}_{number}_{week}" for number in ("first", "later")]
    return [f"{rule}_answered{k}_{week}" for k in TENTHS]


def answers_of(weeks: int, least_due: int) -> Iterator[Inequality]:
    """Tenths and answers in all, where everybody in the last week has so many due days at least."""
    first, last = days_of(weeks - 1)[0], days_of(weeks - 1)[-1]
    answers = {f"x{day}": 20 for day in range(last + 1)}
    parts = {k: f"due_answered{k}_{weeks - 1}" for k in TENTHS}
    least = {name: least_due * (2 * k - 1) for k, name in parts.items() if k > 1}
    yield least | dict.fromkeys(answers, -20), 0
    # The session's own day may be answered, and is not due.
    most = {name: -last * (2 * k + 1) for k, name in parts.items() if k < 10}
    most |= {parts[10]: -20 * (last + 1), "r0": -20 * first, f"r{first}": 20 * first}
    yield answers | most, 0


def of_worsening(weeks: int) -> Iterator[Inequality]:
    """Who is compared in a window that is over was assessed in one of its weeks.

    Who is flagged there has got worse: two scores running are.
    """
    for week in range(weeks):
        yield _at_most(f"phq9_worsening{week}", f"c{max(1, 7 * week)}")
        yield _at_most(f"phq9_worsening_flagged{week}", f"phq9_worsening{week}")
        yield _at_most(f"phq9_worsening_flagged{week}", f"phq9_worsening_later_{week}")
    for window in windows_within(weeks):
        first, last = WINDOWS[window]
        compared, worse = f"with_change{window}", f"deteriorated{window}"
        yield _at_most(f"scored{window}", f"c{last}")
        yield _at_most(compared, f"scored{window}")
        yield _at_most(f"eligible_observed{window}", compared)
        yield {worse: 1, f"improved{window}": 1, compared: -1}, 0
        yield _at_most(
            compared, *(f"phq9_worsening{week}" for week in range(first // 7, last // 7 + 1))
        )


def of_outcome_changes(weeks: int) -> Iterator[Inequality]:
    """Who has a baseline, who of them changed how far; a window is over on its last day."""
    windows = windows_within(weeks)
    for window in windows:
        yield from relations_of_changes(window, WINDOWS[window][1])
    for earlier, later in pairwise(windows):
        yield from relations_between(earlier, later, (WINDOWS[earlier][1], WINDOWS[later][1]))


def of_curves(weeks: int) -> Iterator[Inequality]:
    """Who is at risk is eligible, and who has the first response is a responder."""
    for window in windows_within(weeks):
        yield from relations_of_curves(window)


def of_one_assessment(weeks: int) -> Iterator[Inequality]:
    """Who is assessed in a week of a window is compared, but for who has not come to its end."""
    for window in windows_within(weeks):
        first, last = WINDOWS[window]
        within = [w for w in range(26) if first <= max(1, 7 * w) and 7 * w + 6 <= last]
        gone = {f"c{max(1, 7 * within[0])}": -1, f"c{last}": 1}
        compared, worse = f"with_change{window}", f"deteriorated{window}"
        for name, all_of in (("phq9_worsening", compared), ("phq9_worsening_flagged", worse)):
            yield {f"{name}{week}": 1 for week in within} | gone | {all_of: -1}, 0
