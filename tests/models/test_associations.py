"""What goes along with what: fct_behavior_associations equals the reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import astuple, fields
from decimal import Decimal
from fractions import Fraction

import pytest

import reference
from cohorts import Cohort
from reference_associations import Association, associations, orders
from reference_ends import journey_days
from wellness_journey.database.settings import Target, connect

COLUMNS = ", ".join(field.name for field in fields(Association))
# One process builds the drawn people, for all that look at them.
GROUP = "changing people"


def found_and_expected(cohort: Cohort) -> tuple[dict[object, object], dict[object, object]]:
    """Rows by session, type and metric: the mart's and the reference's."""
    found = cohort.rows(f"select {COLUMNS} from marts.fct_behavior_associations")
    days = {
        session.session_id: journey_days(
            reference.pulse_days(session, cohort.pulse_checks[session.session_id], cohort.as_of),
            cohort.ends.get(session.session_id),
        )
        for session in cohort.sessions
    }
    expected = map(astuple, associations(cohort.sessions, days, cohort.changes))
    return {row[:3]: row for row in found}, {row[:3]: row for row in expected}


def test_associations(cohort: Cohort) -> None:
    """The mart equals the reference; whether anybody has weeks enough is the cohort's matter."""
    found, expected = found_and_expected(cohort)
    assert found == expected


def test_drawn_associations(changing: Cohort) -> None:
    """So it does for drawn people, and all that the two could differ in is there."""
    found, expected = found_and_expected(changing)
    assert found == expected
    mart = [Association(*row) for row in found.values()]
    assert len(mart) > 100
    weeks = Counter(row.weeks_with + row.weeks_without for row in mart)
    assert min(weeks) == 12
    assert max(weeks) == 26
    assert Counter(row.is_discovery for row in mart).keys() == {True, False}
    assert any(row.ci_lower is None for row in mart)
    assert any(len({a.session_id for a in mart if a.tests_run == n}) > 1 for n in range(9, 80))
    assert min(row.p_value for row in mart) == Fraction(1, 2000)
    # Memory is cut at both ends, and not; both series of some have it, of some only one.
    for name in ("report_memory", "metric_memory"):
        memories = {getattr(row, name) for row in mart}
        assert memories > {Decimal("0.0000"), Decimal("0.9000")}
        assert len(memories) > 10
    assert {row.discount_factor == 1 for row in mart} == {True, False}
    # Every second week has no pairs: 1 / n is all the memory that a test allows for.
    alone = [row for row in mart if row.weeks_with + row.weeks_without == 13]
    assert any(row.report_memory == row.metric_memory == Decimal("0.0769") for row in alone)


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
