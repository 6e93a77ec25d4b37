"""rpt_outcome_changes, with its chances, equals what plain Python computes."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from scipy import stats

import reference_outcome_change_rows
from cohorts import Cohort
from reference_outcomes import INSTRUMENTS
from wellness_journey.cohort.seed import SEED_AS_OF

GROUP = "smaller cells"

PUBLISHED = "select * from published.rpt_outcome_changes"


def test_changes(cohort: Cohort) -> None:
    """rpt_outcome_changes equals the reference in every row and column."""
    found = {row[:2]: row for row in cohort.rows(PUBLISHED)}
    assert found == reference_outcome_change_rows.outcome_rows(
        cohort.sessions, cohort.integration_sessions, cohort.as_of
    )
    assert len(found) == 15


def test_changes_with_smaller_cells(shown_more: tuple[Cohort, int]) -> None:
    """With a lower threshold more is shown, still as in the reference; the threshold is one."""
    cohort, min_cell = shown_more
    found = {row[:2]: row for row in cohort.rows(PUBLISHED)}
    assert found == reference_outcome_change_rows.outcome_rows(
        cohort.sessions, cohort.integration_sessions, SEED_AS_OF, min_cell
    )
    assert sum(not row[-4] for row in found.values()) >= 4


@pytest.mark.parametrize("name", ["PHQ-9", "GAD-7", "PSQI"])
def test_chances_are_those_of_classical_test_theory(cohort: Cohort, name: str) -> None:
    """ref_chance_outcomes says what scipy integrates over true scores, to its last digit.

    A score is the true score plus an error, rounded and cut; the true score does not change.
    """
    (
        (
            reliability,
            mean,
            spread,
            highest,
            caseness,
            important,
            reliable,
            share,
            remission,
            *seed,
        ),
    ) = cohort.rows(
        "select c.reliability::float, c.population_mean::float, "
        "c.population_standard_deviation::float, i.highest_score, i.caseness_score, "
        "i.important_change, i.reliable_change, i.response_share::float, i.remission_score, "
        "c.important_improvement_pct, c.reliable_improvement_pct, c.response_pct, "
        "c.remission_pct, c.recovery_pct, c.mean_change "
        "from intermediate.ref_chance_outcomes as c "
        "inner join marts.ref_instruments as i using (instrument) where instrument = %s",
        name,
    )
    true = np.linspace(mean - 7 * spread, mean + 7 * spread, 4001)
    density = stats.norm.pdf(true, mean, spread * reliability**0.5)
    error = stats.norm(scale=spread * (1 - reliability) ** 0.5)
    edges = np.array([-np.inf, *(score + 0.5 for score in range(highest)), np.inf])
    scores = np.diff(error.cdf(edges[:, None] - true), axis=0)
    pairs = np.trapezoid(scores[:, None] * scores[None] * density, true)[caseness:]
    pairs /= pairs.sum()
    before, after = np.mgrid[caseness : highest + 1, : highest + 1]
    better = before - after
    computed = [
        100 * pairs[is_so].sum() if is_so is not None else None
        for is_so in (
            better >= important,
            better >= reliable,
            None if share is None else after <= (1 - share) * before,
            after <= remission,
            (better >= reliable) & (after < caseness),
        )
    ]
    computed.append((-better * pairs).sum())
    for found, one in zip(seed, computed, strict=True):
        assert (found is None) == (one is None)
        if found is not None:
            digit = Decimal(1).scaleb(found.as_tuple().exponent)
            assert abs(float(found) - one) <= float(digit) / 2 + 1e-6


def test_chances_are_of_all_instruments_with_a_caseness_score(cohort: Cohort) -> None:
    """The others have no rate that a chance could stand beside."""
    found = cohort.rows("select instrument from intermediate.ref_chance_outcomes")
    assert {name for (name,) in found} == {
        name for name, one in INSTRUMENTS.items() if one.caseness is not None
    }
