"""No baselines of a few patients follow from what is shown of follow-ups beside the changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, combinations
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

import kinds_of_courses
from kinds_of_courses import CASE, TARGETS, Kind
from nightly import examples
from played_clinic import MODELS, OF_FOLLOW_UPS, Clinic

GROUP = "played clinic"

Sizes = Mapping[Kind, int]
# All came back at 30 or at 90 days, five at both: both windows less those who came back.
FIVE_AT_BOTH: Sizes = {
    (CASE, "C.."): 20,
    (CASE, ".C."): 20,
    (CASE, "CC."): 5,
    (CASE, "..."): 12,
}


@st.composite
def clinics(draw: Callable[..., Any]) -> dict[Kind, int]:
    """Kinds of patients by the windows in which they have a score, around the threshold."""
    words = st.text(".C", min_size=3, max_size=3) | st.text(".C", min_size=1, max_size=3)
    size = st.sampled_from([1, 3, 5, 10, 11, 12, 20, 30])
    kinds = st.tuples(st.just(CASE), words)
    found = draw(st.dictionaries(kinds, size, min_size=3, max_size=7))
    return found | {(CASE, "..."): draw(st.integers(10, 13))}


def sums(sizes: Sizes, windows: set[int], has_sides: bool) -> list[list[int]]:
    """Which kinds each sum of baselines counts: of a window, of either side."""
    found = [
        [len(word) > place and word[place] != "." for _, word in sizes]
        for place, target in enumerate(TARGETS)
        if target in windows
    ]
    if has_sides:
        is_over = [len(word) == len(TARGETS) for _, word in sizes]
        came_back = [word.strip(".") != "" for _, word in sizes]
        found += [
            [over and back for over, back in zip(is_over, came_back, strict=True)],
            [over and not back for over, back in zip(is_over, came_back, strict=True)],
        ]
    return [[int(one) for one in row] for row in found]


def told(sizes: Sizes, windows: set[int], has_sides: bool) -> list[set[Kind]]:
    """The kinds of 1 to 10 patients whose baselines come out of the sums, free of all others."""
    known = np.array(sums(sizes, windows, has_sides) or [[0] * len(sizes)])
    kinds = list(sizes)
    found = []
    for few in subsets(kinds):
        if sum(sizes[kind] for kind in few) in range(1, 11):
            others = [kind not in few for kind in kinds]
            if np.linalg.matrix_rank(known) > np.linalg.matrix_rank(known[:, others]):
                found.append(set(few))
    return found


def subsets(kinds: list[Kind]) -> Iterator[tuple[Kind, ...]]:
    every = (combinations(kinds, number) for number in range(1, len(kinds) + 1))
    return chain.from_iterable(every)


def seen(clinic: Clinic, sizes: Sizes) -> tuple[set[int], bool]:
    """The windows whose baseline means are shown, and whether both sides are."""
    clinic.hold(kinds_of_courses.population(sizes), (*MODELS, *OF_FOLLOW_UPS))
    windows = clinic.rows(
        "select outcome_window_days from published.rpt_outcome_changes "
        "where instrument = 'PHQ-9' and not is_change_withheld"
    )
    ((is_withheld,),) = clinic.rows(
        "select is_withheld from published.rpt_baseline_by_follow_up where measure = 'PHQ-9'"
    )
    return {window for (window,) in windows}, not is_withheld


def test_two_windows_and_who_came_back_would_tell(clinic: Clinic) -> None:
    """The row is withheld where it would give five patients away, and it would."""
    windows, has_sides = seen(clinic, FIVE_AT_BOTH)
    assert windows == {30, 90}
    assert not has_sides
    assert {(CASE, "CC.")} in told(FIVE_AT_BOTH, windows, has_sides=True)


def test_a_row_that_tells_of_many_is_shown(clinic: Clinic) -> None:
    """With twelve at both windows instead, all three means stand side by side."""
    sizes = {**FIVE_AT_BOTH, (CASE, "CC."): 12}
    assert seen(clinic, sizes) == ({30, 90}, True)


@example(FIVE_AT_BOTH)
@examples
@given(clinics())
def test_no_baselines_of_a_few_can_be_computed(clinic: Clinic, sizes: Sizes) -> None:
    """No combination of the means is of 1 to 10 patients, unless it was without this table."""
    windows, has_sides = seen(clinic, sizes)
    if has_sides:
        before = told(sizes, windows, has_sides=False)
        assert [few for few in told(sizes, windows, has_sides) if few not in before] == []
