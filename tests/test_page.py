"""The page of the report: what it says, and that it says it when little is known."""

from __future__ import annotations

import csv
import re
from decimal import Decimal

import psycopg
import pytest

from checkout import ROOT, Demo
from conftest import Connection
from markup import Element, parse, rows
from runs import know, record
from wellness_journey import settings
from wellness_journey.report import charts, findings, words
from wellness_journey.report.page import page
from wellness_journey.report.published import Share, TrendWeek

LIMIT = 400_000
SECTIONS = [
    "Needs attention",
    "How patients are doing",
    "Compliance",
    "Flags for a person to review",
    "Checks",
    "Cross-checks",
    "About this page",
]


@pytest.fixture(scope="module")
def text(demo: Demo) -> str:
    return (demo.checkout.root / "reports" / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def whole(text: str) -> Element:
    return parse(text)


def made(connection: Connection) -> Element:
    return parse(page(connection, findings(connection)))


def figure(whole: Element, title: str) -> Element:
    (found,) = [
        one
        for one in whole.all("figure")
        if any(head.text.startswith(title) for tag in ("h3", "h4") for head in one.all(tag))
    ]
    return found


# What it says ------------------------------------------------------------------------------------


def test_the_verdict_comes_first_and_is_the_title(whole: Element) -> None:
    """Five seconds: whether to worry."""
    assert whole.one("title").text == "Usable, with 1 warning · Wellness journey, 31 December 2025"
    body = whole.one("body")
    assert "Usable, with 1 warning" in body.one("h1").text
    assert "No rule failed; 1 of 256 warn." in body.one("header").text
    assert body.text.startswith("Synthetic data: an invented cohort")


def test_sections_stand_in_the_order_of_their_weight(whole: Element) -> None:
    assert [head.text for head in whole.all("h2")] == SECTIONS
    links = [link.attributes["href"][1:] for link in whole.one("nav").all("a")]
    assert links == [one.attributes["id"] for one in whole.all("section") if "id" in one.attributes]


def test_six_numbers_come_with_their_denominators(demo: Demo, whole: Element) -> None:
    """Each from `quality` or `published`, counted here once more."""
    tiles = [tile.text for tile in whole.one("section", class_="tiles").all(class_="tile")]
    with settings.connect(demo.target) as connection:
        due, observed = connection.execute(
            "select sum(expected_days), sum(observed_days) from published.rpt_compliance_by_week"
        ).fetchone() or (0, 0)
        first, last = (
            connection.execute(
                "select patients from published.rpt_pulse_trends_by_week"
                " where metric = 'composite' and week_post_session = %s",
                (week,),
            ).fetchone()
            for week in (0, 25)
        )
    assert tiles == [
        "Data-quality score 99.8 of 100 target 98 first run",
        "Rules that hold 255 of 256 1 warning first run",
        "Pulse checks used 36,244 of 36,244 0 quarantined; target 0 first run",
        f"Sessions used 400 {first[0]} patients answered in week 0 "
        f"{last[0]} patients answered in week 25",
        f"Adherence so far {100 * observed / due:.0f} % of due days {observed:,} of {due:,} due "
        "days have a pulse check diary studies: 79 % on average",
        "Newest pulse check on time limit 3 days while journeys run "
        "rule PC-012; its hour is not published",
    ]


def test_only_what_does_not_pass_needs_attention(whole: Element) -> None:
    """A plain sentence, where, how many of how many, since when, who acts and how."""
    section = whole.one("section", id="attention")
    (card,) = section.all("article")
    assert card.one("h3").text == "! A session has one pulse check a day warns"
    for told in (
        "Failing 990 of 36,244 (2.73 %)",
        "Where log_pulse_checks: session_id, check_date",
        "Since first run, no history",
        "Clinic acts Nothing is lost: the most complete counts, then the latest.",
        "Rule PC-004, minor; found by dbt, Great Expectations.",
    ):
        assert told in card.text


def test_the_sql_shows_the_failing_rows_to_those_who_may(demo: Demo, whole: Element) -> None:
    """As many rows as the page says; the role that reads reports sees none of them."""
    query = whole.one("section", id="attention").one("pre").children[0]
    assert isinstance(query, str)
    with settings.connect(demo.target, role=settings.PIPELINE_ROLE) as connection:
        assert len(connection.execute(query.encode()).fetchall()) == 990
    with (
        settings.connect(demo.target, role="journey_analyst") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(query.encode())


def test_the_tables_behind_the_pictures_are_those_that_are_published(
    demo: Demo, whole: Element
) -> None:
    """Every number of a trend, of compliance and of flags, and `withheld` where there is none."""
    with settings.connect(demo.target) as connection:

        def fetch(query: str) -> list[list[str]]:
            return [
                ["withheld" if cell is None else str(cell) for cell in row]
                for row in connection.execute(query.encode()).fetchall()
            ]

        for metric in ("composite", "connection", "sleep", "mood", "energy"):
            assert rows(figure(whole, metric.capitalize()).one("table")) == fetch(
                "select week_post_session, round(mean, 2), round(ci_lower, 2) || ' to ' ||"
                " round(ci_upper, 2), patients from published.rpt_pulse_trends_by_week"
                f" where metric = '{metric}' order by 1"
            )
        due = (
            "case when is_due then coalesce(to_char({}, 'FM999,999'), 'withheld')"
            " else 'not due' end"
        )
        share = (
            "case when is_due then coalesce(round(100.0 * {} / {}) || ' %', 'withheld')"
            " else 'not due' end"
        )
        assert rows(figure(whole, "Pulse checks by week").one("table")) == fetch(
            f"select week_post_session, {due.format('expected_days')},"
            f" {due.format('observed_days')}, {share.format('observed_days', 'expected_days')}"
            " from published.rpt_compliance_by_week order by 1"
        )
        for title, rule in {
            "Pattern change": "pattern_change",
            "Silence": "silence",
            "PHQ-9 worsening": "phq9_worsening",
            "GAD-7 worsening": "gad7_worsening",
        }.items():
            assert rows(figure(whole, title).one("table")) == fetch(
                f"select week_post_session, {due.format('sessions_under_watch')},"
                f" {due.format('sessions_flagged')},"
                f" {share.format('sessions_flagged', 'sessions_under_watch')}"
                f" from published.rpt_review_flags where rule = '{rule}' order by 1"
            )


def test_outcomes_come_with_both_denominators(demo: Demo, whole: Element) -> None:
    """Response and remission of those seen and of all eligible, each with its interval."""
    rate = (
        "case when {part} is null and not is_{part}_withheld then 'not defined'"
        " when {share}_pct is null then 'withheld'"
        " else round(100.0 * {part} / {whole}) || ' % (' || {part} || ' of '"
        " || {whole} || '; ' || round({share}_ci_lower_pct) || ' to '"
        " || round({share}_ci_upper_pct) || ' %)' end"
    )
    columns = ", ".join(
        rate.format(part=part, whole=whole_, share=share)
        for part, whole_, share in (
            ("responders", "eligible_observed", "response_observed"),
            ("responders", "eligible", "response_eligible"),
            ("remitted", "eligible_observed", "remission_observed"),
            ("remitted", "eligible", "remission_eligible"),
            ("reliably_improved", "with_change", "reliable_improvement"),
            ("reliably_deteriorated", "with_change", "reliable_deterioration"),
        )
    )
    with settings.connect(demo.target) as connection:
        for instrument, (lowest, highest, _) in words.INSTRUMENTS.items():
            expected = connection.execute(
                "select outcome_window_days || ' days', coalesce(round(mean, 1)::text, 'withheld'),"
                " coalesce(round(ci_lower, 1) || ' to ' || round(ci_upper, 1), 'withheld'),"
                f" coalesce(patients::text, 'withheld'), {columns}"
                " from published.rpt_assessment_outcomes"
                f" where instrument = '{instrument}' order by outcome_window_days".encode()
            ).fetchall()
            table = figure(whole, f"{instrument} {lowest} to {highest}").all("table")[-1]
            assert rows(table) == [list(row) for row in expected]


def test_checks_and_cross_checks_add_up(demo: Demo, whole: Element) -> None:
    """The rules of all kinds are those applicable; raw = used + quarantined."""
    kinds = rows(whole.one("section", id="checks").one("table", class_="kinds"))
    counts = [tuple(map(int, pair)) for pair in re.findall(r"(\d+) of (\d+)", str(kinds))]
    assert (sum(holds for holds, _ in counts), sum(of for _, of in counts)) == (255, 256)
    flows, functions = whole.one("section", id="cross-checks").all("table")
    assert rows(flows)[2] == ["✓ log_\u200bpulse_\u200bchecks", "36,244", "36,244", "0"]
    assert [row[1:] for row in rows(functions)] == [
        ["400", "400 match"],
        ["400", "400 match"],
        ["1,600", "1,600 match"],
    ]


def test_every_picture_has_its_finding_and_its_numbers(whole: Element) -> None:
    """Who cannot see it loses nothing."""
    pictures = [one for one in whole.all("figure") if one.all("svg", class_="chart")]
    assert len(pictures) >= 12
    for one in pictures:
        label = one.one("svg", class_="chart").attributes["aria-label"]
        assert label == one.one("figcaption").text
        assert one.one("details").all("table") if len(one.all("details")) == 1 else True
        assert any(rows(table) for table in one.all("table"))


# How it is made ----------------------------------------------------------------------------------


def test_it_is_one_small_file_without_scripts_or_requests(text: str, whole: Element) -> None:
    """A policy in the page forbids what is not in it anyway."""
    assert len(text.encode()) < LIMIT
    policy = whole.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy
    everything = whole.all()
    assert {"script", "iframe", "object", "embed", "img", "form", "image", "use"}.isdisjoint(
        element.tag for element in everything
    )
    for element in everything:
        for name, value in element.attributes.items():
            assert not name.startswith("on"), element
            assert name not in ("style", "src", "srcset", "xlink:href"), element
            if name == "href":
                assert value.startswith(("#", "data:image/svg+xml,", "summary.", "junit.xml")), (
                    element
                )
    icon = whole.one("link").attributes["href"]
    assert "http" not in text.replace(icon, "").replace("http-equiv", "")
    assert set(re.findall(r"url\(([^)]*)\)", text)) == {"#hatch"}
    assert "@import" not in text


def test_the_same_run_gives_the_same_bytes_to_whoever_may_read_it(demo: Demo, text: str) -> None:
    """Another process, the next moment, and a login that reads `published` and `quality` alone."""
    code, out, err = demo.checkout.journey(demo.target, "report")
    assert (code, "reports/index.html" in out) == (0, True), err
    assert (demo.checkout.root / "reports" / "index.html").read_text(encoding="utf-8") == text
    with settings.connect(demo.target, role="journey_analyst") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute("select from marts.dim_sessions")
        connection.execute("set timezone to 'Pacific/Kiritimati'")
        assert page(connection, findings(connection)) == text


def test_what_comes_from_files_and_the_database_is_escaped(connection: Connection) -> None:
    """A rule's words are text, whatever they look like."""
    nasty = "<script>alert('1')</script> & \"`</style>`\" {{ 1 }}"
    know(connection, SE_001="critical")
    connection.execute(
        "update quality.rules set sentence = %(text)s, columns = %(text)s, acts = %(text)s,"
        " action = %(text)s",
        {"text": nasty},
    )
    run_id = record(connection, 0, {"SE-001": "fail"})
    connection.execute(
        "update quality.check_results set query = %(text)s, tested = %(text)s",
        {"text": nasty},
    )
    connection.execute("insert into quality.source_rows values (%s, %s, 'raw', 1)", (run_id, nasty))
    connection.execute(
        "insert into quality.cross_checks values (%s, %s, 'match', 1)", (run_id, nasty)
    )
    found = made(connection)
    assert not found.all("script")
    # Sentence, columns and table, who, what to do, SQL, two more tables.
    assert found.text.count("<script>alert('1')</script> &") == 8
    assert found.text.count("{{ 1 }}") == 8


def test_the_page_repeats_no_constant_that_has_moved() -> None:
    """Scales of the seed, the limit of a test, the day of the last week: said twice, held here."""
    with (ROOT / "dbt_project/seeds/ref_instruments.csv").open(encoding="utf-8") as file:
        seeds = {row["instrument"]: row for row in csv.DictReader(file)}
    assert {
        name: (int(row["lowest_score"]), int(row["highest_score"]), row["is_higher_better"])
        for name, row in seeds.items()
    } == {
        name: (lowest, highest, str(better == "higher is better").lower())
        for name, (lowest, highest, better) in words.INSTRUMENTS.items()
    }
    (test,) = ROOT.glob("dbt_project/tests/**/pc_012_*.sql")
    assert "newest.check_date > 3, true)" in test.read_text(encoding="utf-8")


# When little is known ----------------------------------------------------------------------------


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
    record(connection, 0, {"SE-001": "pass"}, engines=("dbt", "column_policy", "text_scan"))
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
    assert tiles[2].startswith("Pulse checks used 0 of 0")
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
            " (%s, 'log_pulse_checks', 'used', 100)",
            (run_id, 100 + day, run_id),
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
    assert "1 quarantined" not in tiles[2]
    assert "2 quarantined; target 0 last run 100 of 101" in tiles[2]
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
    Share(0, 100, 81, True),
    Share(1, 100, None, True),
    Share(2, None, None, True),
    Share(3, 0, 0, False),
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
        "81 % of the days that were due have a pulse check (81 of 100): 81 % in week 0."
        " 2 weeks withheld. 1 week not due."
    )


def test_withheld_weeks_of_a_trend_are_gaps() -> None:
    """Nothing is drawn across them; a week alone is a dot."""

    def week(number: int, mean: str | None) -> TrendWeek:
        value = None if mean is None else Decimal(mean)
        return TrendWeek("mood", number, None if mean is None else 20, value, value, value)

    weeks = [week(n, mean) for n, mean in enumerate(["2", "3", None, "4", None, "2", "3"])]
    picture = charts.trend(weeks, 20, "finding")
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


@pytest.mark.parametrize(
    ("part", "whole", "places", "told"),
    [
        (999, 1000, 0, "over 99 %"),
        (1, 1000, 0, "under 1 %"),
        (1000, 1000, 0, "100 %"),
        (0, 1000, 0, "0 %"),
        (990, 36244, 2, "2.73 %"),
        (1, 36244, 2, "under 0.01 %"),
        (36243, 36244, 2, "over 99.99 %"),
    ],
)
def test_a_share_is_all_or_nothing_only_when_it_is(
    part: int, whole: int, places: int, told: str
) -> None:
    assert words.percent(part, whole, places) == told


def test_a_score_never_rounds_up() -> None:
    assert words.score(Decimal("99.97")) == "99.9"
    assert words.score(Decimal(100)) == "100.0"
    assert words.score(None) == "none"
