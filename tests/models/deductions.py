"""What follows about counts from what `published` shows of them: the attacker's side.

The unknown counts are whole numbers, bound by what the definitions say of any population in which
all have one session, answer whole checks and are assessed once in a window, and by what it tells
that a number is withheld. Integer programming finds the least and the greatest of each, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from reference_flags import chances
from reference_outcomes import WINDOWS
from reference_rules import BASELINE, FIRST_DAYS, LEAST_BASELINE_DAYS, LEAST_OBSERVED

MIN_CELL = 11
MOST = 10_000
# GAD-7 is counted and withheld as PHQ-9 is.
RULES = ("drop", "below_baseline", "silence", "phq9_worsening")
TENTHS = range(1, 11)

# By name: x13 answer on day 13 and r13 have come to it; n2 answer in week 2, silence2 are under
# watch then and silence_flagged2 of them flagged; with_change7 are compared in the window of 7.
Counts = Mapping[str, int]
Shown = Mapping[str, int | None]
# The sum of coefficient times count is at most the number.
Inequality = tuple[Mapping[str, int], int]
# At least one of the alternatives holds, with all its inequalities.
Choice = list[list[Inequality]]


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
        of_drop,
        of_below_baseline,
        of_shares,
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
    """Everybody under watch has answered so many tenths of their days, always the same."""
    for week in range(weeks):
        for rule in rules_of(week):
            parts = dict.fromkeys(_parts(rule, week), 1)
            yield from _equal(parts | {f"{rule}{week}": -1})
            if rule in ("drop", "below_baseline"):
                for k in TENTHS:
                    yield _at_most(f"{rule}_answered{k}_{week}", f"silence_answered{k}_{week}")
        if week > 1:
            for k in TENTHS:
                yield _at_most(f"silence_answered{k}_{week}", f"silence_answered{k}_{week - 1}")
    # Those who have come to the last week have that many answers, and no more.
    yield from _answers(weeks, days_of(weeks - 1)[0])


def _parts(rule: str, week: int) -> list[str]:
    """Those under watch by what chance goes by: tenths answered; a first or a later score."""
    if rule == "phq9_worsening":
        return [f"{rule}_{number}_{week}" for number in ("first", "later")]
    return [f"{rule}_answered{k}_{week}" for k in TENTHS]


def _answers(weeks: int, least_due: int) -> Iterator[Inequality]:
    """Tenths and answers in all, where everybody in the last week has so many due days at least."""
    first, last = days_of(weeks - 1)[0], days_of(weeks - 1)[-1]
    answers = {f"x{day}": 20 for day in range(last + 1)}
    parts = {k: f"silence_answered{k}_{weeks - 1}" for k in TENTHS}
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
        yield _at_most(f"phq9_worsening{week}", f"r{max(1, 7 * week)}")
        yield _at_most(f"phq9_worsening_flagged{week}", f"phq9_worsening{week}")
        yield _at_most(f"phq9_worsening_flagged{week}", f"phq9_worsening_later_{week}")
    for window in windows_within(weeks):
        first, last = WINDOWS[window]
        compared, worse = f"with_change{window}", f"deteriorated{window}"
        yield _at_most(f"scored{window}", f"r{last}")
        yield _at_most(compared, f"scored{window}")
        yield _at_most(f"eligible_observed{window}", compared)
        yield {worse: 1, f"improved{window}": 1, compared: -1}, 0
        yield _at_most(
            compared, *(f"phq9_worsening{week}" for week in range(first // 7, last // 7 + 1))
        )


def of_one_assessment(weeks: int) -> Iterator[Inequality]:
    """Who is assessed in a week of a window is compared, but for who has not come to its end."""
    for window in windows_within(weeks):
        first, last = WINDOWS[window]
        within = [w for w in range(26) if first <= max(1, 7 * w) and 7 * w + 6 <= last]
        gone = {f"r{max(1, 7 * within[0])}": -1, f"r{last}": 1}
        compared, worse = f"with_change{window}", f"deteriorated{window}"
        for name, all_of in (("phq9_worsening", compared), ("phq9_worsening_flagged", worse)):
            yield {f"{name}{week}": 1 for week in within} | gone | {all_of: -1}, 0


def withholding(shown: Shown, weeks: int, least_day: int, least_flags: int) -> Iterator[Choice]:
    """What it tells that a number is shown or withheld.

    Days are shown from `least_day` patients on the least of them, flags from `least_flags` on.
    """
    for week in range(weeks):
        first = max(1, 7 * week)
        yield [[({f"r{first}": -1}, -1) if shown[f"due{week}"] else ({f"r{first}": 1}, 0)]]
        if shown[f"patients{week}"] is None:
            yield [[({f"patients{week}": 1}, MIN_CELL - 1)]]
        if shown[f"n{week}"] is None:
            yield [[({f"n{week}": 1}, MIN_CELL - 1)]]
        if shown[f"due{week}"]:
            yield from _of_the_share(shown, week, least_day)
        yield from _of_the_flags(shown, week, least_flags)
        yield from _of_chance(shown, week)
    # Either some have stopped in the last week, or all have as many due days.
    first, last = days_of(weeks - 1)[0], days_of(weeks - 1)[-1]
    yield [[({f"r{first}": -1, f"r{last}": 1}, -1)], list(_answers(weeks, last))]
    for window in windows_within(weeks):
        yield from _of_the_window(shown, window)


def _of_chance(shown: Shown, week: int) -> Iterator[Choice]:
    """Flags by chance are shown to a tenth of a session: chances are tenths of a percent."""
    for rule in rules_of(week):
        tenths = shown[f"{rule}_by_chance{week}"]
        if tenths is None or not shown[f"due{week}"]:
            continue
        parts = _parts(rule, week)
        if rule == "phq9_worsening":
            later = {chances()[rule, 0, 0, number][1] for number in range(2, 31)}
            weights = dict(zip(parts, (chances()[rule, 0, 0, 1][1], *later), strict=True))
        else:
            weights = {
                name: chances()[rule, 20, k, week][1] for k, name in zip(TENTHS, parts, strict=True)
            }
        whole = {name: int(10 * weight) for name, weight in weights.items()}
        yield [[(whole, 100 * tenths + 50)]]
        yield [[({name: -weight for name, weight in whole.items()}, 50 - 100 * tenths)]]


def _of_the_share(shown: Shown, week: int, least_day: int) -> Iterator[Choice]:
    """At least 11 answer in part of their days, or at most 10 do: the others all or nothing."""
    days = [day for day in days_of(week) if day > 0]
    if shown[f"observed{week}"] is not None:
        for name in (f"n{week}", f"missed{week}"):
            yield [[({name: -1}, -MIN_CELL)]]
        if withheld := [day for day in days_of(week) if shown[f"x{day}"] is None]:
            few = [[({f"x{day}": 1}, least_day - 1), ({f"r{day}": -1}, -1)] for day in withheld]
            yield [*few, [({f"r{withheld[0]}": 1}, 0)]]
    elif week > 0:
        for day in days:
            silent = {f"patients{week}": -1, f"n{week}": 1}
            yield [[({f"r{day}": 1, f"x{day}": -1} | silent, MIN_CELL - 1)]]


def _of_the_flags(shown: Shown, week: int, least: int) -> Iterator[Choice]:
    """Where no other table is the reason, what is withheld is small itself."""
    for rule in rules_of(week):
        watched, flagged = f"{rule}{week}", f"{rule}_flagged{week}"
        rows, shares = set[str](), set[str]()
        if rule == "silence":
            shares = {f"n{week - 1}", f"n{week}"}
        elif rule == "phq9_worsening":
            of_week = [w for w, (a, b) in WINDOWS.items() if a // 7 <= week <= b // 7]
            rows = {f"with_change{window}" for window in of_week}
            shares = {f"deteriorated{window}" for window in of_week}
        if any(shown[name] is None for name in rows):
            continue
        if shown[watched] is None:
            yield [[({watched: 1}, least - 1)]]
        elif shown[flagged] is None and all(shown[name] is not None for name in shares):
            yield [[({flagged: 1}, least - 1)], [({watched: 1, flagged: -1}, least - 1)]]


def _of_the_window(shown: Shown, window: int) -> Iterator[Choice]:
    """The rules of `rpt_assessment_outcomes` for those compared and those who got worse."""
    scored, compared, worse, observed = (
        f"{name}{window}" for name in ("scored", "with_change", "deteriorated", "eligible_observed")
    )
    if shown[scored] is None:
        yield [[({scored: 1}, MIN_CELL - 1)]]
    if shown[compared] is None:
        differences = [{scored: 1, compared: -1}] if shown[scored] is not None else []
        differences += [{compared: 1, observed: -1}] if shown[observed] is not None else []
        yield [[({compared: 1}, MIN_CELL - 1)], *map(_some_but_few, differences)]
    elif shown[worse] is None:
        left = {compared: 1, worse: -1}
        better = [f"{name}{window}" for name in ("improved", "responders", "remitted")]
        yield [
            [({worse: 1}, MIN_CELL - 1)],
            [(left, MIN_CELL - 1)],
            *(_some_but_few(left | {name: -1}) for name in better if shown[name] is not None),
        ]


def _some_but_few(group: Mapping[str, int]) -> list[Inequality]:
    return [(group, MIN_CELL - 1), ({name: -weight for name, weight in group.items()}, -1)]


def secrets(shown: Shown, weeks: int) -> Iterator[Mapping[str, int]]:
    """The groups whose size may not be known when they are small.

    How many have come less far is no secret: so not who is under watch for silence.
    """
    for week in range(weeks):
        yield from ({f"x{day}": 1} for day in days_of(week))
        yield {f"n{week}": 1}
        # Where each patient has one due day, it is missed by whom the week's figures lack.
        if shown[f"expected{week}"] != shown[f"patients{week}"]:
            yield {f"missed{week}": 1}
        for rule in rules_of(week):
            watched, flagged = f"{rule}{week}", f"{rule}_flagged{week}"
            yield from [{watched: 1}] if rule != "silence" else []
            yield from ({flagged: 1}, {watched: 1, flagged: -1})
            if week in (1, weeks - 1) and rule != "phq9_worsening":
                yield from ({name: 1} for name in _parts(rule, week))
    for window in windows_within(weeks):
        scored, compared, worse = (
            f"{name}{window}" for name in ("scored", "with_change", "deteriorated")
        )
        yield from ({scored: 1}, {compared: 1}, {worse: 1})
        left = {compared: 1, worse: -1}
        yield from ({scored: 1, compared: -1}, left, left | {f"improved{window}": -1})


def value(group: Mapping[str, int], truth: Counts) -> int:
    return sum(weight * truth[name] for name, weight in group.items())


@dataclass
class Attacker:
    """What is known of the first `weeks` weeks."""

    shown: Shown
    weeks: int
    least_day: int = MIN_CELL + 1
    least_flags: int = MIN_CELL + 1

    @cached_property
    def choices(self) -> list[Choice]:
        told = withholding(self.shown, self.weeks, self.least_day, self.least_flags)
        return [*([[rule]] for rule in relations(self.weeks)), *told]

    def mistakes(self, truth: Counts) -> list[Choice]:
        """What the attacker believes and is not so."""
        return [
            choice
            for choice in self.choices
            if not any(all(value(w, truth) <= number for w, number in rules) for rules in choice)
        ]

    @cached_property
    def _problem(self) -> tuple[dict[str, int], LinearConstraint, Bounds]:
        columns: dict[str, int] = {}
        cells: list[tuple[int, int, int]] = []
        limits: list[int] = []

        def add(weights: Mapping[str, int], number: int) -> None:
            for name, weight in weights.items():
                cells.append((len(limits), columns.setdefault(name, len(columns)), weight))
            limits.append(number)

        for number, choice in enumerate(self.choices):
            cases = {f"case {number}.{k}": rules for k, rules in enumerate(choice)}
            if len(choice) > 1:
                add(dict.fromkeys(cases, -1), -1)
            for case, rules in cases.items():
                for weights, limit in rules:
                    # A case that is not taken leaves its inequalities room.
                    room = MOST if len(choice) > 1 else 0
                    add(dict(weights) | ({case: room} if room else {}), limit + room)
        rows, columns_of, weights_of = zip(*cells, strict=True)
        matrix = csr_array(
            (weights_of, (rows, columns_of)), shape=(len(limits), len(columns)), dtype=float
        )
        least, most = np.zeros(len(columns)), np.full(len(columns), float(MOST))
        for name, column in columns.items():
            known = self.shown.get(name)
            if known is not None:
                least[column] = most[column] = known
            elif name.startswith("case"):
                most[column] = 1
        return columns, LinearConstraint(matrix, ub=limits), Bounds(least, most)

    def limits(self, group: Mapping[str, int]) -> tuple[int, int]:
        """Return the least and the greatest size that a group can have."""
        return -self._most({name: -weight for name, weight in group.items()}), self._most(group)

    def _most(self, group: Mapping[str, int]) -> int:
        columns, rules, bounds = self._problem
        aim = np.zeros(len(columns))
        for name, weight in group.items():
            aim[columns[name]] = -weight
        found = milp(
            aim,
            integrality=np.ones(len(columns)),
            bounds=bounds,
            constraints=rules,
            # HiGHS 1.12 takes some of these for infeasible in its presolve, and they are not.
            options={"presolve": False},
        )
        assert found.status == 0, found.message
        return -round(found.fun)
