"""How precisely figures are published: the finest steps that do not tell who gave which answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from answers_told import rows_that_tell, sets_of_answers, shown_of
from nightly import nightly
from reference_precision import PULSE, Steps, figures, nearest, steps_of, table
from reference_precision import count as published_count
from reference_precision import share as published_share

MIN_CELL = 11
# Of so few patients hardly any answer was given by more than ten, whatever is shown.
VERY_FEW = (range(11, 15), range(15, 25))
# What a clinic can have, and all that is special about it.
NUMBERS = range(MIN_CELL, 1200)


def steps(*of: str) -> Steps:
    """Of means, from the ends, of deviations, the least of these."""
    return Steps(10, *map(Decimal, of), Decimal(1))


@pytest.mark.parametrize(
    "first", [25, 45, 55, nightly(85), nightly(105), nightly(205), nightly(405)]
)
def test_no_row_tells_that_a_few_gave_an_answer(first: int) -> None:
    """No number, mean and deviation say that 1 to 10 gave an answer, or another one than it."""
    assert rows_that_tell(first, steps_of(first)) == 0


@pytest.mark.parametrize(
    ("first", "of"),
    [
        (25, steps("0.20", "0.60", "0.50", "1.00")),
        (25, steps("0.20", "0.40", "0.50", "1.00")),
        (45, steps("0.10", "0.50", "0.50", "0.50")),
        (55, steps("0.10", "0.50", "0.20", "0.60")),
        nightly(85, steps("0.05", "0.40", "0.10", "0.60")),
        nightly(105, steps("0.05", "0.10", "0.10", "0.40")),
        nightly(205, steps("0.02", "0.10", "0.10", "0.40")),
    ],
)
def test_a_finer_row_tells(first: int, of: Steps) -> None:
    """The next finer deviation, or means nearer to the ends of the scale, are too fine."""
    assert rows_that_tell(first, of) > 0


def exactly_told(numbers: range, of: Steps) -> int:
    """Rows that tell by how many exactly an answer was given, or not given."""
    rows: dict[int, list[np.ndarray]] = defaultdict(list)
    for patients in numbers:
        sets = sets_of_answers(patients)
        for row, one in zip(shown_of(sets, patients, of), sets, strict=True):
            rows[int(row)].append(np.concatenate([one, patients - one]))
    told = 0
    for found in rows.values():
        least, most = np.min(found, axis=0), np.max(found, axis=0)
        told += int(((least == most) & (most > 0)).any())
    return told


@pytest.mark.parametrize("numbers", VERY_FEW)
def test_of_very_few_no_row_tells_how_many_exactly(numbers: range) -> None:
    """Below 25 patients a few gave an answer, but never is it known by how many."""
    assert exactly_told(numbers, steps_of(numbers[0])) == 0
    assert exactly_told(numbers, steps("0.0001", "0", "0.0001", "0.0001")) > 100


def test_the_step_of_means_hides_one_answer() -> None:
    """Totals are known to half a step: a patient in one of two may have given any answer."""
    for first, of in table().items():
        assert max(first, MIN_CELL) * of.mean >= PULSE[1] - PULSE[0]


def differences(step: int) -> int:
    """Pairs of shown numbers whose difference is known to be 1 to 10."""
    told = 0
    classes: dict[int, list[int]] = defaultdict(list)
    for number in range(MIN_CELL, 120):
        classes[max(step * ((number + step // 2) // step), MIN_CELL)].append(number)
    for larger, smaller in product(classes.values(), repeat=2):
        least, most = max(0, min(larger) - max(smaller)), max(larger) - min(smaller)
        told += 1 <= least <= most <= 10
    return told


def test_no_difference_of_two_counts_is_known_to_be_of_a_few() -> None:
    """So steps of five are too fine, and ten is the next round one."""
    assert {of.count for of in table().values()} == {10}
    assert differences(10) == 0
    assert differences(5) > 0
    # The counts of the models are these.
    for number in NUMBERS:
        assert published_count(number, MIN_CELL) == max(10 * ((number + 5) // 10), MIN_CELL)


def test_rows_of_the_table_begin_where_a_published_number_does() -> None:
    """Or the steps of a row would tell how many patients it is of."""
    for first in sorted(table())[1:]:
        assert published_count(first - 1, MIN_CELL) < published_count(first, MIN_CELL)


def parts_by_what_is_shown(
    share: Callable[[int, int], Decimal],
) -> dict[tuple[int, int, Decimal], set[int]]:
    """The parts of up to 330 patients that are shown alike with their total and share."""
    found: dict[tuple[int, int, Decimal], set[int]] = defaultdict(set)
    for whole in range(2 * MIN_CELL, 330):
        for part in range(MIN_CELL, whole - MIN_CELL + 1):
            counts = published_count(part, MIN_CELL), published_count(whole, MIN_CELL)
            found[*counts, share(part, whole)].add(part)
    return found


def exact_share(part: int, whole: int) -> Decimal:
    return nearest(Fraction(100 * part, whole), steps_of(whole).share)


def test_a_share_tells_no_more_than_its_counts() -> None:
    """It is that of the counts as they are shown. That of exact counts, in the same steps, would
    tell hundreds of them exactly, beside the rounded ones."""
    shown = parts_by_what_is_shown(lambda *counts: published_share(*counts, MIN_CELL)[0])
    assert len(shown) == len({counts[:2] for counts in shown})
    told = [parts for parts in parts_by_what_is_shown(exact_share).values() if len(parts) == 1]
    assert len(told) > 500


def test_twelve_patients_worked_out() -> None:
    """Eight gave 3 and four gave 4: 3.3333 with a deviation of 0.4924 said so."""
    answers = [Fraction(3)] * 8 + [Fraction(4)] * 4
    # 3.5 with 1 of 11: Student's t of 10 is 2.228, so 2.83 to 4.17, to the steps outside.
    assert figures(answers, MIN_CELL, PULSE) == tuple(
        map(Decimal, ("11", "3.5", "1", "2.5", "4.5"))
    )
    near_the_end = [Fraction(1)] * 29 + [Fraction(2)]
    assert figures(near_the_end, MIN_CELL, PULSE)[:3] == (30, Decimal("1.6"), Decimal(1))
