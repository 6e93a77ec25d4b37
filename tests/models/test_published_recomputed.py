"""Published figures of assessments recomputed from the raw rows by outside libraries."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from cohorts import Cohort
from raw_journeys import RULES, SCORES, WINDOWS, Journey, journeys
from recomputed import (
    Comparison,
    Expected,
    count_of,
    deviation_of,
    mean_figures,
    mean_of,
    nearest,
    share_figures,
    steps_of,
    with_interval,
)

GROUP = "smaller cells"

ENDS = {"PHQ-9": (0, 27), "GAD-7": (0, 21), "PSQI": (0, 21), "WHOQOL-BREF": (0, 100)}


def chosen(
    of: list[Journey], instrument: str, window: int, as_of: date
) -> list[tuple[int | None, int | None]]:
    """Baseline and score of one session a patient: at caseness, else scored, else the first."""
    case = RULES[instrument][0] if instrument in RULES else None
    by_patient: dict[UUID, list[Journey]] = defaultdict(list)
    for one in of:
        if one.day_0 + timedelta(days=WINDOWS[window][1]) <= as_of:
            by_patient[one.patient_id].append(one)
    found = []
    for own in by_patient.values():
        pairs = [(one.baseline, one.outcome(window)) for one in own]
        ranks = [
            0
            if case is not None and before is not None and before >= case
            else 1
            if after is not None
            else 2
            if before is not None
            else 3
            for before, after in pairs
        ]
        if min(ranks) < 3:
            found.append(pairs[ranks.index(min(ranks))])
    return found


def outcomes(pairs: list[tuple[int | None, int | None]], instrument: str) -> Expected:
    """The figures of rpt_assessment_outcomes."""
    scored = [after for before, after in pairs if after is not None and before is not None]
    found: dict[str, float | None] = {"patients": count_of(len(scored))}
    names = ("mean", "standard_deviation", "ci_lower", "ci_upper")
    found |= mean_figures([float(one) for one in scored], names, ENDS[instrument])
    if instrument not in RULES:
        return found
    case, _, reliable, remission, has_response = RULES[instrument]
    eligible = [(b, a) for b, a in pairs if b is not None and b >= case]
    observed = [(b, a) for b, a in eligible if a is not None]
    both = [(b, a) for b, a in pairs if b is not None and a is not None]
    responders = sum(2 * a <= b for b, a in observed)
    remitted = sum(a <= remission for _, a in observed)
    improved = sum(b - a >= reliable for b, a in both)
    worse = sum(a - b >= reliable for b, a in both)
    counts = {"eligible": len(eligible), "eligible_observed": len(observed), "remitted": remitted}
    counts |= {"with_change": len(both), "reliably_improved": improved}
    counts["reliably_deteriorated"] = worse
    found |= {name: count_of(count) for name, count in counts.items()}
    found |= share_figures(remitted, len(observed), "remission_observed")
    found |= share_figures(remitted, len(eligible), "remission_eligible")
    found |= share_figures(improved, len(both), "reliable_improvement")
    found |= share_figures(worse, len(both), "reliable_deterioration")
    if has_response:
        found["responders"] = count_of(responders)
        found |= share_figures(responders, len(observed), "response_observed")
        found |= share_figures(responders, len(eligible), "response_eligible")
    return found


def changes(pairs: list[tuple[int | None, int | None]], instrument: str) -> Expected:
    """The figures of rpt_outcome_changes."""
    with_baseline = [(b, a) for b, a in pairs if b is not None]
    both = [(float(b), float(a)) for b, a in with_baseline if a is not None]
    found: dict[str, float | None] = {
        "with_baseline": count_of(len(with_baseline)),
        "compared": count_of(len(both)),
    }
    before = [b for b, _ in both]
    change = [a - b for b, a in both]
    names = ("mean", "standard_deviation", "ci_lower", "ci_upper")
    ends = ENDS[instrument]
    found |= mean_figures(before, [f"baseline_{name}" for name in names], ends)
    found |= mean_figures([a for _, a in both], [f"follow_up_{name}" for name in names], ends)
    found |= mean_figures(change, ("mean_change", *(f"change_{name}" for name in names[1:])))
    if len(both) > 4:
        found |= standardised(before, change)
    stayed = [0.0 if a is None else float(a - b) for b, a in with_baseline]
    of_all = mean_figures(stayed, ("mean_change_if_unchanged", "", "lower", "upper"))
    found["mean_change_if_unchanged"] = of_all.get("mean_change_if_unchanged")
    found["change_if_unchanged_ci_lower"] = of_all.get("lower")
    found["change_if_unchanged_ci_upper"] = of_all.get("upper")
    if instrument not in RULES:
        return found
    case, important, reliable, _, has_response = RULES[instrument]
    eligible = [(b, a) for b, a in with_baseline if b >= case]
    observed = [(b, a) for b, a in eligible if a is not None]
    counts = {
        "important_improvement": ("eligible_important", [b - a >= important for b, a in observed]),
        "reliable_improvement": ("eligible_improved", [b - a >= reliable for b, a in observed]),
        "recovery": ("recovered", [b - a >= reliable and a < case for b, a in observed]),
    }
    found |= {"eligible": count_of(len(eligible)), "eligible_observed": count_of(len(observed))}
    for share, (count, are_so) in counts.items():
        found[count] = count_of(sum(are_so))
        found |= share_figures(sum(are_so), len(observed), share)
    if has_response:
        responders = sum(2 * a <= b for b, a in observed)
        found["responders"] = count_of(responders)
        found |= share_figures(responders, len(observed), "response_if_left_out")
        found |= share_figures(responders, len(eligible), "response_if_no_response")
        # Who stays at baseline has not lost half of it.
        stay = sum(2 * (b if a is None else a) <= b for b, a in eligible)
        found |= share_figures(stay, len(eligible), "response_if_unchanged")
    return found


def standardised(before: list[float], change: list[float]) -> dict[str, float | None]:
    """The mean change by the baseline's deviation, as shown; interval by the delta method."""
    n, step = count_of(len(before)), steps_of(len(before))["mean_step"]
    mean, width = mean_of(change), deviation_of(before)
    # The gradient of mean / deviation, and the variances of both where scores are normal.
    gradient = np.array([1 / width, -mean / width**2])
    variances = np.diag([deviation_of(change) ** 2 / n, width**2 / (2 * (n - 1))])
    error = float(np.sqrt(gradient @ variances @ gradient))
    size = nearest(mean / width, step)
    lower, upper = with_interval(size, error, n - 1, step)
    return {
        "standardised_change": size,
        "standardised_ci_lower": lower,
        "standardised_ci_upper": upper,
    }


def published(cohort: Cohort, table: str) -> dict[tuple[str, int], dict[str, Any]]:
    cursor = cohort.connection.execute(f"select * from published.{table}".encode())
    names = [column.name for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {(row["instrument"], row["outcome_window_days"]): row for row in rows}


def test_outcomes_recomputed(unsuppressed: Cohort) -> None:
    """At least 500 figures of outcomes are what scipy says, to the last published digit."""
    comparison = Comparison()
    for table, figures in (
        ("rpt_assessment_outcomes", outcomes),
        ("rpt_outcome_changes", changes),
    ):
        rows = published(unsuppressed, table)
        for instrument in SCORES:
            of = journeys(unsuppressed, instrument)
            for window in WINDOWS:
                if (instrument, window) in rows:
                    pairs = chosen(of, instrument, window, unsuppressed.as_of)
                    row = rows[instrument, window]
                    comparison.add(
                        f"{table} {instrument} {window}", row, figures(pairs, instrument)
                    )
    assert comparison.differing == []
    assert comparison.compared >= 500


def test_a_difference_of_one_step_is_found() -> None:
    """A figure that is off by one step differs, and so does a count."""
    figures = mean_figures([1.0, 2.0, 2.0, 4.0] * 10, ("mean", "standard_deviation"))
    assert figures == {"mean": pytest.approx(2.2), "standard_deviation": 2.0}
    comparison = Comparison()
    comparison.add(
        "row", {"mean": Decimal("2.20"), "n": 40}, {"mean": figures["mean"], "n": count_of(44)}
    )
    assert comparison.differing == []
    comparison.add(
        "row", {"mean": Decimal("2.40"), "n": 50}, {"mean": figures["mean"], "n": count_of(44)}
    )
    assert comparison.differing == ["row: mean", "row: n"]
    comparison.add("row", {"mean": None}, {"mean": 1.0})
    assert comparison.compared == 4
