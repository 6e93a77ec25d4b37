"""Curves of outcomes computed again from raw rows with scipy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import sqrt
from typing import Any

import pytest
from scipy import optimize, stats

from cohorts import Cohort
from increments import run
from recomputed import Comparison
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target, connect

# Target day of each window in which all answers are about days after the session.
WINDOWS = {30: (15, 45), 90: (46, 120), 180: (121, 210)}
SCORES = {"PHQ-9": "phq9_score", "GAD-7": "gad7_score"}
STEPS = {"response": (30, 90, 180), "relapse": (90, 180)}
# A window, and whether the event was in it.
Course = tuple[int, bool]

RAW = """
    select s.session_id, s.patient_id, %(as_of)s - s.session_date,
        (select min(n.session_date) - s.session_date from public.log_sessions as n
        where n.patient_id = s.patient_id and n.session_date > s.session_date
        and n.session_date <= %(as_of)s),
        array_agg(i.session_date - s.session_date order by i.session_date, i.created_at)
        filter (where i.session_id is not null),
        array_agg(i.{score} order by i.session_date, i.created_at)
        filter (where i.session_id is not null)
    from public.log_sessions as s
    left join public.log_integration_sessions as i
        on i.session_id = s.session_id and i.{score} is not null and i.session_date <= %(as_of)s
    where s.session_date <= %(as_of)s
    group by s.session_id, s.patient_id, s.session_date
    order by s.session_date, s.session_id
"""


@pytest.fixture(scope="module")
def unsuppressed(built: str, own_copy_of: Callable[[str], Target]) -> Iterator[Cohort]:
    """The cohort with a threshold of one patient."""
    target = own_copy_of(built)
    variables = f"{{as_of: {SEED_AS_OF.isoformat()}, min_cell: 1}}"
    run(target, SEED_AS_OF, "--select", "cells", "rpt_outcome_curves", "--vars", variables)
    with connect(target, autocommit=True) as connection:
        yield Cohort(connection, SEED_AS_OF)


def courses(cohort: Cohort, instrument: str) -> dict[str, list[Course]]:
    """Of each patient's first session at caseness the courses to the two events."""
    cursor = cohort.connection.execute(
        RAW.format(score=SCORES[instrument]).encode(), {"as_of": cohort.as_of}
    )
    found: dict[str, list[Course]] = {"response": [], "relapse": []}
    patients = set()
    for _, patient, elapsed, end, days, scores in cursor.fetchall():
        taken = list(zip(days or (), scores or (), strict=True))
        before = [score for day, score in taken if -90 <= day <= 0]
        if not before or before[-1] < 10 or elapsed < 45 or patient in patients:
            continue
        patients.add(patient)
        last = min(elapsed + 1, 10_000 if end is None else end)
        windows = [
            window
            for window, (first, over) in WINDOWS.items()
            if over <= elapsed and (end is None or first < end)
        ]
        seen = []
        for window in windows:
            inside = [one for one in taken if WINDOWS[window][0] <= one[0] <= WINDOWS[window][1]]
            if inside:
                day = min((abs(d - window), d) for d, _ in inside)[1]
                seen += [(window, *[one for one in inside if one[0] == day][-1])]
        seen = [one for one in seen if one[1] < last]
        good = [(window, day) for window, day, score in seen if 2 * score <= before[-1]]
        if not good:
            found["response"] += [(windows[-1], False)] if windows else []
            continue
        found["response"].append((good[0][0], True))
        since = [(day - good[0][1], score) for _, day, score in seen if day > good[0][1]]
        lost = [day for day, score in since if score >= 10 and 2 * score > before[-1]]
        if since:
            days_followed = lost[0] if lost else since[-1][0]
            found["relapse"].append((90 if days_followed <= 120 else 180, bool(lost)))
    return found


def estimate(found: list[Course]) -> Any:
    """scipy's survival function."""
    return stats.ecdf(
        stats.CensoredData(
            uncensored=[time for time, has_event in found if has_event],
            right=[time for time, has_event in found if not has_event],
        )
    ).sf


@pytest.mark.parametrize("instrument", list(SCORES))
def test_counts_from_raw_rows(unsuppressed: Cohort, instrument: str) -> None:
    """Before they are rounded, the counts give scipy's survival function of the raw rows."""
    for event, found in courses(unsuppressed, instrument).items():
        share, counted = 1.0, dict[int, float]()
        for window, at_risk, events in unsuppressed.rows(
            "select outcome_window_days, at_risk, events from intermediate.cell_outcome_curves "
            "where instrument = %s and event = %s order by 1",
            instrument,
            event,
        ):
            assert at_risk == sum(time >= window for time, _ in found), (event, window)
            share *= 1 - events / max(at_risk, 1)
            counted[window] = share
        assert set(counted) == set(STEPS[event])
        curve = estimate(found)
        assert {float(one) for one in curve.quantiles} <= set(map(float, counted))
        for window, probability in zip(curve.quantiles, curve.probabilities, strict=True):
            assert abs(counted[int(window)] - probability) < 1e-12


def test_shares_from_published_counts(unsuppressed: Cohort) -> None:
    """A share and its interval follow from the counts of its row and of those before.

    scipy is given as many patients. Their interval holds each share from which the estimate is
    1.96 standard errors away or less, with the errors of so many patients as Greenwood's variance
    is worth.
    """
    comparison = Comparison()
    rows = unsuppressed.rows(
        "select instrument, event, outcome_window_days, at_risk, events, event_free_pct, "
        "event_free_ci_lower_pct, event_free_ci_upper_pct from published.rpt_outcome_curves "
        "where not is_withheld order by 1, 2, 3"
    )
    for instrument, event in sorted({row[:2] for row in rows}):
        steps = [row[2:] for row in rows if row[:2] == (instrument, event)]
        found: list[Course] = []
        for place, (window, at_risk, events, *_) in enumerate(steps):
            following = steps[place + 1][1] if place + 1 < len(steps) else 0
            found += [(window, True)] * events
            found += [(window, False)] * (at_risk - events - following)
        curve = estimate(found)
        bounds = curve.confidence_interval(0.95, method="linear")
        for place, (window, *_, percent, lower, upper) in enumerate(steps):
            share = float(curve.probabilities[place])
            error = (float(bounds.high.probabilities[place]) - share) / stats.norm.ppf(0.975)
            patients = share * (1 - share) / error**2

            def away(p: float, share: float = share, patients: float = patients) -> float:
                return (share - p) ** 2 * patients - stats.norm.ppf(0.975) ** 2 * p * (1 - p)

            expected = {
                "share": 100 * share,
                "lower": 100 * optimize.brentq(away, 1e-12, share),
                "upper": 100 * optimize.brentq(away, share, 1 - 1e-12),
            }
            assert sqrt(patients) > 1
            row = {"share": percent, "lower": lower, "upper": upper}
            comparison.add(f"{instrument} {event} {window}", row, expected)
    assert comparison.differing == []
    assert comparison.compared >= 12
