"""Floor and ceiling of the answers, once more in plain Python: see `reference`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from reference import LAST_JOURNEY_DAY, METRICS, Id, PulseDay, Session, key_text
from reference_changes import LAST_WEEK
from reference_precision import above, below, count, nearest, steps_of
from reference_statistics import mean_of, square_root, student_t_975

QUESTIONS = METRICS[:-1]


@dataclass(frozen=True)
class ExtremeRow:
    metric: str
    week: int
    answer: int
    patients: int | None
    share_pct: Decimal | None
    lower_pct: Decimal | None
    upper_pct: Decimal | None
    is_withheld: bool
    is_share_withheld: bool


def extremes(
    sessions: Sequence[Session], days: Mapping[Id, Sequence[PulseDay]], min_cell: int = 11
) -> list[ExtremeRow]:
    """Return the rows of rpt_pulse_extremes_by_week."""
    given: dict[tuple[str, int], dict[str, list[Fraction]]] = defaultdict(dict)
    for session in sessions:
        patient = key_text(session.patient_id)
        for row in days[session.session_id]:
            if 0 <= row.days_post_session <= LAST_JOURNEY_DAY:
                for metric, value in row.exact.items():
                    if value is not None:
                        people = given[metric, row.days_post_session // 7]
                        people.setdefault(patient, []).append(value)
    rows = []
    for week in range(LAST_WEEK + 1):
        sizes = [len(given[metric, week]) for metric in METRICS if given[metric, week]]
        is_safe = bool(sizes) and min(sizes) > min_cell
        rows += [
            _row(metric, week, answer, list(given[metric, week].values()), is_safe, min_cell)
            for metric in QUESTIONS
            for answer in (1, 5)
        ]
    return rows


def _row(
    metric: str,
    week: int,
    answer: int,
    people: Sequence[Sequence[Fraction]],
    is_safe: bool,
    min_cell: int,
) -> ExtremeRow:
    if not (is_safe and people):
        return ExtremeRow(metric, week, answer, None, None, None, None, True, True)
    sides = (
        sum(answer in answers for answers in people),
        sum(any(value != answer for value in answers) for answers in people),
        sum(any(1 < value < 5 for value in answers) for answers in people),
    )
    if min(sides) <= min_cell:
        shown = count(len(people), min_cell)
        return ExtremeRow(metric, week, answer, shown, None, None, None, False, True)
    n = len(people)
    shares = [Fraction(list(answers).count(Fraction(answer)), len(answers)) for answers in people]
    mean = mean_of(shares)
    variance = sum((share - mean) ** 2 for share in shares) / Fraction(n - 1)
    margin = Fraction(student_t_975(n - 1)) * square_root(variance / n)
    step = steps_of(n).share
    percent = (
        nearest(100 * mean, step),
        below(100 * max(mean - margin, Fraction(0)), step),
        above(100 * min(mean + margin, Fraction(1)), step),
    )
    return ExtremeRow(metric, week, answer, count(n, min_cell), *percent, False, False)
