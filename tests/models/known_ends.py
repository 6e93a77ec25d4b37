"""Of journeys that are all over, whose end was recorded: what the attacker reads of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import combinations
from math import ceil, floor
from uuid import UUID

from known_curves import limits
from played_clinic import EXACTLY, Clinic
from populations import Patient

WEEKS = range(26)
FEW = range(1, 11)
# Ends by the day from which on nothing is due: one in the middle of week 5, three in week 11, and
# more in week 20. 99 are left.
ENDED = [38, 78, 80, 83, *[142, 143, 144] * 4]
# All journeys are over, so that nobody leaves a week but by an end. The counts of those who reach a
# week, who have come through it and who are under watch for silence are each no more than the last.
REACHED = """
    select patients from published.rpt_compliance_by_week where week_post_session = %(week)s
    union all
    select patients from published.rpt_review_flags
    where rule = 'silence' and week_post_session = %(week)s and week_post_session > 0
    union all
    select patients from published.rpt_pulse_attrition_by_week where week_post_session = %(week)s
"""
COMPLIANCE = """
    select week_post_session, shown.patients, {observed_pct}
    from published.rpt_compliance_by_week as shown
    inner join intermediate.cell_compliance_weeks using (week_post_session)
    where shown.observed_pct is not null
    order by 1
"""
ANSWERING = """
    select days_post_session, patients
    from published.rpt_pulse_trends_by_day
    where metric = 'mood' and patients is not null
"""
HALF_A_STEP = Fraction(1, 200)
Limits = tuple[int, int]


@contextmanager
def held(clinic: Clinic) -> Iterator[None]:
    """All journeys are over 180 days old; until the first end 64 of the 115 answer each day."""
    people = [
        Patient(180, {day: 4 for day in range(181) if (n + 51 * day) % 115 < 64})
        for n in range(115)
    ]
    rows = [(UUID(int=n), day, max(day - 1, 0)) for n, day in enumerate(ENDED)]
    clinic.copy(
        "intermediate.int_session_ends (session_id, ended_days_post_session, last_day_before_end)",
        rows,
    )
    clinic.connection.execute("update intermediate.ref_published_precision set count_step = 10")
    clinic.hold(tuple(people))
    yield
    clinic.connection.execute(EXACTLY.encode())
    clinic.connection.execute(
        "delete from intermediate.int_session_ends where session_id = any(%s)",
        [[key for key, *_ in rows]],
    )


def told(counts: Sequence[Limits]) -> list[tuple[int, int, Limits]]:
    """Two counts between which a few are known to have gone; none is above the one before."""
    least = [max(low for low, _ in counts[place:]) for place in range(len(counts))]
    most = [min(high for _, high in counts[: place + 1]) for place in range(len(counts))]
    found = []
    for early, late in combinations(range(len(counts)), 2):
        gone = max(0, least[early] - most[late]), most[early] - least[late]
        if gone[0] in FEW and gone[1] in FEW:
            found.append((early, late, gone))
    return found


def published(clinic: Clinic) -> list[Limits]:
    """The counts in the order in which people leave them."""
    return [
        limits(patients)
        for week in WEEKS
        for (patients,) in clinic.connection.execute(REACHED.encode(), {"week": week}).fetchall()
        if patients is not None
    ]


def by_shares(clinic: Clinic, observed_pct: str) -> list[Limits]:
    """The same from the share of answered days and the patients of each: they tell the due days.

    On a mean day of a week no more are due than reach the week, and no fewer than reach the next.
    """
    answering = dict(clinic.connection.execute(ANSWERING.encode()).fetchall())
    found = []
    for week, patients, share in clinic.connection.execute(
        COMPLIANCE.format(observed_pct=observed_pct).encode()
    ).fetchall():
        days = range(max(1, 7 * week), min(7 * week + 6, 180) + 1)
        least, most = (
            Fraction(100 * sum(limits(answering[day])[end] for day in days), len(days))
            for end in (0, 1)
        )
        low, high = limits(patients)
        of_all = Fraction(share)
        due = ceil(least / (of_all + HALF_A_STEP)), floor(most / (of_all - HALF_A_STEP))
        found += [(max(low, due[0]), high), (0, min(high, due[1]))]
    return found


def nearest_five(count: int) -> Limits:
    nearest = (count + 2) // 5 * 5
    return nearest - 2, nearest + 2


def reached() -> list[int]:
    """How many reach each week."""
    return [99 + sum(day > max(7 * week, 1) for day in ENDED) for week in WEEKS]
