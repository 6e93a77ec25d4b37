"""Who still answers, and how those who left began, in plain Python: see `reference`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

from reference import LAST_JOURNEY_DAY, METRICS, Id, PulseDay, Session, key_text
from reference_changes import FIRST_MONTH, LAST_WEEK
from reference_ends import Ends, last_day
from reference_precision import PULSE, above, below, count, figures, nearest, share, steps_of
from reference_statistics import mean_of, square_root, student_t_975

NEVER = -1
FIRST_OF_THE_LAST_WEEKS = 22
Days = Mapping[Id, Sequence[PulseDay]]


@dataclass(frozen=True)
class AttritionRow:
    week: int
    patients: int | None
    still_answering: int | None
    pct: Decimal | None
    lower_pct: Decimal | None
    upper_pct: Decimal | None
    is_due: bool
    is_withheld: bool
    is_share_withheld: bool


@dataclass(frozen=True)
class LeavingRow:
    metric: str
    leavers: int | None
    leavers_mean: Decimal | None
    stayers: int | None
    stayers_mean: Decimal | None
    difference: Decimal | None
    ci_lower: Decimal | None
    ci_upper: Decimal | None
    is_withheld: bool


def elapsed(session: Session, as_of: date, ends: Ends) -> int:
    """The last day of the journey that has come."""
    return last_day(ends.get(session.session_id), (as_of - session.session_day).days)


def last_week(session: Session, days: Days, as_of: date, ends: Ends) -> int:
    """The last week with a pulse check on a due day."""
    due = range(1, elapsed(session, as_of, ends) + 1)
    found = [row.days_post_session for row in days[session.session_id]]
    return max((day // 7 for day in found if day in due), default=NEVER)


def attrition(
    sessions: Sequence[Session], days: Days, as_of: date, ends: Ends, min_cell: int = 11
) -> list[AttritionRow]:
    """Return the rows of rpt_pulse_attrition_by_week."""
    last: dict[int, dict[str, int]] = defaultdict(dict)
    for session in sessions:
        patient, answered = key_text(session.patient_id), last_week(session, days, as_of, ends)
        for week in range(LAST_WEEK + 1):
            if elapsed(session, as_of, ends) >= min(7 * week + 6, LAST_JOURNEY_DAY):
                last[week][patient] = max(answered, last[week].get(patient, NEVER))
    furthest = max((elapsed(session, as_of, {}) for session in sessions), default=-1)
    rows, shown = [], None
    for week in range(LAST_WEEK, -1, -1):
        patients = len(last[week])
        still = sum(answered >= week for answered in last[week].values())
        left = None
        if shown is not None:
            left = sum(week <= answered < shown for answered in last[shown].values())
        if still > min_cell and patients - still > min_cell and (left is None or left > min_cell):
            shown = week
            shares = share(still, patients, min_cell)
            counts = count(patients, min_cell), count(still, min_cell)
            rows.append(AttritionRow(week, *counts, *shares, True, False, False))
        elif furthest < min(7 * week + 6, LAST_JOURNEY_DAY):
            rows.append(AttritionRow(week, 0, 0, None, None, None, False, False, False))
        else:
            known = count(patients, min_cell) if patients > min_cell else None
            rows.append(
                AttritionRow(week, known, None, None, None, None, True, known is None, True)
            )
    return rows


def leaving(
    sessions: Sequence[Session], days: Days, as_of: date, ends: Ends, min_cell: int = 11
) -> list[LeavingRow]:
    """Return the rows of rpt_first_month_by_leaving."""
    values: dict[str, dict[str, list[Fraction]]] = {metric: {} for metric in METRICS}
    stays: dict[str, bool] = defaultdict(bool)
    for session in sessions:
        if elapsed(session, as_of, ends) < LAST_JOURNEY_DAY:
            continue
        patient = key_text(session.patient_id)
        first = [row for row in days[session.session_id] if row.days_post_session in FIRST_MONTH]
        answers = {
            metric: [value for row in first if (value := row.exact[metric]) is not None]
            for metric in METRICS
        }
        if any(answers.values()):
            stays[patient] |= last_week(session, days, as_of, ends) >= FIRST_OF_THE_LAST_WEEKS
        for metric, given in answers.items():
            if given:
                values[metric].setdefault(patient, []).extend(given)
    sides = {
        metric: [
            [mean_of(given) for patient, given in people.items() if stays[patient] is stay]
            for stay in (False, True)
        ]
        for metric, people in values.items()
    }
    sizes = [len(side) for both in sides.values() for side in both if side]
    is_safe = bool(sizes) and min(sizes) > min_cell
    # Of each side, who answered a question and has no composite.
    answered = {patient for people in values.values() for patient in people}
    without = [
        sum(stays[patient] is stay for patient in answered - values["composite"].keys())
        for stay in (False, True)
    ]
    is_telling = any(0 < number < min_cell for number in without)
    return [
        _compared(metric, *both, min_cell)
        if is_safe and min(map(len, both)) > 1 and not (metric == "composite" and is_telling)
        else LeavingRow(metric, None, None, None, None, None, None, None, is_withheld=True)
        for metric, both in sides.items()
    ]


def _compared(
    metric: str, left: list[Fraction], stayed: list[Fraction], min_cell: int
) -> LeavingRow:
    """Welch: each side has a variance of its own; degrees of freedom are rounded down.

    All from what is shown of the two sides, in the steps of the smaller one.
    """
    sides = [figures(side, min_cell, PULSE) for side in (left, stayed)]
    step = max(steps_of(len(side)).mean for side in (left, stayed))
    difference = nearest(Fraction(sides[0][1]) - Fraction(sides[1][1]), step)
    parts = [Fraction(deviation or 0) ** 2 / patients for patients, _, deviation, *_ in sides]
    lower = upper = None
    if all(patients > 1 for patients, *_ in sides):
        weights = [part**2 / (side[0] - 1) for part, side in zip(parts, sides, strict=True)]
        freedom = floor(sum(parts) ** 2 / sum(weights))
        margin = Fraction(student_t_975(freedom)) * square_root(sum(parts, Fraction(0)))
        lower = below(Fraction(difference) - margin, step)
        upper = above(Fraction(difference) + margin, step)
    (leavers, left_mean, *_), (stayers, stayed_mean, *_) = sides
    return LeavingRow(
        metric, leavers, left_mean, stayers, stayed_mean, difference, lower, upper, False
    )
