"""The seeds of the rules agree with the reference, the benchmark."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

import reference_rules
from checkout import ROOT
from cohorts import Cohort
from reference_flags import SEEDS, chances

RECORDED = json.loads((ROOT / "benchmarks" / "results.json").read_text())["review_flags"]
MEASURED: list[dict[str, Any]] = RECORDED["measured"]
COURSES = ("level", "recovery", "fading")


def test_rules(cohort: Cohort) -> None:
    """The seed says what the reference, written from the definitions, says."""
    columns = (
        "limit_at_10_pct, limit_at_20_pct, first_watched_day, first_day, damping, smoothing, "
        "trend_smoothing, allowance, share_slack, prior_standard_deviation, prior_days, "
        "least_standard_deviation, "
        "baseline_first_day, baseline_last_day, least_days, in_a_row, least_gap_days"
    )
    found = cohort.rows(f"select rule, {columns} from published.ref_review_rules")
    first, last = reference_rules.BASELINE[0], reference_rules.BASELINE[-1]
    nothing = (None,) * 14
    expected: dict[str, tuple[Any, ...]] = {
        "drop": (
            *(reference_rules.FIRST_FORECAST_DAY, Fraction("0.98"), Fraction("0.05")),
            *(Fraction("0.001"), Fraction("0.15"), reference_rules.SLACK, Fraction("0.6"), 4),
            *(None, None, None, reference_rules.LEAST_OBSERVED, 1, None),
        ),
        "below_baseline": (
            *(last + 1, None, reference_rules.NEWEST, *(None,) * 5),
            *(Fraction(1, 4), first, last, reference_rules.LEAST_BASELINE_DAYS),
            *(reference_rules.IN_A_ROW, None),
        ),
        "silence": (8, *nothing[:12], reference_rules.LEAST_GAP),
        "phq9_worsening": (1, *nothing[:11], reference_rules.SCORES_RUNNING, None),
        "gad7_worsening": (1, *nothing[:11], reference_rules.SCORES_RUNNING, None),
    }
    assert Fraction(1, 4) ** 2 == reference_rules.LEAST_VARIANCE
    assert {row[0]: row[1:] for row in found} == {
        rule: (by_level[10], by_level[20], reference_rules.FIRST_DAYS[rule], *expected[rule])
        for rule, by_level in reference_rules.LIMITS.items()
    }


def test_the_error_rates_stand_where_a_flag_is_shown(cohort: Cohort) -> None:
    """The descriptions of both models hold each rule's known error rates, word for word."""
    rates = cohort.rows("select known_error_rates from published.ref_review_rules")
    models = ROOT / "dbt_project" / "models"
    docs = (models / "_models__docs.md").read_text()
    (block,) = re.findall(r"{% docs review_error_rates %}(.*?){% enddocs %}", docs, re.DOTALL)
    assert len(rates) == 5
    for (rate,) in rates:
        assert rate in " ".join(block.split())
    for folder, model in (("marts", "fct_review_flags"), ("published", "rpt_review_flags")):
        text = (models / folder / f"_{folder}__models.yml").read_text()
        (description,) = re.findall(rf"- name: {model}\n(.*?)\n    data_tests:", text, re.DOTALL)
        assert '{{ doc("review_error_rates") }}' in description


def of_courses(rule: str, level: int, answered: str, fall: str) -> str:
    """20 / 10 / 28 %, as the seed has them: by course."""
    shares = {
        row["course"]: row[f"fall_{fall}_pct"]
        for row in MEASURED
        if (row["rule"], row.get("false_alarm_pct"), row["answered"]) == (rule, level, answered)
    }
    return f"{' / '.join(str(round(shares[course])) for course in COURSES)} %"


@pytest.mark.parametrize("rule", ["drop", "below_baseline"])
def test_the_error_rates_of_days_are_those_measured(cohort: Cohort, rule: str) -> None:
    """By course, at both levels, at 79 and 50 % of days answered."""
    text = rates(cohort)[rule]
    for words in (
        f"By day 180 {of_courses(rule, 20, '79%', '0')} of unchanged people are flagged "
        f"({of_courses(rule, 20, '50%', '0')} at half the days answered).",
        f"1 SD: {of_courses(rule, 20, '79%', '1')} ({of_courses(rule, 20, '50%', '1')});",
        f"1.5 SD: {of_courses(rule, 20, '79%', '1.5')} ({of_courses(rule, 20, '50%', '1.5')});",
        f"half an SD: {of_courses(rule, 20, '79%', '0.5')}.",
        f"within 56 days: {of_courses(rule, 20, '79%', 'slide')}.",
        f"At the level of 10 %: {of_courses(rule, 10, '79%', '0')} of unchanged people",
        f"{of_courses(rule, 10, '79%', '1.5')} of drops by 1.5 SD.",
    ):
        assert words in text


def test_the_error_rates_of_silence_are_those_measured(cohort: Cohort) -> None:
    """At random and in clusters, which stay unsolved."""
    text = rates(cohort)["silence"]
    shares = {row["answered"]: row["flagged_pct"] for row in MEASURED if row["rule"] == "silence"}
    assert (
        f"by day 180 for {shares['90%']} % of people who answer 90 % of their days, "
        f"{shares['79%']} % at 79 % and {shares['50%']} % at 50 %"
    ) in text
    clusters = (shares["79% in clusters"], shares["50% in clusters"])
    assert f"for {round(clusters[0])} and {round(clusters[1])} %" in text


@pytest.mark.parametrize("rule", ["phq9_worsening", "gad7_worsening"])
def test_the_error_rates_of_scores_are_those_computed(cohort: Cohort, rule: str) -> None:
    """After 12 follow-ups: two running, and the single score that the rule does not ask."""
    text = rates(cohort)[rule]
    assert f"{chances()[rule, 0, 0, 12][0]} % of people" in text
    assert f"{RECORDED['single_scores_pct'][rule]} %" in text
    descriptions = (ROOT / "dbt_project/models/marts/_marts__models.yml").read_text()
    (assessments,) = re.findall(
        r"- name: fct_assessments\n(.*?)\n  - name:", descriptions, re.DOTALL
    )
    assert f"{round(RECORDED['single_scores_pct'][rule])} %" in assessments


@pytest.mark.parametrize("name", ["chance_by_week", "chance_by_score"])
def test_the_chances_are_those_recorded(name: str) -> None:
    """Each seed, to the last digit."""
    assert (SEEDS / f"ref_{name}.csv").read_text().splitlines()[1:] == RECORDED[name]


def test_there_is_a_chance_for_every_flag() -> None:
    """By rule, level, tenth and week, or number of the score."""
    assert len(chances()) == 3 * 2 * 10 * 26 + 2 * 30


def test_the_limits_are_those_measured_with(cohort: Cohort) -> None:
    """Of both levels; and another seed sets nearly the same."""
    rows = cohort.rows(
        "select rule, limit_at_20_pct, limit_at_10_pct from published.ref_review_rules"
    )
    for rule, at_20, at_10 in rows:
        if rule in RECORDED["limits"]:
            limits = RECORDED["limits"][rule]
            others = RECORDED["limits_of_the_other_seed"][rule]
            assert (at_20, at_10) == (Decimal(str(limits["20"])), Decimal(str(limits["10"])))
            assert all(abs(limits[level] - others[level]) < 0.1 for level in limits)


@pytest.mark.parametrize("rule", ["drop", "below_baseline"])
@pytest.mark.parametrize("level", [20, 10])
def test_the_page_tells_what_a_level_means(rule: str, level: int) -> None:
    """docs/operating.md: false alarms on a level course, by days answered, to the last digit."""
    shares = [
        row["fall_0_pct"]
        for answered in ("90%", "79%", "50%")
        for row in MEASURED
        if (row["rule"], row.get("false_alarm_pct"), row["answered"], row.get("course"))
        == (rule, level, answered, "level")
    ]
    page = (ROOT / "docs" / "operating.md").read_text()
    assert f"| `{rule}` | {level} | {' | '.join(f'{share:.1f}' for share in shares)} |" in page


AIMS = {
    ("79%", "0"): (22, 13, 31),
    ("79%", "1"): (53, 43, 61),
    ("79%", "1.5"): (84, 81, 85),
    ("50%", "1.5"): (73, 60, 76),
}


def test_drop_reaches_what_it_is_to_reach() -> None:
    """At the level of 20 %: at most so many false alarms, and at least so many drops found."""
    rows = [row for row in MEASURED if row["rule"] == "drop" and row["false_alarm_pct"] == 20]
    assert all(row["charted_pct"] == 100 for row in rows)
    for (answered, fall), aims in AIMS.items():
        for course, aim in zip(COURSES, aims, strict=True):
            (share,) = (
                row[f"fall_{fall}_pct"]
                for row in rows
                if (row["answered"], row["course"]) == (answered, course)
            )
            assert share <= aim if fall == "0" else share >= aim, (answered, fall, course)


def test_below_baseline_is_seldom_wrong() -> None:
    """At the level of 20 % at most 15 % of people on a level course, however often they answer."""
    of_all = {
        row["answered"]: row["fall_0_pct"]
        for row in MEASURED
        if (row["rule"], row.get("false_alarm_pct"), row.get("course"))
        == ("below_baseline", 20, "level")
    }
    assert len(of_all) == 5
    assert {answered: share for answered, share in of_all.items() if share > 15} == {}


def rates(cohort: Cohort) -> dict[str, str]:
    return dict(cohort.rows("select rule, known_error_rates from published.ref_review_rules"))
