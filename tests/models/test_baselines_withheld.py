"""No small group follows from how many have a baseline in one window beside another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

import kinds_of_courses
from kinds_of_courses import CASE, NO_CASE, TARGETS, Kind, Limits, Reader, Weights, difference
from nightly import examples
from played_clinic import MODELS, OF_FOLLOW_UPS, Clinic

GROUP = "played clinic"

Sizes = Mapping[Kind, int]
# All are cases and come back at 30 and at 180 days, but ten were not seen at 90.
TEN_MISSED_ONE: Sizes = {(CASE, "CCC"): 30, (CASE, "C.C"): 10}
# Of 40 who came through the last window five were never cases.
FIVE_NO_CASES: Sizes = {(CASE, "CCC"): 20, (CASE, "..."): 15, (NO_CASE, "..."): 5}
OUTCOMES = {
    "scored": "patients",
    "eligible": "eligible",
    "eligible_observed": "eligible_observed",
    "responders": "responders",
}


@st.composite
def clinics(draw: Callable[..., Any]) -> dict[Kind, int]:
    """Kinds of patients by their baseline, and the windows in which they have a score."""
    words = st.text(".C", min_size=3, max_size=3) | st.text(".C", min_size=1, max_size=3)
    calm = st.text(".n", min_size=3, max_size=3)
    size = st.sampled_from([1, 3, 5, 10, 11, 12, 20, 30])
    kinds = st.tuples(st.just(CASE), words) | st.tuples(st.just(NO_CASE), calm)
    return draw(st.dictionaries(kinds, size, min_size=2, max_size=6))


def seen(clinic: Clinic, sizes: Sizes) -> dict[str, Limits]:
    """The counts of PHQ-9 that are shown, of all tables."""
    clinic.hold(kinds_of_courses.population(sizes), (*MODELS, *OF_FOLLOW_UPS))
    found: dict[str, Limits] = {}

    def show(query: str, *names: str) -> None:
        for suffix, *counts in clinic.rows(query):
            for name, count in zip(names, counts, strict=True):
                if count is not None:
                    found[f"{name}{suffix}"] = count, count

    show(
        f"select outcome_window_days, {', '.join(OUTCOMES.values())} "
        "from published.rpt_assessment_outcomes "
        "where instrument = 'PHQ-9' and outcome_window_days > 7",
        *OUTCOMES,
    )
    show(
        "select outcome_window_days, with_baseline from published.rpt_outcome_changes "
        "where instrument = 'PHQ-9' and outcome_window_days > 7",
        "with_baseline",
    )
    show(
        "select '', with_follow_up_patients, without_follow_up_patients "
        "from published.rpt_baseline_by_follow_up where measure = 'PHQ-9'",
        "back",
        "not_back",
    )
    return found


def groups() -> Iterator[tuple[str, Weights]]:
    for target in TARGETS:
        for whole, part in (
            ("eligible", "eligible_observed"),
            ("scored", "eligible_observed"),
            ("with_baseline", "scored"),
            ("with_baseline", "eligible"),
        ):
            names = f"{whole}{target}", f"{part}{target}"
            yield " less ".join(names), difference(*names)


def told(sizes: Sizes, shown: Mapping[str, Limits]) -> list[str]:
    """The small groups whose size comes out."""
    truth = np.array([sizes.get(kind, 0) for kind in kinds_of_courses.kinds()])
    reader = Reader(shown)
    return [
        name
        for name, group in groups()
        if shown and int(group @ truth) in range(1, 11) and reader.is_told(group)
    ]


def test_another_window_would_tell(clinic: Clinic) -> None:
    """Forty at 30 and at 180 days are forty at 90, too: so no window has its number."""
    shown = seen(clinic, TEN_MISSED_ONE)
    assert not {f"with_baseline{target}" for target in TARGETS} & shown.keys()
    before = dict(shown) | {"with_baseline30": (40, 40), "with_baseline180": (40, 40)}
    assert "with_baseline90 less scored90" in told(TEN_MISSED_ONE, before)


def test_who_came_back_and_who_did_not_would_tell(clinic: Clinic) -> None:
    shown = seen(clinic, FIVE_NO_CASES)
    assert not {"back", "not_back"} & shown.keys()
    before = dict(shown) | {"back": (20, 20), "not_back": (20, 20)}
    assert told(FIVE_NO_CASES, shown) == []
    assert "with_baseline180 less eligible180" in told(FIVE_NO_CASES, before)


def test_numbers_that_tell_of_many_are_shown(clinic: Clinic) -> None:
    sizes = {(CASE, "CCC"): 30, (CASE, "C.C"): 11, (CASE, "..."): 12}
    assert {"with_baseline30", "with_baseline90", "back"} <= seen(clinic, sizes).keys()


@example(TEN_MISSED_ONE)
@example(FIVE_NO_CASES)
@examples
@given(clinics())
def test_no_small_group_beside_a_baseline_can_be_computed(clinic: Clinic, sizes: Sizes) -> None:
    """Neither who is missing nor who is no case, by counts of all windows and tables."""
    assert told(sizes, seen(clinic, sizes)) == []
