"""Flags equal the reference; what fired once is told the same later."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cohorts import Cohort
from flag_rows import Rows, flags, reference_of_flags, reference_of_weeks, weeks
from increments import run
from nightly import in_nightly, nightly
from reference_rules import FIRST_DAYS
from rows import Session
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target, connect

GROUP = "smaller cells"


def test_review_flags(cohort: Cohort) -> None:
    """fct_review_flags equals the reference in every session, rule and column."""
    expected = reference_of_flags(cohort)
    assert flags(cohort) == expected
    assert expected


def test_review_flags_by_week(cohort: Cohort) -> None:
    """rpt_review_flags equals the reference in every rule, week and column."""
    assert weeks(cohort) == reference_of_weeks(cohort)


def test_review_flags_by_week_with_smaller_cells(shown_more: tuple[Cohort, int]) -> None:
    """With a lower threshold more is shown, still as in the reference."""
    cohort, min_cell = shown_more
    found = weeks(cohort)
    assert found == reference_of_weeks(cohort, min_cell)
    shown = {rule for (rule, _), row in found.items() if row[4]}
    assert shown >= ({"silence"} if min_cell > 2 else {"drop", "below_baseline", "silence"})


@in_nightly
def test_what_fired_is_told_the_same_later(
    built: str, own_copy_of: Callable[[str], Target]
) -> None:
    """A later day of reference keeps every flag, and the numbers of its first firing."""
    target = own_copy_of(built)
    earlier: Rows = {}
    seen: Counter[str] = Counter()
    for days in (240, 170, 100, 0):
        as_of = SEED_AS_OF - timedelta(days=days)
        run(target, as_of, "--select", "+fct_review_flags")
        with connect(target, autocommit=True) as connection:
            found = flags(Cohort(connection, as_of))
        for key, row in earlier.items():
            # First day; baseline, limit and what was found.
            assert (found[key][2], *found[key][5:10]) == (row[2], *row[5:10])
            assert found[key][3] >= row[3]
            assert found[key][4] >= row[4]
            seen[row[1]] += 1
        earlier = found
    assert min(seen[rule] for rule in ("drop", "below_baseline", "silence")) > 3


@pytest.mark.parametrize("seed", [1, nightly(2)])
def test_random_diaries_are_looked_at_as_in_the_reference(
    migrated: str, own_copy_of: Callable[[str], Target], seed: int
) -> None:
    """Gaps around a week, baselines around 10 days, thirds, ties, runs below: as day by day."""
    rng = random.Random(seed)
    target = own_copy_of(migrated)
    with connect(target, autocommit=True) as connection, connection.transaction():
        for number in range(1, 121):
            elapsed = rng.choice([0, 7, 8, 36, 45, 100, 179, 180, 181, 300])
            session = Session(number, patient=number - (number % 5 == 0))
            day_0 = SEED_AS_OF - timedelta(days=elapsed)
            session.create(connection, day_0)
            write_diary(rng, connection, session, elapsed)
            write_assessments(rng, connection, session, elapsed)
    selected = ("--select", "+fct_review_flags", "+rpt_review_flags")
    run(target, SEED_AS_OF, *selected)
    with connect(target, autocommit=True) as connection:
        cohort = Cohort(connection, SEED_AS_OF)
        test_review_flags(cohort)
        test_review_flags_by_week(cohort)
        fired = Counter(rule for _, rule in flags(cohort))
    assert min(fired[rule] for rule in FIRST_DAYS) > 3, fired


def write_diary(rng: random.Random, connection: Any, session: Session, elapsed: int) -> None:
    """Calm or wild days until a lower level begins, with long and short gaps."""
    level = rng.choice([3, 4])
    is_calm, lower_from = rng.random() < 0.5, rng.choice([36, 36, 60, 999])
    day = rng.choice([-1, 0, 1, 9])
    while day <= min(elapsed, 185):
        base = level - (day >= lower_from)
        answers = [
            base if is_calm else min(5, max(1, base + rng.choice([-1, 0, 0, 1]))) for _ in range(4)
        ]
        names = ("connection_level", "sleep_quality", "mood_level", "energy_level")
        values: dict[str, int | None] = dict(zip(names, answers, strict=True))
        # In some days three answers, in others too few for a composite.
        for name in names[: rng.choice([0, 0, 0, 0, 1, 1, 2])]:
            values[name] = None
        when = SEED_AS_OF - timedelta(days=elapsed - day)
        session.pulse_check(connection, check_date=when, **values)
        day += rng.choice([1, 1, 1, 1, 2, 2, 3, 7, 8, 9] if day > 35 else [1, 2, 2, 2])


def write_assessments(rng: random.Random, connection: Any, session: Session, elapsed: int) -> None:
    """Baselines, then up to twelve scores, often several of an instrument on a day."""
    kinds = [("PHQ9_ASSESSMENT", "phq9_score"), ("GAD7_ASSESSMENT", "gad7_score")]
    for offset in [-5, -4, *rng.choices([0, 1, 20, 20, 60, 90, 180, 181], k=rng.randrange(13))]:
        if offset <= elapsed:
            kind, score = rng.choice(kinds)
            session.integration_session(
                connection,
                kind,
                session_date=SEED_AS_OF - timedelta(days=elapsed - offset),
                **{score: rng.choice([4, 4, 8, 14, 16, 16] if offset > 0 else [4, 4, 8])},
            )
