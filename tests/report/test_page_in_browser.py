"""The page in a real browser: nothing leaves it, nothing breaks, everybody can read it."""

# Needs Chromium, and for the last test axe-core: `.ci/run` installs both where it can.

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from browser import Browser, browser, program
from checkout import ROOT, Demo
from database import Connection
from runs import know, record
from wellness_journey import report
from wellness_journey.report.page import page

# Most pages here are the demo's, which one process makes for all.
GROUP = "demo"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = {
    "desktop": {},
    "dark": {"dark": True},
    "phone": {"width": 375},
    "phone, dark": {"width": 375, "dark": True},
    "print": {"media": "print", "width": 780},
    "without scripts": {"scripts": False},
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    found = program()
    if found is None:
        pytest.skip("NO BROWSER: no Chromium on the PATH (Debian: apt-get install chromium)")
    with browser(found) as opened:
        yield opened


@pytest.fixture(scope="module")
def whole(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the first run wrote it: other tests run again."""
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(demo.files["index.html"], encoding="utf-8")
    return path


@pytest.fixture
def troubled(connection: Connection, tmp_path: Path) -> Path:
    """The page of a run in which much went wrong, after others, with long words."""
    know(connection, SE_001="critical", SE_002="minor", SE_003="major", SE_004="minor")
    connection.execute(
        "update quality.rules set sentence = repeat('The unbroken_name_of_some_column ', 3),"
        " columns = repeat('a_column_of_some_length, ', 9)"
    )
    for day, status in enumerate(("pass", "warn", "error")):
        statuses = {"SE-001": status, "SE-002": "warn", "SE-003": "fail", "SE-004": None}
        run_id = record(connection, day, statuses, nodes_failed=day)
    connection.execute(
        "update quality.check_results set query = %s", ("select * from somewhere " * 20,)
    )
    for table in ("log_integration_sessions", "log_behavioral_changes"):
        connection.execute(
            "insert into quality.source_rows values (%s, %s, 'raw', 12345678),"
            " (%s, %s, 'used', 12345670), (%s, %s, 'before_the_session_of_its_patient', 8)",
            (run_id, table) * 3,
        )
    path = tmp_path / "troubled.html"
    path.write_text(
        page(read := report.read(connection), report.read_for_page(connection, read)),
        encoding="utf-8",
    )
    return path


@pytest.fixture(params=["whole", "troubled"])
def shown(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


@pytest.mark.parametrize("look", LOOKS)
def test_no_request_leaves_and_nothing_is_reported(
    chromium: Browser, shown: Path, look: str
) -> None:
    """One file, one request; the console stays empty whether or not scripts run."""
    chromium.open(shown, **LOOKS[look])
    asked = [event["request"]["url"] for event in chromium.seen("Network.requestWillBeSent")]
    assert [url for url in asked if not url.startswith("data:")] == [shown.as_uri()]
    told = [
        *chromium.seen("Log.entryAdded"),
        *chromium.seen("Runtime.consoleAPICalled"),
        *chromium.seen("Runtime.exceptionThrown"),
    ]
    assert told == []
    height = chromium.send("Page.getLayoutMetrics")["cssContentSize"]["height"]
    assert height > 1000


def test_a_script_in_the_page_would_not_run(chromium: Browser, whole: Path, tmp_path: Path) -> None:
    """The policy is seen to work: what is planted is refused, and said to be."""
    text = whole.read_text(encoding="utf-8")
    planted = tmp_path / "planted.html"
    planted.write_text(
        text.replace(
            "</body>",
            "<script>document.title = 'taken'</script><style>h1 { color: red }</style>"
            "<img src='https://clinic.example.org/pixel.png' alt=''></body>",
        ),
        encoding="utf-8",
    )
    chromium.open(planted)
    assert chromium.run("document.title").startswith("Usable, with 1 warning")
    refused = [event["entry"]["text"] for event in chromium.seen("Log.entryAdded")]
    assert len(refused) == 3
    # The browser tells of a request before its policy ends it.
    blocked = [event.get("blockedReason") for event in chromium.seen("Network.loadingFailed")]
    assert blocked == ["csp"]


@pytest.mark.parametrize("look", ["desktop", "phone", "print"])
def test_nothing_is_wider_than_the_screen(chromium: Browser, shown: Path, look: str) -> None:
    """Sideways scroll only inside what says that it scrolls, with everything unfolded."""
    chromium.open(shown, **LOOKS[look])
    wider = chromium.run(
        """
        document.querySelectorAll('details').forEach((one) => { one.open = true; });
        [...document.querySelectorAll('body *')]
            .filter((one) => !one.closest('.scroll, pre, svg, .for'))
            .filter((one) => one.getBoundingClientRect().right > innerWidth + 1
                || one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
                && getComputedStyle(one).display !== 'inline')
            .map((one) => one.tagName + ' ' + one.className + ' ' + one.textContent.slice(0, 40))
        """
    )
    assert wider == []
    assert chromium.run("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [1280, 1151, 1150, 1100, 1001, 1000, 641, 640, 375])
def test_no_word_of_a_panel_is_broken(chromium: Browser, shown: Path, width: int) -> None:
    """Small tables fit, and panels stand apart, on both sides of each width at which they move."""
    chromium.open(shown, width=width)
    found = chromium.run(
        """
        [...document.querySelectorAll('.panel .facts, .panel h3, .panel h4, .panel figcaption')]
            .flatMap((one) => {
                const texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
                const broken = [];
                for (let text; text = texts.nextNode();) {
                    for (const word of text.data.matchAll(/[^\\s-]+/g)) {
                        const range = document.createRange();
                        range.setStart(text, word.index);
                        range.setEnd(text, word.index + word[0].length);
                        if (range.getClientRects().length > 1) broken.push('broken ' + word[0]);
                    }
                }
                const panel = one.closest('.panel').getBoundingClientRect();
                return one.getBoundingClientRect().right > panel.right
                    ? [...broken, 'wide ' + one.textContent] : broken;
            })
            .concat([...document.querySelectorAll('.grid > .panel + .panel')].flatMap((one) => {
                const [a, b] = [one.previousElementSibling, one]
                    .map((each) => each.getBoundingClientRect());
                return b.left - a.right < 8 && b.top - a.bottom < 8
                    ? ['touching ' + one.textContent.slice(0, 40)] : [];
            }))
        """
    )
    assert found == []


@pytest.mark.parametrize("is_dark", [False, True])
def test_dark_mode_turns_page_and_pictures(chromium: Browser, whole: Path, is_dark: bool) -> None:
    """Ground and ink change places, in the pictures as in the text."""
    chromium.open(whole, dark=is_dark)
    ground, ink, ticks = chromium.run(
        """
        [[getComputedStyle(document.body).backgroundColor],
         [getComputedStyle(document.body).color],
         [...new Set([...document.querySelectorAll('.chart text')].map(
            (one) => getComputedStyle(one).fill))]].map((found) => found.map((color) =>
                color.match(/[0-9]+/g).slice(0, 3).reduce((sum, one) => sum + Number(one), 0)))
        """
    )
    assert len(ticks) == 1
    dark, light = (ground[0], ink[0]) if is_dark else (ink[0], ground[0])
    assert dark < 150
    assert light > 600
    assert abs(ticks[0] - ground[0]) > 250


@pytest.mark.parametrize("name", ["whole", "troubled"])
def test_labels_of_pictures_do_not_overlap_and_can_be_read(
    chromium: Browser, request: pytest.FixtureRequest, name: str
) -> None:
    """At the width of a phone and of a desktop no tick runs into another or gets tiny."""
    for look in ("desktop", "phone"):
        chromium.open(request.getfixturevalue(name), **LOOKS[look])
        found = chromium.run(
            """
            [...document.querySelectorAll('.chart')].flatMap((chart) => {
                const texts = [...chart.querySelectorAll('text')];
                const boxes = texts.map((one) => one.getBoundingClientRect());
                const edge = chart.getBoundingClientRect();
                return boxes.flatMap((a, i) => [
                    ...boxes.slice(i + 1).filter((b) => a.left < b.right && b.left < a.right
                        && a.top < b.bottom - 2 && b.top < a.bottom - 2).map(() => 'overlap'),
                    ...(a.left < edge.left - 1 || a.right > edge.right + 1 ? ['outside'] : []),
                    ...(a.height < 10 ? ['small'] : []),
                ].map((what) => what + ' ' + texts[i].textContent + ' ' + chart.ariaLabel));
            })
            """
        )
        assert found == [], look


def test_the_keyboard_reaches_what_can_be_opened(chromium: Browser, whole: Path) -> None:
    """Links, numbers that unfold, and what scrolls; the mark of the focus is visible."""
    chromium.open(whole)
    for _ in range(8):
        for kind in ("keyDown", "keyUp"):
            chromium.send(
                "Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9
            )
    assert chromium.run("document.activeElement.tagName") == "SUMMARY"
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert chromium.run(outline) == "solid"
    chromium.send(
        "Input.dispatchKeyEvent",
        type="keyDown",
        key=" ",
        code="Space",
        text=" ",
        windowsVirtualKeyCode=32,
    )
    chromium.send(
        "Input.dispatchKeyEvent", type="keyUp", key=" ", code="Space", windowsVirtualKeyCode=32
    )
    assert chromium.run("document.activeElement.parentElement.open")


@pytest.mark.parametrize("look", ["desktop", "dark", "phone"])
def test_axe_finds_nothing_serious(chromium: Browser, shown: Path, look: str) -> None:
    """Contrast, names, roles, order of headings: with everything unfolded."""
    if not AXE.is_file():
        pytest.skip(f"NO AXE-CORE: {AXE.relative_to(ROOT)} is not there (npm install axe-core)")
    chromium.open(shown, **LOOKS[look])
    chromium.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    chromium.run(AXE.read_text(encoding="utf-8") + ";0")
    found = chromium.run(
        """
        axe.run(document, {resultTypes: ['violations']}).then((result) => result.violations
            .filter((one) => ['serious', 'critical', 'moderate'].includes(one.impact))
            .map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 90))
                .slice(0, 3).join(' | ')))
        """
    )
    assert found == []
