"""What follows about counts from what `published` shows of them: the attacker's side.

The unknown counts are whole numbers, bound by what the definitions say of any population in which
all have one session, answer whole checks and are assessed once in a window, and by what it tells
that a number is withheld. Integer programming finds the least and the greatest of each, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from known_changes import secrets_of_changes, told_by_changes
from known_curves import secrets_of_curves, told_by_curves
from known_groups import told_of_attrition, told_of_the_scale
from known_relations import (
    TENTHS,
    Counts,
    Inequality,
    answers_of,
    days_of,
    parts_of,
    relations,
    rules_of,
    windows_within,
)
from reference_flags import chances
from reference_outcomes import WINDOWS

MIN_CELL = 11
MOST = 10_000

Shown = Mapping[str, int | None]
# At least one of the alternatives holds, with all its inequalities.
Choice = list[list[Inequality]]


def withholding(shown: Shown, weeks: int, least_day: int, least_flags: int) -> Iterator[Choice]:
    """What it tells that a number is shown or withheld.

    Days are shown from `least_day` patients on the least of them, flags from `least_flags` on.
    """
    for week in range(weeks):
        first = max(1, 7 * week)
        yield [[({f"r{first}": -1}, -1) if shown[f"due{week}"] else ({f"r{first}": 1}, 0)]]
        if shown[f"patients{week}"] is None:
            yield [[({f"patients{week}": 1}, MIN_CELL)]]
        if shown[f"n{week}"] is None:
            yield [[({f"n{week}": 1}, MIN_CELL)]]
        for answer in (1, 5):
            yield from told_of_the_scale(shown, week, answer)
        if week > 4:
            yield from _of_the_change(shown, week)
        if shown.get(f"still{week}", 0) is None:
            yield told_of_attrition(shown, weeks, week)
        if shown[f"due{week}"]:
            yield from _of_the_share(shown, week, least_day)
        yield from _of_the_flags(shown, week, least_flags)
        yield from _of_chance(shown, week)
    # Either some have stopped in the last week, or all have as many due days.
    first, last = days_of(weeks - 1)[0], days_of(weeks - 1)[-1]
    yield [[({f"r{first}": -1, f"r{last}": 1}, -1)], list(answers_of(weeks, last))]
    for window in windows_within(weeks):
        yield from _of_the_window(shown, window)
        yield from told_by_changes(shown, window, windows_within(weeks))
        yield from told_by_curves(shown, window)


def _of_the_change(shown: Shown, week: int) -> Iterator[Choice]:
    """More than 11 answered in weeks 1 to 4, too, and of the week's others there are none or 11."""
    if shown[f"same{week}"] is None:
        others = {f"n{week}": 1, f"same{week}": -1}
        yield [[({f"same{week}": 1}, MIN_CELL)], _some_but_few(others)]


def _of_chance(shown: Shown, week: int) -> Iterator[Choice]:
    """Flags by chance are shown to a whole session: chances are tenths of a percent."""
    for rule in rules_of(week):
        sessions = shown[f"{rule}_by_chance{week}"]
        if sessions is None or not shown[f"due{week}"]:
            continue
        parts = parts_of(rule, week)
        if rule == "phq9_worsening":
            later = {chances()[rule, 0, 0, number][1] for number in range(2, 31)}
            weights = dict(zip(parts, (chances()[rule, 0, 0, 1][1], *later), strict=True))
        else:
            weights = {
                name: chances()[rule, 20, k, week][1] for k, name in zip(TENTHS, parts, strict=True)
            }
        whole = {name: int(10 * weight) for name, weight in weights.items()}
        yield [[(whole, 1000 * sessions + 500)]]
        yield [[({name: -weight for name, weight in whole.items()}, 500 - 1000 * sessions)]]


def _of_the_share(shown: Shown, week: int, least_day: int) -> Iterator[Choice]:
    """At least 11 answer in part of their days, or at most 10 do: the others all or nothing.

    Or fewer than 11 answer on a mean day.
    """
    days = [day for day in days_of(week) if day > 0]
    if shown[f"observed{week}"] is not None:
        for name in (f"n{week}", f"missed{week}"):
            yield [[({name: -1}, -MIN_CELL)]]
        if withheld := [day for day in days_of(week) if shown[f"x{day}"] is None]:
            few = [[({f"x{day}": 1}, least_day - 1), ({f"r{day}": -1}, -1)] for day in withheld]
            yield [*few, [({f"r{withheld[0]}": 1}, 0)]]
    elif week > 0:
        silent = {f"patients{week}": -1, f"n{week}": 1}
        few = [({f"r{day}": 1, f"x{day}": -1} | silent, MIN_CELL - 1) for day in days]
        yield [few, [({f"x{day}": 1 for day in days}, MIN_CELL * len(days) - 1)]]


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
        yield {f"still{week}": 1}
        for answer in (1, 5):
            for name in (f"gave{answer}_in{week}", f"other_than{answer}_in{week}"):
                yield from ({name: 1}, {f"n{week}": 1, name: -1})
        yield {f"between_in{week}": 1}
        # Not of the last week: who does not answer in a week is no secret.
        if later := [later for later in range(week + 1, weeks) if f"still{later}" in shown]:
            yield {f"r{days_of(week)[-1]}": 1, f"still{week}": -1}
            yield from ({f"left{week}_{other}": 1} for other in {later[0], later[-1]})
        if week > 4:
            yield {f"same{week}": 1}
            # A change less the week's mean is the first month: of all of them but a few, if known.
            yield from [{f"n{week}": 1, f"same{week}": -1}] if shown[f"same{week}"] else []
        # Where each patient has one due day, it is missed by whom the week's figures lack.
        if shown[f"expected{week}"] != shown[f"patients{week}"]:
            yield {f"missed{week}": 1}
        for rule in rules_of(week):
            watched, flagged = f"{rule}{week}", f"{rule}_flagged{week}"
            yield from [{watched: 1}] if rule != "silence" else []
            yield from ({flagged: 1}, {watched: 1, flagged: -1})
            if week in (1, weeks - 1) and rule != "phq9_worsening":
                yield from ({name: 1} for name in parts_of(rule, week))
    for window in windows_within(weeks):
        scored, compared, worse = (
            f"{name}{window}" for name in ("scored", "with_change", "deteriorated")
        )
        yield from ({scored: 1}, {compared: 1}, {worse: 1})
        left = {compared: 1, worse: -1}
        yield from ({scored: 1, compared: -1}, left, left | {f"improved{window}": -1})
        yield from secrets_of_changes(window)
        yield from secrets_of_curves(window)


def value(group: Mapping[str, int], truth: Counts) -> int:
    return sum(weight * truth[name] for name, weight in group.items())


@dataclass
class Attacker:
    """What is known of the first `weeks` weeks, with `totals` from elsewhere."""

    shown: Shown
    weeks: int
    least_day: int = MIN_CELL + 1
    least_flags: int = MIN_CELL + 1
    totals: tuple[Inequality, ...] = ()

    @cached_property
    def choices(self) -> list[Choice]:
        told = withholding(self.shown, self.weeks, self.least_day, self.least_flags)
        known = (*relations(self.weeks), *self.totals)
        return [*([[rule]] for rule in known), *told]

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
