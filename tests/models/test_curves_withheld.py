"""Nothing that curves of outcomes withhold can be computed from all that is shown of outcomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

import kinds_of_courses as known
from deductions import MIN_CELL
from kinds_of_courses import CASE, NO_CASE, TARGETS, Kind, Limits, Reader, difference, weights
from known_curves import limits
from nightly import examples
from played_clinic import MODELS, Clinic
from played_clinic import seen as seen_by_all

GROUP = "played clinic"

Sizes = Mapping[Kind, int]
# At least one of these cases holds, with all its groups.
Choice = list[list[tuple[Any, Limits]]]
STEP = re.compile("(response|relapse)_")
FEW = (1, MIN_CELL - 1)
AT_MOST_FEW = (-known.MOST, MIN_CELL - 1)
OUTCOMES = ("scored", "eligible", "eligible_observed", "responders", "with_baseline")


@st.composite
def clinics(draw: Callable[..., Any]) -> dict[Kind, int]:
    """A few kinds of patients, in numbers around the threshold."""
    kind = st.sampled_from(known.kinds())
    size = st.sampled_from([1, 2, 5, 9, 10, 10, 11, 12, 13, 15, 20, 28, 33])
    return draw(st.dictionaries(kind, size, min_size=2, max_size=7))


@st.composite
def usual_clinics(draw: Callable[..., Any]) -> dict[Kind, int]:
    """Many who do not respond, and some of each kind of those who do."""
    found: dict[Kind, int] = dict.fromkeys(
        [(CASE, "CCC"), (CASE, "C.."), (CASE, "CC"), (CASE, "C")], draw(st.integers(12, 30))
    )
    for word in ("RRR", "RR.", "R..", "RC.", "CRR", "CR", "CR.", ".RC", "CCR", "RR", "R", "nRC"):
        found[CASE, word] = draw(st.integers(0, 12))
    return found | {(NO_CASE, "nn."): draw(st.integers(0, 12))}


def seen(clinic: Clinic) -> dict[str, Limits]:
    """What is shown of outcomes, exactly, and of curves, between the limits of rounding."""
    found = {
        name: (number, number)
        for name, number in seen_by_all(clinic).items()
        if number is not None and name in {f"{one}{day}" for one in OUTCOMES for day in TARGETS}
    }
    for event, day, at_risk, events in clinic.rows(
        "select event, outcome_window_days, at_risk, events from published.rpt_outcome_curves "
        "where instrument = 'PHQ-9' and not is_withheld"
    ):
        found[f"{event}_at_risk{day}"] = limits(at_risk)
        found[f"{event}_events{day}"] = limits(events)
    return found


def withheld_outcomes(shown: Mapping[str, Limits]) -> Iterator[Choice]:
    """What it tells that a count of outcomes is withheld."""
    for day in TARGETS:
        scored, eligible, observed, responders = (f"{name}{day}" for name in OUTCOMES[:4])
        for name in (scored, eligible):
            if name not in shown:
                yield [[(weights(name), AT_MOST_FEW)]]
        if observed not in shown:
            wholes = [whole for whole in (scored, eligible) if whole in shown]
            few = [[(difference(whole, observed), FEW)] for whole in wholes]
            yield [[(weights(observed), AT_MOST_FEW)], *few]
        if responders not in shown:
            wholes = [whole for whole in (scored, eligible, observed) if whole in shown]
            few = [[(difference(whole, responders), AT_MOST_FEW)] for whole in wholes]
            yield [[(weights(responders), AT_MOST_FEW)], *few]


def withheld_steps(shown: Mapping[str, Limits]) -> Iterator[Choice]:
    """What it tells that a response curve ends where other tables withhold nothing."""
    for place, day in enumerate(TARGETS):
        at_risk, events = f"response_at_risk{day}", f"response_events{day}"
        if at_risk in shown:
            continue
        if {f"eligible{day}", f"responders{day}"} <= shown.keys():
            before = f"eligible{TARGETS[max(place - 1, 0)]}"
            yield [
                [(weights(events), AT_MOST_FEW)],
                [(difference(at_risk, events), AT_MOST_FEW)],
                [(difference(f"eligible{day}", at_risk), FEW)],
                [(difference(before, f"eligible{day}"), FEW)],
            ]
        break


def told(sizes: Sizes, shown: Mapping[str, Limits]) -> list[str]:
    """The small groups whose size comes out, and did not before the curves were there."""
    outcomes = {name: limits for name, limits in shown.items() if not STEP.match(name)}
    before = Reader(outcomes, list(withheld_outcomes(shown)))
    reader = Reader(shown, [*withheld_outcomes(shown), *withheld_steps(shown)])
    truth = [sizes.get(kind, 0) for kind in known.kinds()]
    found = []
    for name, group in known.small_groups().items():
        if int(group @ truth) in range(1, MIN_CELL) and reader.is_told(group):
            found += [] if before.is_told(group) else [name]
    return found


def exact(clinic: Clinic) -> dict[str, Limits]:
    """The counts of the curves before they are rounded and withheld."""
    return {
        f"{event}_{name}{day}": (number, number)
        for event, day, *numbers in clinic.rows(
            "select event, outcome_window_days, at_risk, events "
            "from intermediate.cell_outcome_curves where instrument = 'PHQ-9'"
        )
        for name, number in zip(("at_risk", "events"), numbers, strict=True)
    }


USUAL: Sizes = {
    **dict.fromkeys([(CASE, "CCC"), (CASE, "C.."), (CASE, "CC"), (CASE, "C")], 20),
    (CASE, "RRR"): 6,
    (CASE, "R.."): 12,
    (CASE, "R"): 4,
    (CASE, "CRR"): 15,
    (CASE, "CCR"): 14,
}
RELAPSED: Sizes = {
    (CASE, "R"): 11,
    (CASE, "RC"): 10,
    (CASE, ".RC"): 28,
    (CASE, "C.."): 11,
    (CASE, "RR."): 28,
}


def test_the_counts_are_those_of_the_models(clinic: Clinic) -> None:
    """The kinds are in the groups that the models count, and what is shown is within its limits."""
    clinic.hold(known.population(USUAL), MODELS)
    truth = [USUAL.get(kind, 0) for kind in known.kinds()]
    counted, shown = exact(clinic), seen(clinic)
    assert counted["response_events30"] == (22, 22)
    assert {"response_at_risk90", "response_events90", "eligible90"} <= shown.keys()
    for name, (least, most) in [*counted.items(), *shown.items()]:
        assert least <= int(weights(name) @ truth) <= most, name


def test_exact_counts_would_tell(clinic: Clinic) -> None:
    """Without rounding the difference from the outcomes is who responded again, or is gone."""
    clinic.hold(known.population(USUAL), MODELS)
    shown = seen(clinic)
    assert told(USUAL, shown) == []
    assert "responded again90" in told(USUAL, shown | exact(clinic))


def test_relapses_beside_withheld_responders_would_tell(clinic: Clinic) -> None:
    """Where responders of a window are withheld, rounded relapses can tell how many they are."""
    clinic.hold(known.population(RELAPSED), MODELS)
    shown = seen(clinic)
    assert "responders90" not in shown
    assert "relapse_events90" not in shown
    steps = {"relapse_at_risk90": (63, 67), "relapse_events90": (38, 42)}
    assert "not responding90" in told(RELAPSED, shown | steps)


@example(USUAL)
@example(RELAPSED)
@examples
@given(clinics() | usual_clinics())
def test_no_small_group_of_a_curve_can_be_computed(clinic: Clinic, sizes: Sizes) -> None:
    """No group of 1 to 10 patients follows from the curves beside the outcomes."""
    clinic.hold(known.population(sizes), MODELS)
    shown = seen(clinic)
    truth = [sizes.get(kind, 0) for kind in known.kinds()]
    assert all(least <= int(weights(n) @ truth) <= most for n, (least, most) in shown.items())
    assert told(sizes, shown) == []
