"""The page of the report where there is little to show: it says so, rounds nothing up."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from database import Connection
from markup import figure, made, parse
from runs import know, record
from wellness_journey.report import amounts, charts, group_words, words
from wellness_journey.report.groups import ChangeWeek, Leaving
from wellness_journey.report.published import Share, TrendWeek
from wellness_journey.rules.score import ENGINES


def test_before_any_run_the_page_says_so(connection: Connection) -> None:
    found = made(connection)
    assert found.one("title").text == "Nothing has run yet · Wellness journey"
    assert "journey run builds the marts and checks them." in found.text
    assert not found.all("section")


def test_a_run_that_could_not_build_says_that_figures_may_be_old(connection: Connection) -> None:
    """dbt failed, and with it went what it would have checked."""
    know(connection, SE_001="critical", SE_002="minor")
    record(connection, 0, {}, engines=("great_expectations",), nodes_failed=3)
    found = made(connection)
    assert found.one("title").text.startswith("Incomplete: do not rely on this run")
    assert "3 models could not be built: the marts are not all of this run." in found.text
    assert "may be those of an earlier one" in found.one("section", id="patients").text
    assert "2 rules were not checked in this run" in found.one("section", id="attention").text
    assert "have not been built yet" in found.one("section", id="patients").text
    assert "This run counted no rows." in found.text


def test_a_run_without_great_expectations_says_that_it_is_missing(connection: Connection) -> None:
    know(connection, SE_001="critical")
    record(connection, 0, {"SE-001": "pass"}, engines=(ENGINES[0], *ENGINES[2:]))
    found = made(connection)
    assert found.one("title").text.startswith("Incomplete: do not rely on this run")
    assert "Without Great Expectations nobody knows whether" in found.one("header").text


def test_empty_tables_are_not_a_success(connection: Connection) -> None:
    """Where nothing is checked nothing passes."""
    know(connection, SE_001="critical")
    run_id = record(connection, 0, {"SE-001": "not_applicable"})
    for outcome in ("raw", "used"):
        connection.execute(
            "insert into quality.source_rows values (%s, 'log_pulse_checks', %s, 0)",
            (run_id, outcome),
        )
    found = made(connection)
    assert found.one("title").text.startswith("Nothing to check: the tables are empty")
    tiles = [tile.text for tile in found.all(class_="tile")]
    assert tiles[0].startswith("Data-quality score none")
    assert tiles[2].startswith("Pulse checks used none of none")
    assert "Nothing was there to be checked." in found.one("section", id="attention").text


def test_a_history_tells_new_from_old(connection: Connection) -> None:
    """Since when, the last runs as a strip with words, what was fixed, and the score's change."""
    know(connection, SE_001="critical", SE_002="minor", SE_003="major")
    for day, statuses in enumerate(
        [("pass", "pass", "warn"), ("warn", "pass", "warn"), ("warn", "fail", "pass")]
    ):
        rules = dict(zip(("SE-001", "SE-002", "SE-003"), statuses, strict=True))
        run_id = record(connection, day, rules)
        connection.execute(
            "insert into quality.source_rows values (%s, 'log_pulse_checks', 'raw', %s),"
            " (%s, 'log_pulse_checks', 'used', 240), (%s, 'log_pulse_checks', 'after_as_of', %s)",
            (run_id, 240 + 5 * day, run_id, run_id, 5 * day),
        )
    found = made(connection)
    failed, warned = found.one("section", id="attention").all("article")
    assert "Since this run" in failed.text
    assert "Since 2 March 2026 (2 runs)" in warned.text
    strip = warned.one("svg", class_="strip")
    assert strip.attributes["aria-label"] == "Last 3 runs: 2 warn, 1 pass"
    assert [bar.attributes["class"] for bar in strip.all("rect")] == [
        *["skipped"] * 27,
        *("pass", "warn", "warn"),
    ]
    assert "Fixed since the last run: It holds (SE-003)." in found.text
    tiles = [tile.text for tile in found.all(class_="tile")]
    # 2 of 6 after 1 of 6, each floored to a tenth.
    assert tiles[0] == "Data-quality score 33.3 of 100 target 98 ▲ 16.7 since the last run"
    assert tiles[2].startswith("Pulse checks used about 240 of about 250 some quarantined; ")
    assert "target none last run about 240 of about 250" in tiles[2]
    assert figure(found, "Score of the last runs").all("svg", class_="chart")
    assert found.one("header").attributes["class"] == "fail"
    assert found.one("title").text.startswith("1 rule failed")


def test_synthetic_data_is_said_only_where_it_is(connection: Connection) -> None:
    record(connection, 0, {"SE-001": "pass"})
    assert "Synthetic" not in made(connection).text
    connection.execute(
        "insert into quality.synthetic_cohort (seed, sessions, days, as_of)"
        " values (1, 1, 1, '2026-03-01')"
    )
    assert made(connection).one("body").text.startswith("Synthetic data")


# Pictures and words ------------------------------------------------------------------------------

WEEKS = (
    Share(0, 100, 81, Decimal(81), True),
    Share(1, 100, None, None, True),
    Share(2, None, None, None, True),
    Share(3, 0, 0, None, False),
)


def test_expected_observed_withheld_and_not_due_look_different() -> None:
    """What is withheld has no height of its own, and what is not due is no bar."""
    assert [share.look for share in WEEKS] == ["shown", "part withheld", "withheld", "not due"]
    picture = parse(charts.shares(WEEKS, 100, "finding", is_wide=True, has_whole=True))
    first = 36.9 / 2  # the middle of week 0, at 960 / 26 a week
    found: dict[str, list[int]] = {}
    for path in picture.all("path"):
        fill = path.attributes.get("fill", "")
        corner = float(re.findall(r"[\d.]+", path.attributes["d"])[0])
        middle = re.findall(r"translate\(([\d.]+)", path.attributes.get("transform", ""))
        place = float(middle[0]) if middle else corner + 13.5
        found.setdefault(fill, []).append(round((place - first) / 36.9))
    assert found == {
        "var(--whole)": [0, 1, 3],  # in week 3 nothing is expected: no height
        "var(--data)": [0, 3],
        "url(#hatch)": [1, 2],
        "var(--muted)": [3],
    }
    assert words.hidden(WEEKS) == " 2 weeks withheld. 1 week not due."
    assert words.compliance(WEEKS) == (
        "In an average week 81 % of the days that were due have a pulse check: 81 % in week 0."
        " 2 weeks withheld. 1 week not due."
    )


def test_withheld_weeks_of_a_trend_are_gaps() -> None:
    """Nothing is drawn across them; a week alone is a dot."""

    def week(number: int, mean: str | None) -> TrendWeek:
        value = None if mean is None else Decimal(mean)
        return TrendWeek("mood", number, None if mean is None else 20, value, value, value)

    weeks = [week(n, mean) for n, mean in enumerate(["2", "3", None, "4", None, "2", "3"])]
    picture = charts.trend(weeks, (), "finding")
    (line,) = [
        path
        for path in parse(picture).all("path")
        if path.attributes.get("stroke") == "var(--data)"
    ]
    assert line.attributes["d"].count("M") == 3
    dots = [path for path in parse(picture).all("path") if "A" in path.attributes["d"]]
    assert len(dots) == 1
    none = [week(n, None) for n in range(26)]
    assert words.trend("Mood", none) == "Mood: every week is withheld or has nobody behind it."


def test_the_same_people_are_strong_and_begin_at_the_level_of_weeks_1_to_4() -> None:
    """Everybody is thin; a change that is not shown is a gap, and the words name the last one."""
    three = Decimal(3)
    weeks = [TrendWeek("mood", n, 20, three, three, three) for n in range(9)]
    half, lower, upper = Decimal("0.50"), Decimal("0.20"), Decimal("-0.80")
    changes = [
        ChangeWeek("mood", 5, 20, half, lower, Decimal("0.80")),
        ChangeWeek("mood", 6, 20, -half, upper, -lower),
        ChangeWeek("mood", 7, None, None, None, None),
    ]
    scale = charts.trend_scale([(weeks, changes)])
    assert scale == (2, 4)
    paths = parse(charts.trend(weeks, changes, "finding", scale)).all("path")
    strong, thin = (
        next(path for path in paths if path.attributes.get("stroke") == f"var(--{name})")
        for name in ("data", "muted")
    )
    assert float(strong.attributes["stroke-width"]) > float(thin.attributes["stroke-width"])
    # 3.5 and 2.5 points on a picture of 2 to 4 points and 130 high.
    heights = [float(y) for y in re.findall(r",([\d.]+)", strong.attributes["d"])]
    assert heights == pytest.approx([32.5, 97.5], abs=0.1)
    assert group_words.change(changes).replace("\N{MINUS SIGN}", "-") == (
        " The same people: -0.50 in week 6 since weeks 1 to 4 (-0.80 to -0.20; 20 patients)."
    )
    assert group_words.change(changes[2:]) == ""


def test_pictures_of_trends_are_two_points_high_at_least_within_1_to_5() -> None:
    """Whole points around all that is shown."""

    def week(mean: str) -> TrendWeek:
        value = Decimal(mean)
        return TrendWeek("mood", 0, 20, value, value, value)

    for means, scale in (
        (["3.2", "3.8"], (2, 4)),
        (["1.1", "1.2"], (1, 3)),
        (["4.9"], (3, 5)),
        (["1.9", "4.1"], (1, 5)),
        ([], (1, 5)),
    ):
        assert charts.trend_scale([([week(mean)], ()) for mean in means]) == scale


def test_what_is_said_of_those_who_left() -> None:
    """The words follow the interval, and nothing is said where it is withheld."""

    def row(lower: str | None, upper: str | None) -> Leaving:
        bounds = [None if bound is None else Decimal(bound) for bound in (lower, upper)]
        one = None if lower is None else Decimal(1)
        number = None if lower is None else 12
        return Leaving("composite", number, one, number, one, one, *bounds)

    for bounds, told in (
        (("-0.30", "-0.10"), "those who left had lower answers from the start"),
        (("0.10", "0.30"), "those who left had higher answers from the start"),
        (("-0.10", "0.30"), "no sign that leavers began otherwise"),
        # Rounded outward: the exact bound may be beyond 0.
        (("0.00", "0.30"), "it stays open whether leavers began otherwise"),
        (("-0.70", "0.00"), "it stays open whether leavers began otherwise"),
        ((None, None), "Withheld: too few"),
    ):
        assert told in group_words.leaving([row(*bounds)])


def test_a_score_never_rounds_up() -> None:
    assert amounts.score(Decimal("99.97")) == "99.9"
    assert amounts.score(Decimal(100)) == "100.0"
    assert amounts.score(None) == "none"
