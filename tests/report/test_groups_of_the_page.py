"""What the page shows of groups: every number as it is published."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from checkout import Demo
from markup import Element, figure, parse, rows
from wellness_journey.database import settings

METRICS = ("composite", "connection", "sleep", "mood", "energy")
IN_ORDER = f"array_position(array{[*METRICS]}, metric)"
Fetch = Callable[[str], list[list[str]]]


def signed(figure: str) -> str:
    """With its sign, the minus as wide as the plus."""
    told = f"replace(to_char({figure}, 'FMSG990.00'), '-', '\N{MINUS SIGN}')"
    return f"case when {figure} = 0 then '0.00' else {told} end"


@pytest.fixture(scope="module")
def whole(demo: Demo) -> Element:
    return parse(demo.files["index.html"])


@pytest.fixture
def fetch(demo: Demo) -> Iterator[Fetch]:
    with settings.connect(demo.target) as connection:
        yield lambda query: [
            ["withheld" if cell is None else str(cell) for cell in row]
            for row in connection.execute(query.encode()).fetchall()
        ]


@pytest.mark.parametrize("metric", METRICS)
def test_a_trend_has_everybody_and_the_same_people(
    whole: Element, fetch: Fetch, metric: str
) -> None:
    """The change begins in week 5, and both are withheld on their own."""
    assert rows(figure(whole, metric.capitalize()).one("table")) == fetch(
        f"""
        select
            week_post_session, round(t.mean, 2),
            round(t.ci_lower, 2) || ' to ' || round(t.ci_upper, 2), t.patients,
            case when week_post_session < 5 then '' else {signed("c.mean_change")} end,
            case
                when week_post_session < 5 then ''
                else {signed("c.ci_lower")} || ' to ' || {signed("c.ci_upper")}
            end,
            case when week_post_session < 5 then '' else c.patients::text end
        from published.rpt_pulse_trends_by_week as t
        left join published.rpt_pulse_changes_by_week as c using (metric, week_post_session)
        where metric = '{metric}'
        order by week_post_session
        """
    )


def test_those_who_still_answer(whole: Element, fetch: Fetch) -> None:
    """Week, patients, those who still answer, and their share."""
    shown = rows(figure(whole, "Who still answers").one("table"))
    assert shown == fetch(
        """
        select
            week_post_session, case when is_due then patients::text else 'not due' end,
            case when is_due then still_answering::text else 'not due' end,
            case
                when is_due then round(still_answering_pct) || ' %'
                else 'not due'
            end
        from published.rpt_pulse_attrition_by_week
        order by week_post_session
        """
    )
    assert any("%" in row[3] for row in shown)


def test_how_those_who_left_began(whole: Element, fetch: Fetch) -> None:
    """Both sides with their n, and the difference with its interval."""
    shown = rows(figure(whole, "How those who left began").all("table")[-1])
    assert shown == fetch(
        f"""
        select
            initcap(metric), leavers_mean, leavers, stayers_mean, stayers, {signed("difference")},
            {signed("ci_lower")} || ' to ' || {signed("ci_upper")}
        from published.rpt_first_month_by_leaving
        order by {IN_ORDER}
        """
    )


def test_floor_and_ceiling(whole: Element, fetch: Fetch) -> None:
    """Each shown week and question, with both shares and their intervals."""
    share = """
        max(case when answer = {} then
            round(share_pct) || ' % (' || round(share_ci_lower_pct) || ' to '
            || round(share_ci_upper_pct) || ')'
        end)
    """
    shown = rows(figure(whole, "Floor and ceiling").all("table")[-1])
    assert shown == fetch(
        f"""
        select
            week_post_session, initcap(question), patients, {share.format(1)}, {share.format(5)}
        from published.rpt_pulse_extremes_by_week
        where not is_withheld
        group by question, week_post_session, patients
        order by week_post_session, {IN_ORDER.replace("metric", "question")}
        """
    )


def test_it_says_which_line_to_believe(whole: Element) -> None:
    """In one sentence, beside the pictures."""
    assert "Believe the strong line." in whole.one("section", id="patients").text


def test_change_since_baseline(whole: Element, fetch: Fetch) -> None:
    """Each instrument and window; a rate stands beside what chance gives, or is not defined."""
    rates = ", ".join(
        f"""
        case
            when {chance}_by_chance_pct is null then ''
            else coalesce(round({rate}_pct) || ' %', 'withheld')
                || ' (chance ' || {chance}_by_chance_pct || ' %)'
        end
        """
        for rate, chance in (
            ("response_if_left_out", "response"),
            ("response_if_no_response", "response"),
            ("important_improvement", "important_improvement"),
            ("reliable_improvement", "reliable_improvement"),
            ("recovery", "recovery"),
        )
    )
    shown = rows(figure(whole, "Change since baseline").all("table")[-1])
    assert shown == fetch(
        f"""
        select
            instrument, outcome_window_days || ' days', compared, round(baseline_mean, 1),
            {signed("mean_change")},
            {signed("change_ci_lower")} || ' to ' || {signed("change_ci_upper")},
            {signed("standardised_change")}, {rates}
        from published.rpt_outcome_changes
        order by array_position(array['PHQ-9', 'GAD-7', 'PSQI', 'WHOQOL-BREF'], instrument),
            outcome_window_days
        """
    )
    assert any("% (chance" in cell for row in shown for cell in row)


def test_those_who_came_back(whole: Element, fetch: Fetch) -> None:
    """Both sides with their interval and n, or neither."""
    side = """
        round({0}_follow_up_mean, 1),
        round({0}_follow_up_ci_lower, 1) || ' to ' || round({0}_follow_up_ci_upper, 1),
        {0}_follow_up_patients
    """
    shown = rows(figure(whole, "Who came back").all("table")[-1])
    assert shown == fetch(
        f"""
        select
            case measure when 'answered_days' then 'Answered days' else measure end,
            {side.format("with")}, {side.format("without")}
        from published.rpt_baseline_by_follow_up
        order by array_position(array['PHQ-9', 'GAD-7', 'PSQI', 'WHOQOL-BREF'], measure)
        """
    )
    assert any(row[1] != "withheld" for row in shown)
