"""Nothing that the published tables withhold can be computed from all of them together."""

# Random populations around the threshold go through the models' own SQL. The attacker sees every
# row of `published`, knows the definitions, and may assume the worst: all answer all four questions
# of a check, and have one session and one assessment in a window.

from __future__ import annotations

from collections import Counter
from itertools import chain

import numpy as np
import pytest
from hypothesis import example, given, settings

import known_ends
import known_relations
import populations as made
from cohorts import Cohort
from deductions import Attacker, secrets, value
from inner_counts import counts_by_session, counts_of_all
from known_changes import secrets_of_who_is_missing
from known_curves import limits
from nightly import NIGHTLY, examples, nightly_example
from played_clinic import WEEKS, Clinic, seen
from populations import Population, groups, populations
from reference import METRICS
from reference_outcomes import WINDOWS

GROUP = "played clinic"


def told(clinic: Clinic) -> list[str]:
    """The small groups whose size comes out."""
    shown, counts = seen(clinic), counts_of_all(clinic.rows)
    attacker = Attacker(shown, WEEKS)
    assert attacker.mistakes(counts) == []
    found = []
    missing = (
        secrets_of_who_is_missing(counts, window, WINDOWS[window][1])
        for window in known_relations.windows_within(WEEKS)
    )
    for group in chain(secrets(shown, WEEKS), *missing):
        size = value(group, counts)
        if size in range(1, 11):
            least, most = attacker.limits(group)
            assert least <= size <= most
            found += [f"{group}: {size}"] if least == most else []
    return found


def test_what_is_safe_is_shown(clinic: Clinic) -> None:
    """The rules withhold the days around the few and no more: the week stays."""
    days = (
        "select metric, days_post_session from published.rpt_pulse_trends_by_day "
        "where not is_withheld"
    )
    weeks = (
        "select metric, week_post_session from published.rpt_pulse_trends_by_week "
        "inner join published.rpt_compliance_by_week using (week_post_session) "
        "where rpt_pulse_trends_by_week.patients is not null and not is_share_withheld"
    )
    clinic.hold(made.skipped_once(30))
    assert set(clinic.rows(days)) == {
        (metric, day) for metric in METRICS for day in range(7, 14)
    } - {("composite", 10)}
    clinic.hold(made.one_day_of_ten(22))
    assert clinic.rows(days) == []
    assert set(clinic.rows(weeks)) == {(metric, 1) for metric in METRICS}


def test_a_withheld_week_tells_unless_there_is_one_to_spare(clinic: Clinic) -> None:
    """Of 22 patients one has not come to the last day, and 11 miss it and no other day."""
    clinic.hold(())
    shown = dict(seen(clinic))
    shown |= {f"x{day}": None for day in range(7, 14)}
    shown |= {"due0": 1, "due1": 1, "patients0": 22, "patients1": 22, "n1": 22}
    shown |= {"expected1": 153, "observed1": 142, "missed1": 11}
    shown |= dict.fromkeys(("expected0", "observed0", "missed0"))
    shown |= {"silence1": 22, "silence_flagged1": None, "silence_by_chance1": None}
    assert Attacker(shown, WEEKS, least_day=11).limits({"x13": 1}) == (10, 10)
    assert Attacker(shown, WEEKS).limits({"x13": 1}) == (10, 21)


def test_withheld_flags_tell_unless_there_is_one_to_spare(clinic: Clinic) -> None:
    """Of 22 patients ten answer every day, and 12 too few days of the baseline."""
    clinic.hold(made.ten_with_a_baseline(without=12))
    shown = seen(clinic)
    watched = {"below_baseline6": 1}
    assert Attacker(shown, WEEKS, least_flags=11).limits(watched) == (10, 10)
    assert Attacker(shown, WEEKS).limits(watched) == (10, 11)


def test_a_few_recorded_ends_are_not_told(clinic: Clinic) -> None:
    """Counts to the nearest ten do not tell; exact ones, or counts to the nearest five, would."""
    with known_ends.held(clinic):
        counts = known_ends.published(clinic)
    assert len(counts) > 60
    assert {*counts} >= {limits(110), limits(100)}
    assert known_ends.told(counts) == []
    reached = known_ends.reached()
    assert (5, 6, (1, 1)) in known_ends.told([(number, number) for number in reached])
    assert known_ends.told([known_ends.nearest_five(number) for number in reached]) != []


def test_a_share_of_answered_days_does_not_tell_a_few_ends(clinic: Clinic) -> None:
    """It follows from whole tens of people; the exact one, beside those of each day, would tell."""
    with known_ends.held(clinic):
        shown = known_ends.by_shares(clinic, "shown.observed_pct")
        exact = known_ends.by_shares(clinic, "round(100.0 * observed_days / expected_days, 2)")
    assert len(shown) > 40
    assert known_ends.told(shown) == []
    assert known_ends.told(exact) != []


@pytest.mark.parametrize("population", [made.pausing(14, others=8), made.one_unchanged()])
def test_the_cells_are_sums(clinic: Clinic, population: Population) -> None:
    """Where each patient has one session, all cells are the sums of what sessions count for."""
    clinic.hold(population)
    total = Counter[str]()
    for counts in counts_by_session(clinic.rows).values():
        total.update(counts)
    assert +total == +counts_of_all(clinic.rows)


def test_the_relations_are_true(cohort: Cohort) -> None:
    """What the attacker believes of any population is so of each session of the cohorts.

    Of drops and days below the baseline where a day with a composite is an answer; of one
    assessment where nobody is assessed twice in a window; of no ends where the journey has none;
    of curves where somebody has a baseline at caseness, as few have in Open Play.
    """
    has_curves = cohort.rows("select 1 from intermediate.int_outcome_courses limit 1") != []
    often = cohort.rows(
        "select a.session_id from marts.fct_assessments as a "
        "inner join marts.ref_outcome_windows as w "
        "on a.days_post_session between w.first_day and w.last_day "
        "where a.instrument = 'PHQ-9' group by a.session_id, w.window_days having count(*) > 1"
    )
    sessions = counts_by_session(cohort.rows)
    ended = cohort.rows(
        "select session_id from marts.dim_sessions where ended_days_post_session is not null"
    )
    sessions_with_mood = counts_by_session(cohort.rows, "mood_level is not null")
    with_composite = counts_by_session(cohort.rows, "composite is not null")
    assessed_once = {k: sessions[k] for k in sessions.keys() - {key for (key,) in often}}
    not_ended = {k: sessions[k] for k in sessions.keys() - {key for (key,) in ended}}
    for of_one_subject, counts_of in (
        (known_relations.of_the_checks, sessions),
        (known_relations.of_changes, sessions),
        (known_relations.of_outcome_changes, sessions),
        (known_relations.of_attrition, sessions),
        (known_relations.of_the_scale, sessions_with_mood),
        (known_relations.of_silence, sessions),
        (known_relations.of_drop, with_composite),
        (known_relations.of_below_baseline, with_composite),
        (known_relations.of_worsening, sessions),
        (known_relations.of_curves, sessions),
        (known_relations.of_one_assessment, assessed_once),
        (known_relations.of_no_ends, not_ended),
    ):
        rules = list(of_one_subject(26))
        names = sorted({name for weights, _ in rules for name in weights})
        weights = np.array([[weights.get(name, 0) for name in names] for weights, _ in rules])
        counts = np.array([[counts[name] for name in names] for counts in counts_of.values()])
        # What holds of each holds of their sum.
        assert all(number == 0 for _, number in rules)
        broken = (weights @ counts.T).max(axis=1) > 0
        assert [rules[number] for number in np.flatnonzero(broken)] == []
        assert counts.any() or (of_one_subject is known_relations.of_curves and not has_curves)


@nightly_example(made.one_day_of_ten(21))
@example(made.one_day_of_ten(22))
@example(made.missed_by_five(30))
@example(made.last_day_of_ten(11, 22))
@nightly_example(made.answering_in_turn(until=11, late=10))
@example(made.answering_in_turn(until=10, late=10))
@nightly_example(made.answering_in_turn(until=10, late=20))
@nightly_example(made.answering_in_turn(until=12, late=10))
@example(made.ten_on_the_day_before(12, silent=12))
@example(made.pausing(14, others=8))
@nightly_example(made.pausing(8, others=14))
@example(made.ten_with_a_baseline(without=12))
@example(made.one_without_a_score_before(30))
@example(made.gone_before_the_window_ends(11, gone=1, others=20))
@example(made.assessed_by_week(11, 10, 10))
@nightly_example(made.assessed_by_week(12, 10, 10))
@example(made.one_unchanged())
@example(made.improved_and_still_cases(12, still=5, unchanged=12))
@nightly_example(made.missing_below_caseness(5, others=12))
@example(made.late_starters(22, late=10))
@nightly_example(made.late_starters(12, late=11))
@nightly_example(made.ten_stay(gone=19, late=1))
@example(made.ten_stay(gone=18, late=2))
@nightly_example(made.ten_stay(gone=20, late=2))
@example(made.leaving_by_week(12, 5, 0, 12, 0, 0, 0, 20))
@nightly_example(made.leaving_by_week(12, 12, 0, 0, 0, 0, 5, 20))
@nightly_example(made.leaving_by_week(5, 12, 12, 12, 0, 0, 0, 11))
@settings(examples, max_examples=1000 if NIGHTLY else 4)
@given(populations() | groups())
def test_no_small_count_can_be_computed(clinic: Clinic, population: Population) -> None:
    """No group of 1 to 10 follows from sums, bounds and what lies within what."""
    clinic.hold(population)
    assert told(clinic) == []
