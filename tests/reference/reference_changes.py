"""Changes of the same people, once more in plain Python: see `reference`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from reference import METRICS, Id, PulseDay, Session, key_text
from reference_precision import figures
from reference_statistics import mean_of

FIRST_MONTH = range(7, 35)
LAST_WEEK = 25


@dataclass(frozen=True)
class ChangeRow:
    metric: str
    week: int
    patients: int | None
    mean_change: Decimal | None
    ci_lower: Decimal | None
    ci_upper: Decimal | None
    is_withheld: bool


# By metric and week: each patient's answers of the week, and of the first month.
Both = dict[str, tuple[list[Fraction], list[Fraction]]]


def with_both(
    days: Mapping[Id, Sequence[PulseDay]], sessions: Iterable[Session]
) -> dict[tuple[str, int], Both]:
    """The patients of each metric and week who answered in it and in the first month before."""
    found: dict[tuple[str, int], Both] = defaultdict(dict)
    for session in sessions:
        patient = key_text(session.patient_id)
        for metric in METRICS:
            weeks: dict[int, list[Fraction]] = defaultdict(list)
            first = []
            for row in days[session.session_id]:
                value = row.exact[metric]
                if value is None or not 7 <= row.days_post_session <= 180:
                    continue
                if row.days_post_session in FIRST_MONTH:
                    first.append(value)
                else:
                    weeks[row.days_post_session // 7].append(value)
            for week, later in weeks.items() if first else ():
                both = found[metric, week].setdefault(patient, ([], []))
                both[0].extend(later)
                both[1].extend(first)
    return found


def published_changes(
    days: Mapping[Id, Sequence[PulseDay]], sessions: Sequence[Session], min_cell: int = 11
) -> list[ChangeRow]:
    """Return the rows of rpt_pulse_changes_by_week."""
    both, answering = with_both(days, sessions), _answering(days, sessions)
    rows = []
    for week in range(5, LAST_WEEK + 1):
        sizes = [len(both[metric, week]) for metric in METRICS if both[metric, week]]
        others = [len(answering[metric, week] - both[metric, week].keys()) for metric in METRICS]
        questions = set().union(*(both[metric, week] for metric in METRICS[:-1]))
        without = len(questions - both["composite", week].keys())
        is_safe = all(size > min_cell for size in sizes) and not any(
            0 < size < min_cell for size in others
        )
        for metric in METRICS:
            people = both[metric, week]
            is_telling = metric == "composite" and without in range(1, min_cell)
            if not is_safe or not people or is_telling:
                rows.append(ChangeRow(metric, week, None, None, None, None, is_withheld=True))
                continue
            changes = [mean_of(later) - mean_of(first) for later, first in people.values()]
            patients, mean, _, lower, upper = figures(changes, min_cell)
            rows.append(ChangeRow(metric, week, patients, mean, lower, upper, is_withheld=False))
    return rows


def _answering(
    days: Mapping[Id, Sequence[PulseDay]], sessions: Iterable[Session]
) -> dict[tuple[str, int], set[str]]:
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for session in sessions:
        for row in days[session.session_id]:
            if 0 <= row.days_post_session <= 180:
                for metric, value in row.exact.items():
                    if value is not None:
                        patient = key_text(session.patient_id)
                        found[metric, row.days_post_session // 7].add(patient)
    return found
