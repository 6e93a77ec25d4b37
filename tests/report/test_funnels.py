"""Practitioners side by side, on a page for those who may see it."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from checkout import Demo
from markup import parse
from wellness_journey.database import settings
from wellness_journey.errors import NoConnectionError, UsageError
from wellness_journey.pipeline import runs
from wellness_journey.report import funnels
from wellness_journey.report.funnels import Row

GROUP = "demo"
ALMA, BO, CLEO = (UUID(int=number) for number in (1, 2, 3))


def row(
    practitioner: UUID, patients: int, funnel_class: str = "as_expected", value: str = "50"
) -> Row:
    """Of a limit of 40 and 60, and one of 30 and 70."""
    limits: tuple[Decimal | None, ...] = (Decimal(30), Decimal(40), Decimal(60), Decimal(70))
    if funnel_class == "not_computable":
        limits = (None, None, None, None)
    return Row(
        practitioner,
        "overall_compliance_score",
        funnel_class,
        patients,
        Decimal(value),
        Decimal(50),
        *limits,
    )


def test_the_page_says_what_a_class_is_worth() -> None:
    """A reason to look, not a verdict; no script, no request; each measure once."""
    text = funnels.page([row(ALMA, 20)], date(2025, 12, 31), is_own=False)
    whole = parse(text)
    assert "A value beyond a limit is a reason to look, not a verdict." in whole.text
    assert "It is no ranking" in whole.text
    assert not whole.all("script")
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    assert len(whole.all("figure")) == 8


def test_a_picture_has_whom_it_can_compare() -> None:
    """Two of three practitioners have limits; all three are in the table, with their class."""
    rows = [row(ALMA, 30), row(BO, 20, "above_95", "65"), row(CLEO, 4, "not_computable")]
    whole = parse(funnels.page(rows, None, is_own=False))
    figures = {figure.one("h3").text.split(" points")[0]: figure for figure in whole.all("figure")}
    score = figures["Compliance score"]
    finding = "2 of 3 practitioners can be compared: 1 beyond a limit, a reason to look."
    assert score.one("figcaption").text == finding
    assert score.one("svg").attributes["aria-label"] == f"Compliance score. {finding}"
    assert [cells.text for cells in score.one("tbody").all("tr")] == [
        f"{ALMA} 30 50.0 50.0 40.0 to 60.0 as expected",
        f"{BO} 20 65.0 50.0 40.0 to 60.0 above the 95 % limit",
        f"{CLEO} 4 50.0 50.0 not computable",
    ]
    other = figures["PHQ-9: response at 90 days %"]
    assert not other.all("svg")
    assert other.one("figcaption").text.startswith("Not computable")


@pytest.mark.parametrize(
    ("funnel_class", "told"),
    [
        ("as_expected", "As expected."),
        ("below_998", "Below the 99.8 % limit: a reason to look."),
        ("not_computable", "Not computable: too few patients, or too few other practitioners."),
    ],
)
def test_the_own_page_says_the_own_class(funnel_class: str, told: str) -> None:
    """In words, and what it is worth."""
    whole = parse(funnels.page([row(ALMA, 20, funnel_class)], None, is_own=True))
    assert [one.text for one in whole.all("figcaption")].count(told) >= 1
    assert "The dot is this practitioner" in whole.text


def test_a_practitioner_sees_the_own_rows_only(demo: Demo) -> None:
    """Of all twelve each has eight rows; the page of one names no other."""
    with runs.reader(demo.target, runs.RESTRICTED) as connection:
        everybody = funnels.read(connection, None)
        own = funnels.read(connection, everybody[0].practitioner_id)
    assert {one.practitioner_id for one in own} == {everybody[0].practitioner_id}
    assert len(own) == 8
    others = {one.practitioner_id for one in everybody} - {everybody[0].practitioner_id}
    assert len(others) == 11
    text = funnels.page(own, None, is_own=True)
    assert not any(str(other) in text for other in others)


def test_the_order_is_no_ranking(demo: Demo) -> None:
    """By number of patients, then by key: never by a value or a class."""
    with runs.reader(demo.target, runs.RESTRICTED) as connection:
        found = funnels.read(connection, None)
    keys = [(one.measure, -one.patients, one.practitioner_id) for one in found]
    assert keys == sorted(keys)


def test_an_analyst_is_refused(demo: Demo) -> None:
    """The table is in `marts`: neither the analyst's role nor its login gets it."""
    with settings.connect(demo.target, autocommit=True) as connection:
        connection.execute("create role funnel_analyst login in role journey_analyst")
    try:
        login = replace(demo.target, user="funnel_analyst")
        with pytest.raises(NoConnectionError), runs.reader(login, runs.RESTRICTED):
            pass
    finally:
        with settings.connect(demo.target, autocommit=True) as connection:
            connection.execute("drop role funnel_analyst")


def test_nobody_has_no_page(demo: Demo) -> None:
    """A key that treats nobody is a wrong flag, and not an empty page."""
    with (
        runs.reader(demo.target, runs.RESTRICTED) as connection,
        pytest.raises(UsageError, match="no row of that practitioner"),
    ):
        funnels.read(connection, ALMA)


def test_the_file_is_for_one_user(demo: Demo, tmp_path: Path) -> None:
    """Mode 600, where the caller says, and nothing of it in `reports/`."""
    path = tmp_path / "private" / "funnels.html"
    before = demo.checkout.files()
    code, out, err = demo.checkout.journey(demo.target, "report", "--funnels", str(path))
    assert code == 0, err
    assert "funnels.html" in out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(parse(path.read_text(encoding="utf-8")).all("figure")) == 8
    assert demo.checkout.files() == before


def test_a_practitioner_without_a_file_is_a_wrong_flag(demo: Demo) -> None:
    """--practitioner alone would write the report of all."""
    code, out, err = demo.checkout.journey(demo.target, "report", "--practitioner", str(ALMA))
    assert code == 2
    assert "--practitioner goes with --funnels" in out + err
