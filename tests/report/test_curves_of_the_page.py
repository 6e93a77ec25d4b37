"""What the page shows of curves: every step as it is published."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from checkout import Demo
from markup import Element, figure, parse, rows
from wellness_journey.database import settings
from wellness_journey.report import curve_chart, curve_figures
from wellness_journey.report.follow_ups import Step

TITLES = {
    ("PHQ-9", "response"): "First response, PHQ-9",
    ("GAD-7", "response"): "First response, GAD-7",
    ("PHQ-9", "relapse"): "Relapse after a response, PHQ-9",
    ("GAD-7", "relapse"): "Relapse after a response, GAD-7",
}


@pytest.fixture(scope="module")
def whole(demo: Demo) -> Element:
    return parse(demo.files["index.html"])


def test_each_step_is_there_or_said_to_be_withheld(demo: Demo, whole: Element) -> None:
    """The share is the one that has had the event; a window is named by its last day."""
    seen = 0
    for (instrument, event), title in TITLES.items():
        with settings.connect(demo.target) as connection:
            expected = connection.execute(
                """
                select
                    windows.last_day::text,
                    coalesce(curves.at_risk::text, 'withheld'),
                    coalesce(curves.events::text, 'withheld'),
                    coalesce(round(100 - curves.event_free_pct) || ' %%', 'withheld'),
                    coalesce(
                        round(100 - curves.event_free_ci_upper_pct) || ' to '
                        || round(100 - curves.event_free_ci_lower_pct) || ' %%', 'withheld'
                    )
                from published.rpt_outcome_curves as curves
                inner join marts.ref_outcome_windows as windows
                    on curves.outcome_window_days = windows.window_days
                where curves.instrument = %s and curves.event = %s
                order by windows.last_day
                """,
                (instrument, event),
            ).fetchall()
        panel = figure(whole, title)
        facts, numbers = panel.all("table")
        assert rows(numbers) == [list(row) for row in expected]
        assert rows(facts) == [[f"day {row[0]}", row[1], row[3]] for row in expected]
        is_shown = any(row[1] != "withheld" for row in expected)
        assert bool(panel.all("svg", class_="chart")) is is_shown
        assert ("every window is withheld" in panel.one("figcaption").text) is not is_shown
        seen += is_shown
    assert seen


def test_it_says_how_to_read_a_curve(whole: Element) -> None:
    """Whose share, what is rounded, what is hatched, who leaves."""
    told = whole.one("section", id="patients").text
    for words in (
        "The line is the share of patients whose response, or relapse, was seen so far",
        "patients followed in the window without a response, or relapse, before it, to the nearest",
        "Hatched: withheld, with all that follows.",
        "A patient who misses a score stays at risk of a response, and leaves the curve of relap",
    ):
        assert words in told


# Pictures and words ------------------------------------------------------------------------------


def step(days: int, *figures: str) -> Step:
    """At risk, events, share without the event, its bounds; withheld without any."""
    if not figures:
        return Step("PHQ-9", "response", days, None, None, None, None, None)
    at_risk, events, *shares = figures
    free, lower, upper = map(Decimal, shares)
    return Step("PHQ-9", "response", days, int(at_risk), int(events), free, lower, upper)


FIRST = step(30, "165", "35", "78.79", "71.93", "84.33")
SECOND = step(90, "70", "15", "61.90", "52.63", "70.39")
STEPS = [FIRST, SECOND, step(180)]


def pairs(path: Element) -> list[tuple[float, float]]:
    found = re.findall(r"(-?[\d.]+),(-?[\d.]+)", path.attributes["d"])
    return [(float(x), float(y)) for x, y in found]


def test_a_curve_rises_on_the_last_day_of_a_window_and_ends_where_it_is_withheld() -> None:
    """From nobody on day 0; hatched to the end from where nothing is shown."""
    picture = parse(curve_chart.curve(STEPS, "finding", 50))
    (line,) = (
        one
        for one in picture.all("path")
        if one.attributes.get("stroke") == "var(--data)" and "L" in one.attributes["d"]
    )
    days = {0: 0.0, 45: 220 * 45 / 210, 120: 220 * 120 / 210}

    def corners(*places: tuple[int, float]) -> list[tuple[object, object]]:
        return [
            (pytest.approx(days[day], abs=0.1), pytest.approx(110 * (1 - seen / 50), abs=0.1))
            for day, seen in places
        ]

    line_corners = corners((0, 0), (45, 0), (45, 21.21), (120, 21.21), (120, 38.10))
    assert pairs(line) == line_corners
    (band,) = (one for one in picture.all("path") if one.attributes.get("fill") == "var(--band)")
    lower = corners((0, 0), (45, 0), (45, 15.67), (120, 15.67), (120, 29.61))
    assert pairs(band)[: len(lower)] == lower
    upper = corners((120, 47.37), (120, 28.07), (45, 28.07), (45, 0), (0, 0))
    assert pairs(band)[len(lower) :] == upper
    (hatched,) = (one for one in picture.all("path") if one.attributes.get("fill") == "url(#hatch)")
    left, top = map(float, re.findall(r"M([\d.]+),([\d.]+)", hatched.attributes["d"])[0])
    assert (left, top) == (pytest.approx(days[120], abs=0.1), 0)


def test_pictures_of_curves_share_a_scale_that_holds_every_interval() -> None:
    """Half, or the whole."""
    assert curve_chart.highest([STEPS]) == 50
    assert curve_chart.highest([STEPS, [step(30, "20", "11", "45", "26", "66")]]) == 100
    assert curve_chart.highest([[step(30)], []]) == 50


def test_a_curve_in_words() -> None:
    """First and last step with their intervals, how many windows are not shown, or none."""
    assert curve_figures.finding("PHQ-9", "response", STEPS) == (
        "PHQ-9: a response has been seen in 21 % by day 45 (16 to 28 %) and in 38 % by day 120 "
        "(30 to 47 %) after the session. 1 window withheld."
    )
    assert curve_figures.finding("PHQ-9", "response", [FIRST]) == (
        "PHQ-9: a response has been seen in 21 % by day 45 (16 to 28 %) after the session."
    )
    assert curve_figures.finding("GAD-7", "relapse", [step(90), step(180)]) == (
        "GAD-7, relapse: every window is withheld."
    )
