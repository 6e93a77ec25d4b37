"""Pattern changes to review equal the reference; what fired once is told the same later."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import astuple, fields
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

import reference
import reference_adherence
import reference_flags
import reference_outcome_rows
import reference_outcomes
from checkout import ROOT
from cohorts import Cohort
from increments import run
from reference_flags import Flag, FlagWeek, Looked
from reference_withholding import published_trends
from rows import Session
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target, connect

Looks = dict[Any, dict[str, list[Looked]]]


def test_rules(cohort: Cohort) -> None:
    """The seed says what the reference, written from the definitions, says."""
    columns = (
        "rule, first_day, longest_gap_days, smoothing, limit_standard_deviations, "
        "least_standard_deviation, baseline_first_day, baseline_last_day, least_baseline_days, "
        "days_in_a_row"
    )
    found = cohort.rows(f"select {columns} from published.ref_review_rules")
    chart = (
        reference_flags.NEWEST,
        reference_flags.DEVIATIONS,
        Fraction(1, 4),
        *(reference_flags.BASELINE[0], reference_flags.BASELINE[-1]),
        reference_flags.LEAST_BASELINE_DAYS,
        reference_flags.IN_A_ROW,
    )
    assert Fraction(1, 4) ** 2 == reference_flags.LEAST_VARIANCE
    assert {row[0]: row[1:] for row in found} == {
        rule: (
            first_day,
            reference_flags.LONGEST_GAP if rule == "silence" else None,
            *(chart if rule == "pattern_change" else [None] * len(chart)),
        )
        for rule, first_day in reference_flags.FIRST_DAYS.items()
    }


def test_the_error_rates_stand_where_a_flag_is_shown(cohort: Cohort) -> None:
    """The descriptions of both models hold each rule's known error rates, word for word."""
    rates = cohort.rows("select known_error_rates from published.ref_review_rules")
    models = ROOT / "dbt_project" / "models"
    docs = (models / "_models__docs.md").read_text()
    (block,) = re.findall(r"{% docs review_error_rates %}(.*?){% enddocs %}", docs, re.DOTALL)
    assert len(rates) == 4
    for (rate,) in rates:
        assert rate in " ".join(block.split())
    for folder, model in (("marts", "fct_review_flags"), ("published", "rpt_review_flags")):
        text = (models / folder / f"_{folder}__models.yml").read_text()
        (description,) = re.findall(rf"- name: {model}\n(.*?)\n    data_tests:", text, re.DOTALL)
        assert '{{ doc("review_error_rates") }}' in description


def test_the_error_rates_are_those_measured(cohort: Cohort) -> None:
    """The figures of this model in the seed are those that the benchmark recorded."""
    rates = dict(cohort.rows("select rule, known_error_rates from published.ref_review_rules"))
    recorded = json.loads((ROOT / "benchmarks" / "results.json").read_text())["review_flags"]

    def span(course: str, adherence: int, figure: Callable[[Any], float]) -> str:
        found = sorted(
            {
                round(figure(row))
                for row in recorded["measured"]
                if (row["course"], row["adherence_pct"]) == (course, adherence)
            }
        )
        return f"{'-'.join(map(str, found))} %"

    def in_time(row: Any) -> float:
        return float(row["fired_within_28_days_pct"]["1.0"])

    def without(row: Any) -> float:
        return float(row["fired_by_day_180_without_drop_pct"])

    for words in (
        f"on a level course {span('level', 79, in_time)} of drops by one daily SD at "
        f"{span('level', 79, without)} false alarms",
        f"under a recovery trend {span('recovery', 79, in_time)} at "
        f"{span('recovery', 79, without)};",
        f"who slowly fade it flags {span('slow fading', 79, without)}.",
        f"applies to {span('level', 50, lambda row: row['applies_pct'])} of people, and among them "
        f"finds {span('level', 50, in_time)} at {span('level', 50, without)} false alarms",
    ):
        assert words in rates["pattern_change"]
    for adherence, share in recorded["silence_by_day_180_pct"].items():
        assert f"{share} %" in rates["silence"]
        assert f"at {adherence[:-1]} %" in rates["silence"]


def looks(cohort: Cohort) -> Looks:
    found: Looks = {}
    for session in cohort.sessions:
        others = cohort.integration_sessions[session.session_id]
        found[session.session_id] = reference_flags.looked_at(
            session,
            reference.pulse_days(session, cohort.pulse_checks[session.session_id], cohort.as_of),
            reference_outcomes.assessments(session, others),
            others,
            cohort.as_of,
        )
    return found


def flags(cohort: Cohort) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    columns = ", ".join(field.name for field in fields(Flag))
    rows = cohort.rows(f"select {columns} from marts.fct_review_flags")
    found = {row[:2]: row for row in rows}
    assert len(found) == len(rows)
    return found


def weeks(cohort: Cohort) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    columns = ", ".join(field.name for field in fields(FlagWeek))
    rows = cohort.rows(f"select {columns} from published.rpt_review_flags")
    assert len(rows) == 4 * 26
    return {row[:2]: row for row in rows}


def reference_weeks(cohort: Cohort, min_cell: int = 11) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    days = {
        session.session_id: reference.pulse_days(
            session, cohort.pulse_checks[session.session_id], cohort.as_of
        )
        for session in cohort.sessions
    }
    elsewhere = reference_flags.told_elsewhere(
        published_trends(days, cohort.sessions, cohort.as_of, "week", min_cell),
        reference_outcome_rows.outcome_rows(
            cohort.sessions, cohort.integration_sessions, cohort.as_of, min_cell
        ),
    )
    rows = reference_flags.flag_weeks(
        cohort.sessions, looks(cohort), cohort.as_of, min_cell, *elsewhere
    )
    return {(row.rule, row.week_post_session): astuple(row) for row in rows}


def test_review_flags(cohort: Cohort) -> None:
    """fct_review_flags equals the reference in every session, rule and column."""
    expected = {}
    looked = looks(cohort)
    for session in cohort.sessions:
        adherence = reference_adherence.adherence(
            session,
            cohort.pulse_checks[session.session_id],
            cohort.integration_sessions[session.session_id],
            cohort.as_of,
            180,
        )
        for flag in reference_flags.flags(
            session, looked[session.session_id], adherence, cohort.as_of
        ):
            expected[flag.session_id, flag.rule] = astuple(flag)
    assert flags(cohort) == expected
    assert expected


def test_review_flags_by_week(cohort: Cohort) -> None:
    """rpt_review_flags equals the reference in every rule, week and column."""
    assert weeks(cohort) == reference_weeks(cohort)


@pytest.mark.parametrize("min_cell", [1, 2, 4])
def test_review_flags_by_week_with_smaller_cells(
    built: str, own_copy_of: Callable[[str], Target], min_cell: int
) -> None:
    """With a lower threshold more is shown, still as in the reference."""
    target = own_copy_of(built)
    models = ("cells", "rpt_pulse_trends_by_week", "rpt_assessment_outcomes", "rpt_review_flags")
    variables = f"{{as_of: {SEED_AS_OF.isoformat()}, min_cell: {min_cell}}}"
    run(target, SEED_AS_OF, "--select", *models, "--vars", variables)
    with connect(target, autocommit=True) as connection:
        cohort = Cohort(connection, SEED_AS_OF)
        found = weeks(cohort)
        assert found == reference_weeks(cohort, min_cell)
    shown = {rule for (rule, _), row in found.items() if row[4]}
    assert shown >= {"pattern_change", "silence"}


def test_what_fired_is_told_the_same_later(
    built: str, own_copy_of: Callable[[str], Target]
) -> None:
    """A later day of reference keeps every flag, and the numbers of its first firing."""
    target = own_copy_of(built)
    earlier: dict[tuple[Any, ...], tuple[Any, ...]] = {}
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
    assert min(seen[rule] for rule in ("pattern_change", "silence")) > 3


@pytest.mark.parametrize("seed", [1, 2])
def test_random_diaries_are_looked_at_as_in_the_reference(
    migrated: str, own_copy_of: Callable[[str], Target], seed: int
) -> None:
    """Gaps around a week, baselines around 14 days, thirds, ties, runs below: as day by day."""
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
    assert min(fired[rule] for rule in reference_flags.FIRST_DAYS) > 3, fired


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
    """A baseline, then up to six scores, often several of an instrument on a day."""
    kinds = [("PHQ9_ASSESSMENT", "phq9_score"), ("GAD7_ASSESSMENT", "gad7_score")]
    for offset in [-5, *rng.choices([0, 1, 20, 20, 90, 180, 181], k=rng.randrange(7))]:
        if offset <= elapsed:
            kind, score = rng.choice(kinds)
            session.integration_session(
                connection,
                kind,
                session_date=SEED_AS_OF - timedelta(days=elapsed - offset),
                **{score: rng.choice([4, 8, 10, 14, 16])},
            )
