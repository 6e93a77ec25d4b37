"""The funnels of the demo beside the reference, recomputed by outside libraries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from scipy import stats

from benchmark_rows import expected, mart
from checkout import Demo
from cohorts import Cohort
from raw_values import journey_values
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database import settings

GROUP = "demo"
SESSIONS = """
select session_id, patient_id, practitioner_id
from public.log_sessions
where %s - session_date > 180 and not exists (
    select from public.log_sessions as later
    where later.patient_id = log_sessions.patient_id
    and later.session_date - log_sessions.session_date between 1 and 180
) and not exists (
    select from public.log_journey_ends as ended
    where ended.session_id = log_sessions.session_id and end_type <> 'NOT_ENDED'
    and days_post_session <= 180 and not exists (
        select from public.log_journey_ends as later
        where later.session_id = ended.session_id and later.created_at > ended.created_at
    )
)
order by session_date, session_id
"""
MART = """
select
    practitioner_id, funnel_class, own_patients, compared_patients, network_patients,
    own_value, compared_value, expected_value, lower_998, lower_95, upper_95, upper_998
from marts.fct_practitioner_benchmarks
where measure = 'composite_slope_per_30_days'
"""
WIDTHS = -stats.norm.ppf(0.999), -stats.norm.ppf(0.975), *stats.norm.ppf([0.975, 0.999])


@dataclass
class Row:
    """A practitioner's comparison in floating point."""

    own: Sequence[float]
    compared: Sequence[float]
    network: int
    expected: float
    variance: float


@pytest.fixture
def cohort(demo: Demo) -> Iterator[Cohort]:
    """Twelve practitioners, enough for a funnel."""
    with settings.connect(demo.target, autocommit=True) as connection:
        yield Cohort(connection, SEED_AS_OF)


def test_the_funnels_are_those_of_the_reference(cohort: Cohort) -> None:
    """Every row and column; there are classes, and rows without one."""
    found = mart(cohort)
    assert found == expected(cohort)
    assert {row[1] for row in found.values()} >= {"as_expected", "not_computable"}


def test_the_funnel_of_the_slope_is_what_numpy_makes_of_the_answers(cohort: Cohort) -> None:
    """Slopes, bands, expected values, DerSimonian's variance and limits, to the last digit."""
    bands = _bands(cohort)
    rows = {who: row for who in {who for who, _ in bands} if (row := _row(who, bands))}
    judged = {who: row for who, row in rows.items() if len(row.compared) >= 10}
    between = _between(list(judged.values()))
    shown = Counter[bool]()
    for who, told, own, compared, network, *figures in cohort.rows(MART):
        row = rows.get(who)
        if row is None:
            assert (own, compared) == (sum(len(v) for (w, _), v in bands.items() if w == who), 0)
            continue
        assert (own, compared, network) == (len(row.own), len(row.compared), row.network)
        figured = [np.mean(row.own), np.mean(row.compared), row.expected]
        has_limits = who in judged and _is_free(who, judged)
        if has_limits:
            error = np.sqrt(row.variance + between)
            figured += [row.expected + width * error for width in WIDTHS]
            assert told == _class(float(figured[1]), [float(one) for one in figured[3:]])
        shown[has_limits] += 1
        numbers = [None if one is None else float(one) for one in figures]
        assert numbers[: len(figured)] == pytest.approx(figured, abs=6e-5)
        assert numbers[len(figured) :] == ([] if has_limits else [None] * 4)
    assert shown[True] > 1


def _bands(cohort: Cohort) -> dict[tuple[UUID, str], list[float]]:
    """By practitioner and band the slopes of patients, each once."""
    days: Any = defaultdict(dict)
    for session_id, day, metric, value in journey_values(cohort):
        if metric == "composite":
            days[session_id][day] = value
    found: Any = defaultdict(list)
    seen = set()
    for session_id, patient_id, practitioner_id in cohort.rows(SESSIONS, cohort.as_of):
        later = {day: value for day, value in days[session_id].items() if day >= 14}
        if len(later) < 60 or patient_id in seen:
            continue
        seen.add(patient_id)
        first = [value for day, value in days[session_id].items() if day < 14]
        level = round(float(np.mean(first)), 9) if first else None
        band = "none" if level is None else str(int(np.digitize(level, [2.5, 3.5])))
        slope = 30 * np.polyfit([*later], [*later.values()], 1)[0]
        found[practitioner_id, band].append(float(slope))
    return dict(found)


def _row(who: UUID, bands: Mapping[tuple[UUID, str], list[float]]) -> Row | None:
    own = {band: values for (one, band), values in bands.items() if one == who}
    others: Any = {
        band: [values for (one, its), values in bands.items() if its == band and one != who]
        for band in own
    }
    shown = {
        band: np.concatenate(of)
        for band, of in others.items()
        if len(of) >= 3 and (n := sum(map(len, of))) >= 11 and 2 * max(map(len, of)) <= n
    }
    if not shown:
        return None
    sizes = np.array([len(own[band]) for band in shown])
    networks = np.array([len(of) for of in shown.values()])
    pooled = sum(np.sum((of - of.mean()) ** 2) for of in shown.values()) / sum(networks - 1)
    shares = sizes / sizes.sum()
    return Row(
        [value for values in own.values() for value in values],
        [value for band in shown for value in own[band]],
        int(networks.sum()),
        float(np.average([of.mean() for of in shown.values()], weights=sizes)),
        float(pooled * np.sum(shares**2 * (1 / sizes + 1 / networks))),
    )


def _between(rows: Sequence[Row]) -> float:
    z = np.array([(np.mean(row.compared) - row.expected) / np.sqrt(row.variance) for row in rows])
    cut = int(np.ceil(len(z) / 10))
    winsorised = np.asarray(stats.mstats.winsorize(z, limits=(cut / len(z) + 1e-9,) * 2))
    weights = np.array([1 / row.variance for row in rows])
    divisor = weights.sum() - (weights**2).sum() / weights.sum()
    return max(0.0, float(((winsorised**2).sum() - (len(rows) - 1)) / divisor))


def _is_free(who: UUID, judged: Mapping[UUID, Row]) -> bool:
    others = [len(row.compared) for one, row in judged.items() if one != who]
    return len(others) >= 3 and 2 * max(others) <= sum(others)


def _class(value: float, limits: Sequence[float]) -> str:
    names = ("below_998", "below_95", "as_expected", "above_95", "above_998")
    return names[int(np.searchsorted(limits, value))]
