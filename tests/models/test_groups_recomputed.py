"""Figures of who is still there, computed again from raw rows with scipy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from database import Connection
from increments import run
from recomputed import (
    above,
    below,
    count_of,
    deviation_of,
    mean_figures,
    mean_of,
    nearest,
    share_figures,
    steps_of,
    with_interval,
)
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target, connect

QUESTIONS = ("connection", "sleep", "mood", "energy")
MODELS = ("cells", "published")
Array = NDArray[np.float64]
# By patient and session: a row per day 0 to 180, a column per question, then the composite.
Diaries = dict[tuple[Any, Any], Array]

RAW = """
    select distinct on (c.session_id, c.check_date)
        s.patient_id, c.session_id, c.check_date - s.session_date as day,
        c.connection_level, c.sleep_quality, c.mood_level, c.energy_level
    from public.log_pulse_checks as c
    inner join public.log_sessions as s using (session_id)
    where c.check_date between s.session_date and least(s.session_date + 180, %s)
    order by
        c.session_id, c.check_date,
        num_nonnulls(c.connection_level, c.sleep_quality, c.mood_level, c.energy_level) desc,
        c.created_at desc, c.pulse_check_id
"""
# Up to the day before the recorded end or the next session, but at least the session's own day.
ELAPSED = """
    select patient_id, session_id, greatest(least(
        %s, lead(session_date) over (partition by patient_id order by session_date) - 1,
        session_date + 180, case when end_type <> 'NOT_ENDED' then end_date - 1 end
    ) - session_date, 0)
    from public.log_sessions
    left join (
        select distinct on (session_id) session_id, end_type, end_date
        from public.log_journey_ends
        order by session_id, created_at desc
    ) as ends using (session_id)
    where session_date <= %s
"""


@pytest.fixture(scope="module")
def shown(built: str, own_copy_of: Callable[[str], Target]) -> Iterator[Connection]:
    """The seed's cohort with groups from one patient on, so that many figures are shown."""
    target = own_copy_of(built)
    variables = f"{{as_of: {SEED_AS_OF.isoformat()}, min_cell: 0}}"
    run(target, SEED_AS_OF, "--select", *MODELS, "--vars", variables)
    with connect(target, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def diaries(shown: Connection) -> Diaries:
    found: Diaries = {}
    for patient, session, day, *answers in shown.execute(RAW.encode(), [SEED_AS_OF]).fetchall():
        diary = found.setdefault((patient, session), np.full((181, 5), np.nan))
        diary[day, :4] = [np.nan if answer is None else answer for answer in answers]
    for diary in found.values():
        enough = np.isfinite(diary[:, :4]).sum(axis=1) >= 3
        diary[enough, 4] = np.nanmean(diary[enough, :4], axis=1)
    return found


@pytest.fixture(scope="module")
def elapsed(shown: Connection) -> dict[tuple[Any, Any], int]:
    rows = shown.execute(ELAPSED.encode(), [SEED_AS_OF, SEED_AS_OF]).fetchall()
    return {(patient, session): days for patient, session, days in rows}


def same(found: Sequence[Any], expected: Iterable[float | None]) -> bool:
    return np.allclose([float(one) for one in found], list(expected), atol=1e-9, rtol=0)


def test_changes_from_raw_rows(shown: Connection, diaries: Diaries) -> None:
    """Each change that is shown is scipy's mean and t interval of the patients' own changes."""
    rows = shown.execute(
        b"select metric, week_post_session, patients, mean_change, ci_lower, ci_upper "
        b"from published.rpt_pulse_changes_by_week where not is_withheld"
    ).fetchall()
    assert len(rows) > 60
    for metric, week, patients, *figures in rows:
        column = [*QUESTIONS, "composite"].index(metric)
        both: dict[Any, list[Array]] = {}
        for (patient, _), diary in diaries.items():
            later, first = diary[7 * week : 7 * week + 7, column], diary[7:35, column]
            if np.isfinite(later).any() and np.isfinite(first).any():
                sides = both.setdefault(patient, [later[:0], first[:0]])
                both[patient] = [np.append(sides[0], later), np.append(sides[1], first)]
        changes = [np.nanmean(later) - np.nanmean(first) for later, first in both.values()]
        assert count_of(len(changes)) == patients
        expected = mean_figures(changes, ("mean", "", "lower", "upper"))
        del expected[""]
        assert same(figures, expected.values()), (metric, week)


def test_attrition_from_raw_rows(
    shown: Connection, diaries: Diaries, elapsed: dict[tuple[Any, Any], int]
) -> None:
    """Each share that still answers is scipy's with its Wilson interval."""
    rows = shown.execute(
        b"select week_post_session, patients, still_answering, still_answering_pct, "
        b"still_answering_ci_lower_pct, still_answering_ci_upper_pct "
        b"from published.rpt_pulse_attrition_by_week where is_due and not is_share_withheld"
    ).fetchall()
    assert len(rows) > 2
    answered = _answered_days(shown)
    for week, patients, still, *percent in rows:
        come = {key for key, days in elapsed.items() if days >= min(7 * week + 6, 180)}
        there = {key for key in come if any(7 * week <= day for day in answered.get(key, ()))}
        whole, part = (len({patient for patient, _ in side}) for side in (come, there))
        assert (count_of(whole), count_of(part)) == (patients, still)
        assert same(percent, share_figures(part, whole, "share").values())


def _answered_days(shown: Connection) -> dict[tuple[Any, Any], list[int]]:
    """Days from 1 on with a pulse check, with or without an answer."""
    found: dict[tuple[Any, Any], list[int]] = {}
    for patient, session, day, *_ in shown.execute(RAW.encode(), [SEED_AS_OF]).fetchall():
        if day > 0:
            found.setdefault((patient, session), []).append(day)
    return found


def test_first_months_from_raw_rows(
    shown: Connection, diaries: Diaries, elapsed: dict[tuple[Any, Any], int]
) -> None:
    """Leavers and stayers are compared as scipy's Welch test compares them."""
    rows = shown.execute(
        b"select metric, leavers, leavers_mean, stayers, stayers_mean, difference, ci_lower, "
        b"ci_upper from published.rpt_first_month_by_leaving where not is_withheld"
    ).fetchall()
    assert len(rows) == 5
    answered = _answered_days(shown)
    for metric, leavers, leavers_mean, stayers, stayers_mean, *figures in rows:
        column = [*QUESTIONS, "composite"].index(metric)
        firsts: dict[Any, list[Array]] = {}
        stays = set()
        for (patient, session), diary in diaries.items():
            if elapsed[patient, session] < 180 or not np.isfinite(diary[7:35]).any():
                continue
            if max(answered.get((patient, session), [0])) >= 154:
                stays.add(patient)
            if np.isfinite(diary[7:35, column]).any():
                firsts.setdefault(patient, []).append(diary[7:35, column])
        means = {patient: np.nanmean(np.concatenate(days)) for patient, days in firsts.items()}
        left = [float(mean) for patient, mean in means.items() if patient not in stays]
        stayed = [float(mean) for patient, mean in means.items() if patient in stays]
        assert (count_of(len(left)), count_of(len(stayed))) == (leavers, stayers)
        sides = mean_of(left, (1, 5)), mean_of(stayed, (1, 5))
        assert same((leavers_mean, stayers_mean), sides)
        step = max(steps_of(len(side))["mean_step"] for side in (left, stayed))
        difference = nearest(sides[0] - sides[1], step)
        assert same(figures[:1], [difference]), metric
        if min(leavers, stayers) < 2:
            assert figures[1:] == [None, None]
            continue
        # Degrees of freedom are rounded down here, and not by scipy.
        errors = [deviation_of(left) ** 2 / leavers, deviation_of(stayed) ** 2 / stayers]
        freedom = sum(errors) ** 2 / sum(
            error**2 / (size - 1) for error, size in zip(errors, (leavers, stayers), strict=True)
        )
        bounds = with_interval(difference, float(np.sqrt(sum(errors))), int(freedom), step)
        assert same(figures[1:], bounds), metric


def test_ends_of_the_scale_from_raw_rows(shown: Connection, diaries: Diaries) -> None:
    """Each share of an end of the scale is the mean over patients, with scipy's t interval."""
    rows = shown.execute(
        b"select question, week_post_session, answer, patients, share_pct, share_ci_lower_pct, "
        b"share_ci_upper_pct from published.rpt_pulse_extremes_by_week where not is_share_withheld"
    ).fetchall()
    assert len(rows) > 60
    for metric, week, answer, patients, *percent in rows:
        column = QUESTIONS.index(metric)
        given: dict[Any, Array] = {}
        for (patient, _), diary in diaries.items():
            days = diary[7 * week : 7 * week + 7, column]
            if np.isfinite(days).any():
                before = given.get(patient, days[:0])
                given[patient] = np.append(before, days[np.isfinite(days)])
        shares = np.array([(answers == answer).mean() for answers in given.values()])
        assert count_of(len(shares)) == patients
        step = steps_of(len(shares))["share_step_pct"]
        bounds = stats.t.interval(0.95, len(shares) - 1, shares.mean(), stats.sem(shares))
        lower, upper = 100 * np.clip(bounds, 0, 1)
        expected = nearest(100 * shares.mean(), step), below(lower, step), above(upper, step)
        assert same(percent, expected), (metric, week)
