"""Curves of outcomes computed again from raw rows with scipy."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from scipy import stats

import own_sql
from cohorts import Cohort
from database import Connection
from increments import run
from recomputed import Comparison, above, below, nearest, steps_of, wilson
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target, connect

# Target day of each window in which all answers are about days after the session.
WINDOWS = {30: (15, 45), 90: (46, 120), 180: (121, 210)}
SCORES = {"PHQ-9": "phq9_score", "GAD-7": "gad7_score"}
STEPS = {"response": (30, 90, 180), "relapse": (90, 180)}
# A window, and whether the event was in it.
Course = tuple[int, bool]

# When a journey ends has tests of its own.
RAW = """
    select s.session_id, s.patient_id, %(as_of)s - s.session_date,
        e.ended_days_post_session,
        array_agg(i.session_date - s.session_date order by i.session_date, i.created_at)
        filter (where i.session_id is not null),
        array_agg(i.{score} order by i.session_date, i.created_at)
        filter (where i.session_id is not null)
    from public.log_sessions as s
    inner join intermediate.int_session_ends as e on s.session_id = e.session_id
    left join public.log_integration_sessions as i
        on i.session_id = s.session_id and i.{score} is not null and i.session_date <= %(as_of)s
    where s.session_date <= %(as_of)s
    group by s.session_id, s.patient_id, s.session_date, e.ended_days_post_session
    order by s.session_date, s.session_id
"""


@pytest.fixture(scope="module")
def steps(built: str, copy_of: Callable[[str], Target]) -> Iterator[Connection]:
    """Tables whose rows a test may replace."""
    target = copy_of(built)
    run(target, SEED_AS_OF, "--select", "shown_outcome_curves", "rpt_outcome_curves")
    with connect(target) as connection:
        yield connection
        connection.rollback()


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
def test_counts_from_raw_rows(cohort: Cohort, instrument: str) -> None:
    """Before they are rounded, the counts give scipy's survival function of the raw rows."""
    for event, found in courses(cohort, instrument).items():
        share, counted = 1.0, dict[int, float]()
        for window, at_risk, events in cohort.rows(
            "select outcome_window_days, at_risk, events from intermediate.cell_outcome_curves "
            "where instrument = %s and event = %s order by 1",
            instrument,
            event,
        ):
            assert at_risk == sum(time >= window for time, _ in found), (event, window)
            share *= 1 - events / max(at_risk, 1)
            counted[window] = share
        assert set(counted) == set(STEPS[event])
        if not found:
            continue
        curve = estimate(found)
        assert {float(one) for one in curve.quantiles} <= set(map(float, counted))
        for window, probability in zip(curve.quantiles, curve.probabilities, strict=True):
            assert abs(counted[int(window)] - probability) < 1e-12


def drawn_steps(rng: random.Random) -> list[tuple[int, int, int]]:
    """A curve of one to three steps, in which some leave between the steps."""
    found, at_risk = [], 10 * rng.randint(6, 120)
    for window in STEPS["response"][: rng.randint(1, 3)]:
        events = 10 * rng.randint(2, at_risk // 10 - 1)
        found.append((window, at_risk, events))
        at_risk = 10 * rng.randint(1, (at_risk - events) // 10)
        if at_risk < 30:
            break
    return found


def test_shares_from_counts(steps: Connection) -> None:
    """At least 500 shares and bounds of drawn curves are scipy's, to the last published digit.

    The interval holds each share from which the estimate is 1.96 standard errors away or less, with
    the errors of so many patients as Greenwood's variance is worth.
    """
    rng = random.Random(18)
    curves = {f"curve {number}": drawn_steps(rng) for number in range(120)}
    steps.execute("truncate intermediate.shown_outcome_curves")
    with steps.cursor() as cursor:
        cursor.executemany(
            "insert into intermediate.shown_outcome_curves (instrument, event, "
            "outcome_window_days, at_risk, events, is_withheld) "
            "values (%s, 'response', %s, %s, %s, false)",
            [(name, *step) for name, found in curves.items() for step in found],
        )
    published = {
        (name, window): dict(zip(("share", "lower", "upper"), figures, strict=True))
        for name, _, window, _, _, *figures, _ in steps.execute(
            own_sql.query_of("rpt_outcome_curves").encode()
        ).fetchall()
    }
    comparison = Comparison()
    for name, found in curves.items():
        for window, expected in figures_of(found).items():
            comparison.add(f"{name} {window}: {found}", published[name, window], expected)
    assert comparison.differing == []
    assert comparison.compared >= 500


def figures_of(found: list[tuple[int, int, int]]) -> dict[int, dict[str, float | None]]:
    """The share without the event and its bounds by window, from as many patients."""
    patients: list[Course] = []
    at_risk = {window: number for window, number, _ in found}
    for place, (window, number, events) in enumerate(found):
        following = found[place + 1][1] if place + 1 < len(found) else 0
        patients += [(window, True)] * events
        patients += [(window, False)] * (number - events - following)
    curve = estimate(patients)
    # A narrow interval is nowhere cut off at 0 or 1.
    narrow = curve.confidence_interval(0.1, method="linear")
    errors = (narrow.high.probabilities - curve.probabilities) / stats.norm.ppf(0.55)
    return {
        int(window): bounds_of(float(share), float(error), at_risk[int(window)])
        for window, share, error in zip(curve.quantiles, curve.probabilities, errors, strict=True)
    }


def bounds_of(share: float, error: float, at_risk: int) -> dict[str, float | None]:
    """The shares that are as far from the estimate as their own standard errors allow."""
    lower, upper = wilson(share, share * (1 - share) / error**2)
    step = steps_of(at_risk)["share_step_pct"]
    return {
        "share": nearest(100 * share, step),
        "lower": below(100 * lower, step),
        "upper": above(100 * upper, step),
    }
