"""Who gave which answer, as far as number, mean and deviation of one row tell: the attacker's side.

Answers are whole numbers from 1 to 5. What a row shows depends on how many there are, their sum and
the sum of their squares. Which of these triples can be is computed for everybody, for everybody
without a given answer, and so on: every set of answers of every number of patients of a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from reference_precision import Steps

FEW = 10
LEAST = FEW + 1
ANSWERS = range(5)

# Whether a sum of answers (rows) and of their squares (columns) can be; an answer of 1 counts as 0.
Sums = NDArray[np.bool_]
# Of one answer, who gave it and who did not: nobody, a few, or many.
Sizes = tuple[Sums, Sums, Sums]


def one_more(sums: Sums, answers: Sequence[int]) -> Sums:
    found = np.zeros((sums.shape[0] + 4, sums.shape[1] + 16), bool)
    for answer in answers:
        square = answer * answer
        found[answer : answer + sums.shape[0], square : square + sums.shape[1]] |= sums
    return found


def with_alike(sums: Sums, number: int, answer: int, shape: tuple[int, int]) -> Sums:
    """With so many more who give the answer."""
    found = np.zeros(shape, bool)
    first, second = number * answer, number * answer * answer
    rows, columns = min(sums.shape[0], shape[0] - first), min(sums.shape[1], shape[1] - second)
    found[first : first + rows, second : second + columns] = sums[:rows, :columns]
    return found


def sizes(answer: int, numbers: range) -> Iterator[tuple[int, Sizes, Sizes]]:
    """By number of patients: the sums where nobody, a few or many gave the answer, or another."""
    others = [one for one in ANSWERS if one != answer]
    nobody: Sums = np.ones((1, 1), bool)
    everybody, without = [nobody], [nobody]
    many_others = nobody
    for number in range(1, numbers.stop):
        everybody = [*everybody[-LEAST:], one_more(everybody[-1], ANSWERS)]
        without.append(one_more(without[-1], others))
        if number >= LEAST:
            many_others = without[LEAST] if number == LEAST else one_more(many_others, ANSWERS)
        if number not in numbers:
            continue
        shape = everybody[-1].shape
        few, few_others = np.zeros(shape, bool), np.zeros(shape, bool)
        for size in range(1, FEW + 1):
            few |= with_alike(without[number - size], size, answer, shape)
            few_others |= with_alike(without[size], number - size, answer, shape)
        many = with_alike(everybody[-LEAST - 1], LEAST, answer, shape)
        nobody_else = with_alike(nobody, number, answer, shape)
        yield number, (without[number], few, many), (nobody_else, few_others, many_others)


def shown(sums: Sums, patients: int, steps: Steps) -> NDArray[np.int64]:
    """Return what rows show of these sums, as one number each."""
    total, squares = np.nonzero(sums)
    return np.unique(_row(total + patients, squares + 2 * total + patients, patients, steps))


def sets_of_answers(patients: int) -> NDArray[np.int64]:
    """Return how many gave each answer, in every way that there is."""
    rows = np.array(list(combinations_with_replacement(range(patients + 1), 4)))
    bounds = np.column_stack([np.zeros(len(rows)), rows, np.full(len(rows), patients)])
    return np.diff(bounds, axis=1).astype(np.int64)


def shown_of(sets: NDArray[np.int64], patients: int, steps: Steps) -> NDArray[np.int64]:
    """Return what a row shows of each set of answers, as one number."""
    answers = np.arange(1, 6)
    return _row(sets @ answers, sets @ answers**2, patients, steps)


def _row(
    total: NDArray[np.int64], squares: NDArray[np.int64], patients: int, steps: Steps
) -> NDArray[np.int64]:
    mean = total / patients
    variance = np.maximum(squares - total * total / patients, 0) / (patients - 1)
    margin, width = float(steps.end_margin), float(steps.deviation)
    places = np.floor(np.clip(mean, 1 + margin, 5 - margin) / float(steps.mean) + 0.5 + 1e-9)
    deviations = np.ceil(np.sqrt(variance) / width - 1e-9)
    least = np.ceil(float(steps.least_deviation) / width - 1e-9)
    return (places * 100_000 + np.maximum(deviations, least)).astype(np.int64)


def rows_that_tell(first: int, steps: Steps) -> int:
    """Rows that tell of an answer that a few patients gave it, or another one.

    A row is all that can be shown of `first` and the other numbers of patients shown like it. The
    answers 4 and 5 are 2 and 1 seen from the other end.
    """
    numbers = range(first, first + steps.count)
    told = 0
    for answer in (0, 1, 2):
        by_side: list[list[list[NDArray[np.int64]]]] = [[[], [], []], [[], [], []]]
        for number, *sides in sizes(answer, numbers):
            for side, groups in zip(by_side, sides, strict=True):
                for found, sums in zip(side, groups, strict=True):
                    found.append(shown(sums, number, steps))
        for side in by_side:
            nobody, few, many = (np.unique(np.concatenate(found)) for found in side)
            told += len(np.setdiff1d(np.setdiff1d(few, nobody), many))
    return told
