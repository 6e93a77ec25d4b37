"""Kinds of patients by their PHQ-9 from window to window, and which counts of curves each is in.

The worst case for privacy: one session a patient, a score at most in a window, on its target day,
no journey that ends. A kind is the baseline and a word, one letter for each window that is over:
`.` no score, `n` lost and below caseness, `C` at caseness, `R` a response.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from populations import Patient, Population
from reference_curves import STEPS, window_of
from reference_outcomes import WINDOWS

Kind = tuple[int, str]
# How often a kind counts, kind by kind.
Weights = NDArray[np.int64]
# A group has so many members at least, and at most.
Limits = tuple[int, int]

CASE, NO_CASE = 12, 8
SCORES = {"n": 8, "C": 20, "R": 5}
TARGETS = STEPS["response"]
MOST = 2_000


@cache
def kinds() -> tuple[Kind, ...]:
    found: list[Kind] = []
    for number in range(1, len(TARGETS) + 1):
        found += [(CASE, "".join(word)) for word in product(".nCR", repeat=number)]
        found += [(NO_CASE, "".join(word)) for word in product(".n", repeat=number)]
    return tuple(found)


def population(sizes: Mapping[Kind, int]) -> Population:
    """So many patients of each kind."""
    return tuple(
        Patient(
            WINDOWS[TARGETS[len(word) - 1]][1],
            {},
            {0: baseline}
            | {
                day: SCORES[letter]
                for day, letter in zip(TARGETS, word, strict=False)
                if letter != "."
            },
        )
        for (baseline, word), size in sizes.items()
        for _ in range(size)
    )


def groups_of(kind: Kind) -> Counter[str]:
    """The groups that a patient of a kind is in, by the names of `known_relations`."""
    baseline, word = kind
    found = Counter[str]()
    for target, letter in zip(TARGETS, word, strict=False):
        found[f"with_baseline{target}"] = 1
        found[f"scored{target}"] = letter != "."
        if baseline == CASE:
            found[f"eligible{target}"] = 1
            found[f"eligible_observed{target}"] = letter != "."
            found[f"responders{target}"] = letter == "R"
    if len(word) == len(TARGETS):
        found["back" if word.strip(".") else "not_back"] = 1
    if baseline == CASE:
        first = word.find("R")
        followed = TARGETS[first if first >= 0 else len(word) - 1]
        found += _steps("response", followed, first >= 0)
        if first >= 0:
            later = {
                window_of(target - TARGETS[first]): letter
                for target, letter in zip(TARGETS, word, strict=False)
                if target > TARGETS[first] and letter != "."
            }
            lost = [days for days, letter in later.items() if letter == "C"]
            found += _steps("relapse", min(lost, default=max(later, default=0)), bool(lost))
    return found


def _steps(event: str, followed: int, has_event: bool) -> Counter[str]:
    found = Counter(
        {f"{event}_at_risk{target}": 1 for target in STEPS[event] if target <= followed}
    )
    if has_event:
        found[f"{event}_events{followed}"] = 1
    return found


@cache
def weights(name: str) -> Weights:
    """Whom the group counts, kind by kind."""
    return np.array([groups_of(kind)[name] for kind in kinds()])


def difference(whole: str, *parts: str) -> Weights:
    found = weights(whole).copy()
    for part in parts:
        found -= weights(part)
    return found


def small_groups() -> dict[str, Weights]:
    """The groups that must not be known when they are small.

    How many have come less far is no secret, but how many of them had responded, or had not.
    """
    found = {}
    early = np.zeros(len(kinds()), dtype=int)
    for place, target in enumerate(TARGETS):
        at_risk, events = f"response_at_risk{target}", f"response_events{target}"
        earlier = difference(f"eligible{target}", at_risk)
        found |= {
            f"with {events}": weights(events),
            f"without {events}": difference(at_risk, events),
            f"responded again{target}": difference(f"responders{target}", events),
            f"responded before{target}": earlier,
            f"responded before, gone{target}": early - earlier,
            f"observed{target}": weights(f"eligible_observed{target}"),
            f"not responding{target}": difference(
                f"eligible_observed{target}", f"responders{target}"
            ),
        }
        if place:
            before = TARGETS[place - 1]
            found[f"without a response, gone{target}"] = difference(
                f"response_at_risk{before}", f"response_events{before}", at_risk
            )
        early = early + weights(events)
    for target in STEPS["relapse"]:
        at_risk, events = f"relapse_at_risk{target}", f"relapse_events{target}"
        found |= {
            f"at risk of {events}": weights(at_risk),
            f"with {events}": weights(events),
            f"without {events}": difference(at_risk, events),
        }
    found["never seen again"] = early - weights("relapse_at_risk90")
    return found


@dataclass
class Reader:
    """What follows for a group from the sizes of others, exact or within limits.

    `choices` are lists of cases: in at least one case of a list all its groups keep their limits.
    """

    limits: Mapping[str, Limits]
    choices: Iterable[list[list[tuple[Weights, Limits]]]] = ()

    @cached_property
    def _problem(self) -> tuple[LinearConstraint, Bounds]:
        number = len(kinds())
        rows = [(weights(name), {}, limits) for name, limits in self.limits.items()]
        cases = 0
        for choice in self.choices:
            taken = {}
            for case in choice:
                for group, (least, most) in case:
                    # A case that is not taken leaves its groups room.
                    rows.append((group, {number + cases: MOST}, (-MOST, most + MOST)))
                    rows.append((-group, {number + cases: MOST}, (-MOST, MOST - least)))
                taken[number + cases] = 1
                cases += 1
            rows.append((np.zeros(number, dtype=int), taken, (1, MOST)))
        cells = [
            (place, column, weight)
            for place, (group, others, _) in enumerate(rows)
            for column, weight in [*enumerate(group), *others.items()]
            if weight
        ]
        places, columns, values = zip(*cells, strict=True)
        matrix = csr_array(
            (values, (places, columns)), shape=(len(rows), number + cases), dtype=float
        )
        least, most = zip(*(limits for *_, limits in rows), strict=True)
        upper = np.array([float(MOST)] * number + [1.0] * cases)
        return LinearConstraint(matrix, least, most), Bounds(np.zeros_like(upper), upper)

    def is_told(self, group: Weights) -> bool:
        """Whether only one size is possible."""
        return self._extreme(group, 1) == self._extreme(group, -1)

    def _extreme(self, group: Weights, sign: int) -> int:
        constraints, bounds = self._problem
        aim = np.zeros(len(np.atleast_1d(bounds.ub)))
        aim[: len(group)] = sign * group
        found = milp(
            aim,
            integrality=np.ones(len(aim)),
            bounds=bounds,
            constraints=constraints,
            # As in `deductions`.
            options={"presolve": False},
        )
        assert found.status == 0, found.message
        return round(sign * found.fun)
