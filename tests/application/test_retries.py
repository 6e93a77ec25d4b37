"""docs/application.md is what an application's requests come back with, on both servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from postgrest import Answer
from scenes import REQUESTS, Scene, staged

from actors import Clinic, running
from conftest import ROOT

PAGE = ROOT / "docs" / "application.md"
COLUMNS = (
    "log_integration_sessions",
    "log_pulse_checks",
    "log_behavioral_changes",
)
CELLS = [(request, table) for request in REQUESTS for table in COLUMNS]


@pytest.fixture(scope="module", params=["embedded", "postgres_15"])
def clinic(request: pytest.FixtureRequest) -> Iterator[Clinic]:
    """Tables of an owner who is not a superuser, and the API's login, on each server."""
    with running(request.getfixturevalue(request.param)) as clinic:
        yield clinic


@pytest.fixture
def scene(clinic: Clinic) -> Iterator[Scene]:
    """Integration sessions: the table that may be corrected."""
    with staged(clinic, "log_integration_sessions") as scene:
        yield scene


def documented() -> dict[tuple[str, str], str]:
    """The cells of the page's table, without code marks, by request and table."""
    cells: dict[tuple[str, str], str] = {}
    columns: list[str] = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        words = [word.strip().replace("`", "") for word in line.strip("| ").split("|")]
        if words[0] == "request":
            columns = [table.strip() for table in words[1:]]
        elif not line.startswith("|"):
            columns = []
        elif columns and not words[0].startswith("--"):
            for names, word in zip(columns, words[1:], strict=True):
                for table in names.split(", "):
                    assert (words[0], table) not in cells, f"{words[0]} stands twice"
                    cells[words[0], table] = word
    return cells


def word(answer: Answer) -> str:
    """The page's words for an answer."""
    if answer.code:
        return f"{answer.status} {answer.code}"
    number = len(answer.rows)
    return f"{answer.status}, {number or 'no'} row{'s' if number > 1 else ''}"


def test_the_page_has_every_cell_and_no_other() -> None:
    """The requests of the page are those that are tried, for each table."""
    assert set(documented()) == set(CELLS)


@pytest.mark.parametrize(("request_", "table"), CELLS)
def test_cell(clinic: Clinic, request_: str, table: str) -> None:
    """Each request comes back as the page says; one that stores no row changes none."""
    with staged(clinic, table) as scene:
        ask = REQUESTS[request_](scene)
        before = scene.everything()
        answer = ask()
        after = scene.everything()
    assert word(answer) == documented().get((request_, table), "not on the page"), answer
    if answer.code or not answer.rows:
        assert after == before
    # Whatever a practitioner asks, no row goes.
    assert len(after) >= len(before)
