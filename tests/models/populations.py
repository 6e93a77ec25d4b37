"""Clinics around the threshold: patients with one session each, what they answer and score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from reference_outcomes import WINDOWS

ByDay = dict[int, int]


@dataclass(frozen=True)
class Patient:
    """The last day; by day how many questions are answered, and the PHQ-9 score."""

    last: int
    answers: ByDay
    scores: ByDay = field(default_factory=dict)

    def __repr__(self) -> str:
        checks = "".join(str(self.answers.get(day, "-")) for day in range(self.last + 1))
        return f"{checks} {self.scores}"


Population = tuple[Patient, ...]


@st.composite
def populations(draw: Callable[..., Any], skipping: bool = False) -> Population:
    """Some answer every day but for a few days with few answers; some never; some come less far.

    Some pause, and some are assessed.
    """
    answering, silent = draw(st.integers(8, 34)), draw(st.integers(0, 13))
    everybody = answering + silent
    last_days = [draw(st.sampled_from([13, 20, 48]))] * everybody
    for _ in range(draw(st.integers(0, 2))):
        last, first, size = (draw(st.integers(0, top)) for top in (14, answering, 14))
        last_days[first : first + size] = [last] * len(last_days[first : first + size])
    until = draw(st.sampled_from([20, 48]))
    answers: list[ByDay] = [dict.fromkeys(range(until + 1), 4) for _ in range(answering)]
    near = st.integers(0, 13) | st.integers(9, 12) | st.integers(max(0, answering - 13), answering)

    def some() -> list[int]:
        first, size = draw(st.integers(0, answering)), draw(near)
        return [(first + number) % answering for number in range(size)]

    for _ in range(draw(st.integers(0, 4))):
        day, there = draw(st.integers(0, 20) | st.integers(36, 42)), some()
        for number in set(range(answering)) - set(there):
            answers[number].pop(day, None)
    for _ in range(draw(st.integers(1, 6)) if skipping else 0):
        day, there, given = draw(st.integers(0, 20)), some(), draw(st.integers(1, 3))
        for number in there:
            if day in answers[number]:
                answers[number][day] = given
    for _ in range(draw(st.integers(0, 3))):
        first, length = draw(st.integers(1, 36)), draw(st.integers(6, 30))
        for number in some():
            for day in range(first, first + length):
                answers[number].pop(day, None)
    return tuple(
        Patient(last, up_to(last, given), up_to(last, scores))
        for last, given, scores in zip(
            last_days, answers + [{}] * silent, draw(assessments(everybody)), strict=True
        )
    )


@st.composite
def groups(draw: Callable[..., Any]) -> Population:
    """A few groups of people who all do the same, with sizes around the threshold."""
    found: list[Patient] = []
    stretch = st.tuples(
        st.sampled_from([0, 7, 8, 12, 13, 14, 15, 20, 21, 36, 42]), st.integers(1, 36)
    )
    for _ in range(draw(st.integers(2, 5))):
        size = draw(st.integers(1, 24) | st.sampled_from([10, 11, 12]))
        last = draw(st.sampled_from([12, 13, 20, 21, 48, 48]))
        stretches, every = draw(st.lists(stretch, max_size=3)), draw(st.sampled_from([1, 1, 2, 7]))
        days = {day for first, length in stretches for day in range(first, first + length)}
        scores = draw(
            st.dictionaries(st.sampled_from([3, 8, 14]), st.sampled_from([8, 20]), max_size=1)
        )
        scores |= {0: 10} if draw(st.booleans()) else {}
        for number in range(size):
            answers = {day: 4 for day in days if every == 1 or (day + number) % every}
            found.append(Patient(last, up_to(last, answers), up_to(last, scores)))
    return tuple(found)


@st.composite
def assessments(draw: Callable[..., Any], everybody: int) -> list[ByDay]:
    """A score at the start for all but a few; then for some one in a window, for some a worse."""
    sizes = st.integers(0, everybody) | st.integers(max(0, everybody - 12), everybody)
    with_baseline, cases = draw(sizes), draw(sizes)
    at_caseness = draw(st.sampled_from([10, 16, 20]))
    scores: list[ByDay] = [
        {0: at_caseness if n < cases else 8} if n < with_baseline else {} for n in range(everybody)
    ]
    for _ in range(draw(st.integers(0, 5))):
        first, size, worse = draw(st.integers(0, everybody)), draw(sizes), draw(sizes)
        day = draw(st.sampled_from([3, 8, 14, 22, 30, 44]))
        (window,) = (range(a, b + 1) for a, b in WINDOWS.values() if a <= day <= b)
        for k in range(size):
            scored = scores[(first + k) % everybody]
            if not any(other in window for other in scored):
                scored[day] = 20 if k < worse else 8
    return scores


def up_to(last: int, by_day: ByDay) -> ByDay:
    return {day: number for day, number in by_day.items() if day <= last}


def whole_week(*without: int) -> ByDay:
    return {day: 4 for day in range(7, 14) if day not in without}


def one_day_of_ten(answering: int) -> Population:
    """All answer all of week 1, but on its day 10 only ten do."""
    return tuple(
        Patient(13, whole_week() if number < 10 else whole_week(10)) for number in range(answering)
    )


def missed_by_five(answering: int) -> Population:
    """All answer all of week 1, but for five on its day 10."""
    return tuple(
        Patient(13, whole_week(10) if number < 5 else whole_week()) for number in range(answering)
    )


def last_day_of_ten(silent: int, answering: int) -> Population:
    """All who answer do so whenever they can, but only ten of them have come to the week's end."""
    return (
        (Patient(12, {}),) * silent
        + (Patient(13, whole_week()),) * 10
        + (Patient(12, whole_week(13)),) * (answering - 10)
    )


def skipped_once(answering: int) -> Population:
    """Half miss a day of week 1, and on day 10 one of them leaves the last question out."""
    return tuple(
        Patient(
            13,
            whole_week() if number % 2 else whole_week(8) | ({10: 3} if number == 0 else {}),
        )
        for number in range(answering)
    )


def answering_in_turn(until: int, late: int) -> Population:
    """Of week 1 twelve answer all, `until` leave out its last day, and `late` go on after it.

    The twelve never answer again, so the others of week 2 are those not flagged beside them.
    """
    after = {12: 4} | dict.fromkeys(range(15, 21), 4)
    return (
        (Patient(21, whole_week()),) * 12
        + (Patient(21, whole_week(13)),) * until
        + (Patient(21, after),) * late
    )


def ten_on_the_day_before(after: int, silent: int) -> Population:
    """Of week 1 ten answer only its last day; the others of those not flagged do in week 2."""
    return (
        (Patient(21, {13: 4}),) * 10
        + (Patient(21, dict.fromkeys(range(14, 21), 4)),) * after
        + (Patient(21, {}),) * silent
    )


def pausing(paused: int, others: int) -> Population:
    """All answer up to day 20, but some not from day 10 to 18: flagged in week 2, and not in 1."""
    days = dict.fromkeys(range(21), 4)
    fewer = {day: 4 for day in days if day not in range(10, 19)}
    return (Patient(21, fewer),) * paused + (Patient(21, days),) * others


def ten_with_a_baseline(without: int) -> Population:
    """Ten answer every day, the others nine of the baseline's days, and all in week 6."""
    often = dict.fromkeys(range(49), 4)
    seldom = [{day: 4 for day in often if day > 35 or (day + k) % 3 == 0} for k in (0, 2)]
    return (Patient(48, often),) * 10 + tuple(Patient(48, seldom[k % 2]) for k in range(without))


def one_without_a_score_before(assessed: int) -> Population:
    """All are assessed in week 1, one of them for the first time."""
    others = (Patient(20, {}, {0: 10, 8: 8}),) * (assessed - 1)
    return (Patient(20, {}, {8: 8}), *others)


def gone_before_the_window_ends(assessed: int, gone: int, others: int) -> Population:
    """Some are assessed in week 0, and `gone` of them have not come to the end of the window."""
    scores = {0: 10, 3: 8}
    return (
        (Patient(8, {}, scores),) * gone
        + (Patient(20, {}, scores),) * (assessed - gone)
        + (Patient(20, {}),) * others
    )


def assessed_by_week(*sizes: int) -> Population:
    """So many are assessed in weeks 0, 1 and 2, all in the same window."""
    return tuple(
        Patient(20, {}, {0: 10, day: 8})
        for day, size in zip((3, 8, 14), sizes, strict=True)
        for _ in range(size)
    )


def one_unchanged() -> Population:
    """In weeks 0 and 1 twelve have got worse and twelve better, and one has done neither."""
    changed = [{0: 10, day: score} for day in (3, 8) for score in (2, 20) for _ in range(12)]
    return tuple(Patient(20, {}, scores) for scores in [*changed, {0: 10, 3: 10}])


def improved_and_still_cases(recovered: int, still: int, unchanged: int) -> Population:
    """All are cases; some get reliably better, and of these `still` remain cases."""
    later = [8] * recovered + [10] * still + [16] * unchanged
    return tuple(Patient(20, {}, {0: 16, 8: score}) for score in later)


def missing_below_caseness(missing: int, others: int) -> Population:
    """All have a baseline; of those below caseness `missing` are not assessed."""
    return (Patient(20, {}, {0: 8}),) * missing + tuple(
        Patient(20, {}, {0: before, 8: 8}) for before in (8, 16) for _ in range(others)
    )


def late_starters(early: int, late: int) -> Population:
    """Some answer from the first day to the last of week 6, others in weeks 5 and 6 alone."""
    days = dict.fromkeys(range(49), 4)
    return (Patient(48, days),) * early + (Patient(48, {d: 4 for d in days if d > 34}),) * late


def ten_stay(gone: int, late: int) -> Population:
    """Ten answer in week 1 and in week 6, and of others some in week 1 alone, some in week 6."""
    first, last = whole_week(), dict.fromkeys(range(42, 49), 4)
    return (
        (Patient(48, first | last),) * 10
        + (Patient(48, first),) * gone
        + (Patient(48, last),) * late
    )


def leaving_by_week(*sizes: int) -> Population:
    """So many answer every day for no week, for one, for two and so on; all come to day 48."""
    return tuple(
        Patient(48, dict.fromkeys(range(1, 7 * weeks), 4))
        for weeks, size in enumerate(sizes)
        for _ in range(size)
    )
