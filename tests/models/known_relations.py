"""What the definitions say of the counts of any population, as inequalities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from reference_flags import BASELINE, FIRST_DAYS, LEAST_BASELINE_DAYS
from reference_outcomes import WINDOWS

# GAD-7 is counted and withheld as PHQ-9 is.
RULES = ("pattern_change", "silence", "phq9_worsening")

# By name: x13 answer on day 13 and r13 have come to it; n2 answer in week 2, silence2 are under
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
        of_silence,
        of_pattern_change,
        of_worsening,
        of_one_assessment,
    ):
        yield from of_one_subject(weeks)


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


def of_silence(weeks: int) -> Iterator[Inequality]:
    """Who is flagged missed eight days in a row up to one of the week; all others did not."""
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
        for day in days:
            before = [f"x{one}" for one in range(day - 7, 7 * week)]
            after = [f"x{one}" for one in range(7 * week, day + 1)]
            for answering in (
                [*before, *after],
                [*before, f"n{week}"],
                [f"n{week - 1}", *after],
                [f"n{week - 1}", f"n{week}"],
            ):
                yield _at_most(f"r{day}", flagged, *answering)


def of_pattern_change(weeks: int) -> Iterator[Inequality]:
    """Under watch is who answers on a day from 36 on and has answered on 14 of the baseline."""
    answers = {f"x{day}": 1 for day in BASELINE}
    first, least, enough = BASELINE[0], LEAST_BASELINE_DAYS, "with_baseline"
    reached = f"r{first + least - 1}"
    yield _at_most(enough, reached)
    yield {enough: least} | dict.fromkeys(answers, -1), 0
    yield answers | {enough: least - 1 - len(BASELINE), f"r{first}": 1 - least}, 0
    for week in range(5, weeks):
        watched = f"pattern_change{week}"
        days = [day for day in days_of(week) if day >= FIRST_DAYS["pattern_change"]]
        yield _at_most(watched, enough)
        yield _at_most(watched, f"n{week}")
        yield _at_most(watched, *(f"x{day}" for day in days))
        yield _at_most(f"pattern_change_flagged{week}", watched)
        for name in [f"x{day}" for day in days] + [f"n{week}"] * (week > 5):
            yield {enough: 1, name: 1, reached: -1, watched: -1}, 0


def of_worsening(weeks: int) -> Iterator[Inequality]:
    """Who is compared in a window that is over was assessed in one of its weeks."""
    for week in range(weeks):
        yield _at_most(f"phq9_worsening{week}", f"r{max(1, 7 * week)}")
        yield _at_most(f"phq9_worsening_flagged{week}", f"phq9_worsening{week}")
    for window in windows_within(weeks):
        first, last = WINDOWS[window]
        compared, worse = f"with_change{window}", f"deteriorated{window}"
        yield _at_most(f"scored{window}", f"r{last}")
        yield _at_most(compared, f"scored{window}")
        yield _at_most(f"eligible_observed{window}", compared)
        yield {worse: 1, f"improved{window}": 1, compared: -1}, 0
        for all_of, name in ((compared, "phq9_worsening"), (worse, "phq9_worsening_flagged")):
            yield _at_most(all_of, *(f"{name}{week}" for week in range(first // 7, last // 7 + 1)))


def of_one_assessment(weeks: int) -> Iterator[Inequality]:
    """Who is assessed in a week of a window is compared, but for who has not come to its end."""
    for window in windows_within(weeks):
        first, last = WINDOWS[window]
        within = [w for w in range(26) if first <= max(1, 7 * w) and 7 * w + 6 <= last]
        gone = {f"r{max(1, 7 * within[0])}": -1, f"r{last}": 1}
        for name, all_of in (
            ("phq9_worsening", f"with_change{window}"),
            ("phq9_worsening_flagged", f"deteriorated{window}"),
        ):
            yield {f"{name}{week}": 1 for week in within} | gone | {all_of: -1}, 0
