"""What the tables by group of patients tell beside all others: counts of a group are named n5@A."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from deductions import MIN_CELL, Attacker, Choice, Shown, withholding
from inner_counts import counts_by_session, counts_of_all
from known_relations import Inequality, relations, windows_within
from played_clinic import Clinic
from reference_outcomes import WINDOWS

GROUPS = ("A", "B", "none")
ATTRIBUTE = "{name: site, values: {a: A, b: B}}"


def of_group(weights: Mapping[str, int], group: str) -> dict[str, int]:
    """The same of the patients of a group."""
    return {f"{name}@{group}": weight for name, weight in weights.items()}


def seen_by_group(clinic: Clinic) -> Shown:
    """What the two tables show when all answer everything, and each window whose changes are."""
    shown: dict[str, int | None] = {}
    for week, group, patients in clinic.rows(
        "select week_post_session, patient_group, patients "
        "from published.rpt_pulse_trends_by_week_and_group "
        "where metric = 'mood' and patient_group <> 'several'"
    ):
        shown[f"n{week}@{group}"] = patients
    for window, group, scored, eligible, responders in clinic.rows(
        "select outcome_window_days, patient_group, patients, eligible_observed, responders "
        "from published.rpt_outcomes_by_group "
        "where instrument = 'PHQ-9' and patient_group <> 'several'"
    ):
        shown[f"scored{window}@{group}"] = scored
        shown[f"eligible_observed{window}@{group}"] = eligible
        shown[f"responders{window}@{group}"] = responders
    for window, is_shown in clinic.rows(
        "select outcome_window_days, (not is_change_withheld)::integer "
        "from published.rpt_outcome_changes where instrument = 'PHQ-9'"
    ):
        shown[f"change_is_shown{window}"] = is_shown
    return shown


def counts_with_groups(clinic: Clinic, groups: Sequence[str]) -> Counter[str]:
    """The counts of all, and of each group: patient n of the clinic is in `groups[n]`."""
    found = counts_of_all(clinic.rows)
    for session, counts in counts_by_session(clinic.rows).items():
        found.update(of_group(counts, groups[UUID(str(session)).int]))
    return found


@dataclass
class GroupAttacker(Attacker):
    """Reads the tables by group, too: a group is shown from `least_group` patients on.

    What is true of each session is true of any group of them, and all groups are everybody.
    """

    least_group: int = MIN_CELL + 1
    all_or_none: bool = True

    @cached_property
    def choices(self) -> list[Choice]:
        known = list(relations(self.weeks))
        of_each = [
            (of_group(weights, group), number) for weights, number in known for group in GROUPS
        ]
        names = sorted({name for weights, _ in known for name in weights})
        sums = [sums for name in names for sums in _sum_of_groups(name)]
        told = withholding(self.shown, self.weeks, self.least_day, self.least_flags)
        by_group = self._told() if self.all_or_none else ()
        everything = (*known, *of_each, *sums, *self.totals)
        return [*([[rule]] for rule in everything), *told, *by_group]

    def _told(self) -> Iterator[Choice]:
        for week in range(self.weeks):
            names = [f"n{week}@{group}" for group in GROUPS]
            yield from self._of_cell(names, f"r{7 * week}")
        for window in windows_within(self.weeks):
            names = [f"scored{window}@{group}" for group in GROUPS]
            if self.shown[f"change_is_shown{window}"]:
                yield from self._of_cell(names, f"c{WINDOWS[window][1]}")
            if self.shown[names[0]] is not None:
                yield from self._of_responses(window)

    def _of_cell(self, names: Sequence[str], reached: str) -> Iterator[Choice]:
        """A cell is shown where each group that is there has enough patients, or withheld."""
        there = [f"{reached}@{group}" for group in GROUPS]
        if self.shown[names[0]] is None:
            few = [
                [({name: 1}, self.least_group - 1), ({one: -1}, -1)]
                for name, one in zip(names, there, strict=True)
            ]
            yield [*few, [({reached: 1}, 0)]]
            return
        yield from (
            [[({one: 1}, 0)]]
            for name, one in zip(names, there, strict=True)
            if not self.shown[name]
        )

    def _of_responses(self, window: int) -> Iterator[Choice]:
        """Where the totals are shown, and no group's responses, one group has few of a kind."""
        totals = (f"eligible_observed{window}", f"responders{window}")
        is_shown = self.shown[f"responders{window}@{GROUPS[0]}"] is not None
        if is_shown or any(self.shown[name] is None for name in totals):
            return
        few: Choice = []
        for group in GROUPS:
            there = ({f"c{WINDOWS[window][1]}@{group}": -1}, -1)
            scored, cases, better = (
                f"{name}{window}@{group}" for name in ("scored", "eligible_observed", "responders")
            )
            for part in ({better: 1}, {cases: 1, better: -1}):
                few.append([(part, self.least_group - 1), there])
            few.append(
                [({scored: 1, cases: -1}, MIN_CELL - 1), ({scored: -1, cases: 1}, -1), there]
            )
        yield few


def _sum_of_groups(name: str) -> Iterator[Inequality]:
    weights = {name: 1} | {f"{name}@{group}": -1 for group in GROUPS}
    yield weights, 0
    yield {one: -weight for one, weight in weights.items()}, 0
