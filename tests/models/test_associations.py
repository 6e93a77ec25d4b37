"""What goes along with what: fct_behavior_associations equals the reference."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import astuple, fields
from datetime import timedelta
from fractions import Fraction

import pytest

import reference
import rows
from builds import build
from cohorts import Cohort
from database import Connection
from reference_associations import Association, associations, orders, permutation_p, regression
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target, connect

COLUMNS = ", ".join(field.name for field in fields(Association))
TYPES = ("RELATIONSHIP", "HABIT", "EMPLOYMENT", "HEALTH", "SOCIAL", "CREATIVE", "OTHER")


def found_and_expected(cohort: Cohort) -> tuple[dict[object, object], dict[object, object]]:
    """Rows by session, type and metric: the mart's and the reference's."""
    found = cohort.rows(f"select {COLUMNS} from marts.fct_behavior_associations")
    days = {
        session.session_id: reference.pulse_days(
            session, cohort.pulse_checks[session.session_id], cohort.as_of
        )
        for session in cohort.sessions
    }
    expected = map(astuple, associations(cohort.sessions, days, cohort.changes))
    return {row[:3]: row for row in found}, {row[:3]: row for row in expected}


def test_associations(cohort: Cohort) -> None:
    """The mart equals the reference; whether anybody has weeks enough is the cohort's matter."""
    found, expected = found_and_expected(cohort)
    assert found == expected


def test_drawn_associations(migrated: str, own_copy_of: Callable[[str], Target]) -> None:
    """So it does for drawn people: gaps, missing answers, two sessions, effects, nothing at all."""
    target = own_copy_of(migrated)
    with connect(target, autocommit=True) as connection, connection.transaction():
        for number in range(1, 25):
            draw(connection, number)
    built = build(
        target,
        SEED_AS_OF,
        *("--select", "+fct_behavior_associations", "--indirect-selection", "cautious"),
    )
    assert built.not_built == ()
    with connect(target, autocommit=True) as connection:
        found, expected = found_and_expected(Cohort(connection, SEED_AS_OF))
    assert found == expected
    mart = [Association(*row) for row in found.values()]
    assert len(mart) > 100
    # What a difference between the two could hide in is there.
    weeks = Counter(row.weeks_with + row.weeks_without for row in mart)
    assert min(weeks) == 12
    assert max(weeks) == 26
    assert Counter(row.is_discovery for row in mart).keys() == {True, False}
    assert any(row.ci_lower is None for row in mart)
    assert any(len({a.session_id for a in mart if a.tests_run == n}) > 1 for n in range(9, 80))
    assert min(row.p_value for row in mart) == Fraction(1, 2000)


def draw(connection: Connection, number: int) -> None:
    """A session's 190 days; every fourth is the second session of the person before."""
    rng = random.Random(number)
    patient = number - 1 if number % 4 == 0 else number
    session = rows.Session(number, patient=patient)
    first_day = SEED_AS_OF - timedelta(days=rng.choice((190, 190, 250, 89)))
    session.create(connection, first_day)
    habit, other = rng.sample(TYPES, 2)
    weeks = {kind: {week for week in range(28) if rng.random() < 0.5} for kind in (habit, other)}
    lift, trend = rng.choice((0, 0, 0.8, -1.5)), rng.choice((0, 2))
    answered, asked = rng.choice(((0.95, 1), (0.75, 0.9), (0.6, 1)))
    metrics = ("connection_level", "sleep_quality", "mood_level", "energy_level")
    for day in range(min(190, (SEED_AS_OF - first_day).days) + 1):
        on = {"check_date": first_day + timedelta(days=day)}
        level = 2.2 + trend * day / 180 + lift * (day // 7 in weeks[habit])
        answers = {
            metric: min(5, max(1, round(level + rng.gauss(0, 0.7))))
            for metric in metrics
            if rng.random() < asked
        }
        # Some sleep is the same every day.
        if "sleep_quality" in answers and number % 5 == 0:
            answers["sleep_quality"] = 3
        if answers and rng.random() < answered:
            session.pulse_check(connection, **({"mood_level": None} | answers | on))
        for kind, reported in weeks.items():
            if day // 7 in reported and rng.random() < 0.6:
                session.change(
                    connection,
                    kind,
                    change_date=on["check_date"],
                    change_sentiment=rng.choice(("POSITIVE", "NEGATIVE", "NEUTRAL")),
                )


def test_permutations(built: str, copy_of: Callable[[str], Target]) -> None:
    """int_permutations holds the reference's permutations of 12 to 26 weeks, and nothing else."""
    columns = ", ".join(f"week_at_{place}" for place in range(1, 27))
    with connect(copy_of(built)) as connection:
        found = connection.execute(
            f"select weeks, permutation, {columns} from intermediate.int_permutations "
            "order by weeks, permutation".encode()
        ).fetchall()
    assert found == [
        (n, number, *(place + 1 for place in order), *range(n + 1, 27))
        for n in range(12, 27)
        for number, order in enumerate(orders(n), start=1)
    ]


@pytest.mark.parametrize("n", [12, 26])
def test_permutations_are_fair(n: int) -> None:
    """Every week comes to every place about equally often, and none of them repeats."""
    counts = Counter((place, week) for order in orders(n) for place, week in enumerate(order))
    expected = 1999 / n
    chi_square = sum((counts[i, j] - expected) ** 2 / expected for i in range(n) for j in range(n))
    freedom = (n - 1) ** 2
    assert abs(chi_square - freedom) < 4 * (2 * freedom) ** 0.5
    assert len({tuple(order) for order in orders(n)}) == 1999


def test_the_reference_by_hand() -> None:
    """Twelve weeks, every second with: worked out by hand; a line alone gives nothing."""
    weeks = list(range(12))
    exposures = [week % 2 for week in weeks]
    line = [Fraction(week, 7) for week in weeks]
    assert regression(weeks, exposures, line) == (0, None)
    assert permutation_p(weeks, exposures, line) == 1
    lifted = [y + 2 * e for y, e in zip(line, exposures, strict=True)]
    assert regression(weeks, exposures, lifted) == (2, None)
    # A point in week 11 only. The exposure's residuals are 1/2 -+ 3/143 * (week - 11/2): their
    # squares sum to 420/143, the last is 55/143. Of the point's squares 0.654762 is
    # left: 1 - 1/12 - 5.5^2 / 143 - 55^2 / (143 * 420).
    spike = [Fraction(week == 11) for week in weeks]
    difference, margin = regression(weeks, exposures, spike)
    assert difference == Fraction(55, 420)
    assert float(margin or 0) == pytest.approx(2.262157 * (0.654762 / 9 * 143 / 420) ** 0.5, 1e-5)
