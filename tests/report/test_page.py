"""The page of the report: what it says of the demo."""

from __future__ import annotations

import re

import psycopg
import pytest

from catalogued import RULES, needs_attribute
from checkout import Demo
from database import Connection
from markup import Element, figure, made, page_of, parse, rows
from runs import know, record
from wellness_journey.database import settings
from wellness_journey.report import asked

LIMIT = 400_000
# In the first run there is no earlier one to compare with, and the demo names no attribute.
APPLICABLE = len([rule for rule in RULES if rule[:3] != "RN-" and not needs_attribute(rule)])
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
    return demo.files["index.html"]


@pytest.fixture(scope="module")
def whole(text: str) -> Element:
    return parse(text)


# What it says ------------------------------------------------------------------------------------


def test_the_verdict_comes_first_and_is_the_title(whole: Element) -> None:
    """Five seconds: whether to worry."""
    assert whole.one("title").text == "Usable, with 1 warning · Wellness journey, 31 December 2025"
    body = whole.one("body")
    assert "Usable, with 1 warning" in body.one("h1").text
    assert f"No rule failed; 1 of {APPLICABLE} warn." in body.one("header").text
    assert body.text.startswith("Synthetic data: an invented cohort")


def test_sections_stand_in_the_order_of_their_weight(whole: Element) -> None:
    assert [head.text for head in whole.all("h2")] == SECTIONS
    links = [link.attributes["href"][1:] for link in whole.one("nav").all("a")]
    assert links == [one.attributes["id"] for one in whole.all("section") if "id" in one.attributes]


def test_six_numbers_come_with_their_denominators(demo: Demo, whole: Element) -> None:
    """Each from `quality` or `published`, counted here once more."""
    tiles = [tile.text for tile in whole.one("section", class_="tiles").all(class_="tile")]
    with settings.connect(demo.target) as connection:
        (observed,) = connection.execute(
            "select round(avg(observed_pct)) from published.rpt_compliance_by_week"
        ).fetchone() or (0,)
        first, last = (
            connection.execute(
                "select max(patients) from published.rpt_pulse_trends_by_week"
                " where week_post_session = %s",
                (week,),
            ).fetchone()
            for week in (0, 25)
        )
    assert tiles == [
        "Data-quality score 99.9 of 100 target 98 first run",
        f"Rules that hold {APPLICABLE - 1} of {APPLICABLE} 1 warning first run",
        "Pulse checks used about 25,000 of about 25,000 none quarantined; target none first run",
        f"Sessions used about 400 {first[0]} patients answered in week 0 "
        f"{last[0]} patients answered in week 25",
        f"Adherence so far {observed} % of due days mean of 26 weeks "
        "diary studies: 79 % on average",
        "Newest pulse check on time limit 3 days while journeys run "
        "rule PC-012; its hour is not published",
    ]


def test_only_what_does_not_pass_needs_attention(whole: Element) -> None:
    """A plain sentence, where, how many of how many, since when, who acts and how."""
    section = whole.one("section", id="attention")
    (card,) = section.all("article")
    assert card.one("h3").text == "! A session has one pulse check a day warns"
    for told in (
        "Failing 101 to 1,000 of 10,001 to 100,000 rows",
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
        assert len(connection.execute(query.encode()).fetchall()) == 808
    with (
        settings.connect(demo.target, role="journey_analyst") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(query.encode())


def test_the_tables_behind_the_pictures_are_those_that_are_published(
    demo: Demo, whole: Element
) -> None:
    """Every number of compliance and of flags, and `withheld` where there is none."""
    with settings.connect(demo.target) as connection:

        def fetch(query: str) -> list[list[str]]:
            return [
                ["withheld" if cell is None else str(cell) for cell in row]
                for row in connection.execute(query.encode()).fetchall()
            ]

        due = (
            "case when is_due then coalesce(to_char({}, 'FM999,999'), 'withheld')"
            " else 'not due' end"
        )
        share = "case when is_due then coalesce(round({}) || ' %', 'withheld') else 'not due' end"
        assert rows(figure(whole, "Pulse checks by week").one("table")) == fetch(
            f"select week_post_session, {due.format('patients')}, {share.format('observed_pct')}"
            " from published.rpt_compliance_by_week order by 1"
        )
        for title, rule in {
            "Drop": "drop",
            "Below baseline": "below_baseline",
            "Silence": "silence",
            "PHQ-9 worsening": "phq9_worsening",
            "GAD-7 worsening": "gad7_worsening",
        }.items():
            assert rows(figure(whole, title).one("table")) == fetch(
                f"select week_post_session, {due.format('sessions_under_watch')},"
                f" {due.format('sessions_flagged')},"
                f" {share.format('flagged_pct')},"
                " case when is_due then coalesce(sessions_flagged_by_chance::text, 'withheld')"
                " else 'not due' end"
                f" from published.rpt_review_flags where rule = '{rule}' order by 1"
            )


def test_outcomes_come_with_both_denominators(demo: Demo, whole: Element) -> None:
    """Response and remission of those seen and of all eligible, each with its interval."""
    rate = (
        "case when {part} is null and not is_{part}_withheld then 'not defined'"
        " when {share}_pct is null then 'withheld'"
        " else round({share}_pct) || ' % of ' || {whole} || ' (' || round({share}_ci_lower_pct)"
        " || ' to ' || round({share}_ci_upper_pct) || ' %)' end"
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
        for one in asked.instruments():
            instrument, lowest, highest = one.name, one.lowest, one.highest
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
    assert (sum(holds for holds, _ in counts), sum(of for _, of in counts)) == (
        APPLICABLE - 1,
        APPLICABLE,
    )
    flows, functions = whole.one("section", id="cross-checks").all("table")
    assert rows(flows)[3][0] == "✓ log_\u200bpulse_\u200bchecks"
    assert rows(flows)[3][1:] == ["about 25,000", "about 25,000", "none"]
    assert [row[1:] for row in rows(functions)] == [
        ["101 to 1,000 match"],
        ["101 to 1,000 match"],
        ["1,001 to 10,000 match"],
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


def test_the_same_run_gives_the_same_bytes_to_whoever_may_read_it(demo: Demo) -> None:
    """Another process, the next moment, and a login that reads `published` and `quality` alone."""
    written = []
    for _ in range(2):
        code, out, err = demo.checkout.journey(demo.target, "report")
        assert (code, "reports/index.html" in out) == (0, True), err
        written.append(demo.checkout.files()["index.html"])
    first, text = written
    assert first == text
    with settings.connect(demo.target, role="journey_analyst") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute("select from marts.dim_sessions")
        connection.execute("set timezone to 'Pacific/Kiritimati'")
        assert page_of(connection) == text


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
