"""What of the trends is published, once more in plain Python: see `reference`.

Each rule is written as a question about the patients of a week.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Literal

from reference import LAST_JOURNEY_DAY, Id, PulseDay, Session
from reference_courses import compliance_weeks
from reference_ends import Ends, journey_days
from reference_precision import PULSE, figures
from reference_trends import TrendRow, patients_means, trends

Days = Mapping[Id, Sequence[PulseDay]]


def published_trends(
    days: Days,
    sessions: Sequence[Session],
    as_of: date,
    by: Literal["day", "week"],
    min_cell: int = 11,
    ends: Ends | None = None,
) -> list[TrendRow]:
    """Return the rows of rpt_pulse_trends_by_day or rpt_pulse_trends_by_week."""
    days = {key: journey_days(rows, (ends or {}).get(key)) for key, rows in days.items()}
    rows = trends(days, sessions, by)
    means = patients_means(days, sessions, by)
    weeks: dict[int, list[TrendRow]] = defaultdict(list)
    for row in rows:
        weeks[row.period // {"day": 7, "week": 1}[by]].append(row)
    if by == "week":
        safe = {week for week, found in weeks.items() if _is_week_safe(found, min_cell)}
        telling = telling_composites(days, sessions, min_cell, 7)
        telling |= weeks_without_a_composite(days, sessions, min_cell)
        return [
            _rounded(row, means[row.metric, row.period], min_cell)
            if row.period in safe and (row.metric != "composite" or row.period not in telling)
            else _hidden(row)
            for row in rows
        ]
    shares = compliance_weeks(sessions, days, as_of, min_cell, ends)
    last = max(((as_of - session.session_day).days for session in sessions), default=-1)
    safe = {
        week
        for week, found in weeks.items()
        if not shares[week].is_share_withheld and _are_days_safe(found, last, min_cell)
    }
    telling = telling_composites(days, sessions, min_cell)
    return [
        _rounded(row, means[row.metric, row.period], min_cell)
        if row.period // 7 in safe and (row.metric != "composite" or row.period not in telling)
        else _hidden(row)
        for row in rows
    ]


def _is_week_safe(rows: Sequence[TrendRow], min_cell: int) -> bool:
    """Whether more than `min_cell` patients answered each question that anybody answered."""
    return all(row.patients > min_cell for row in rows if row.patients)


def _are_days_safe(rows: Sequence[TrendRow], last: int, min_cell: int) -> bool:
    """The same for each day up to the `last` that anybody has reached."""
    asked = {row.metric for row in rows if row.patients}
    return all(
        (row.patients or 0) > min_cell for row in rows if row.metric in asked and row.period <= last
    )


def telling_composites(
    days: Days, sessions: Sequence[Session], min_cell: int, length: int = 1
) -> set[int]:
    """Days, or weeks, in which all but a few gave four answers, or all but a few gave three."""
    given: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for session in sessions:
        for row in days[session.session_id]:
            if 0 <= row.days_post_session <= LAST_JOURNEY_DAY:
                patient = str(session.patient_id).lower()
                given[row.days_post_session // length][patient].add(len(row.check.answers))
    telling = set()
    for period, patients in given.items():
        for usual in (3, 4):
            others = sum(bool(sizes - {usual}) for sizes in patients.values())
            if 0 < others < min_cell:
                telling.add(period)
    return telling


def weeks_without_a_composite(days: Days, sessions: Sequence[Session], min_cell: int) -> set[int]:
    """Weeks in which a few answered, and never three questions on one day."""
    most: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for session in sessions:
        for row in days[session.session_id]:
            if 0 <= row.days_post_session <= LAST_JOURNEY_DAY:
                of_week, patient = most[row.days_post_session // 7], str(session.patient_id).lower()
                of_week[patient] = max(of_week[patient], len(row.check.answers))
    return {
        week
        for week, patients in most.items()
        if sum(answers < 3 for answers in patients.values()) in range(1, min_cell)
    }


def _rounded(row: TrendRow, means: Sequence[Fraction], min_cell: int) -> TrendRow:
    if not means:
        return _hidden(row)
    return TrendRow(row.metric, row.period, *figures(means, min_cell, PULSE), is_withheld=False)


def _hidden(row: TrendRow) -> TrendRow:
    return TrendRow(row.metric, row.period, None, None, None, None, None, is_withheld=True)
