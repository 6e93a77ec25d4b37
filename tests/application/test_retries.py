"""docs/application.md is what an application's requests come back with, on both servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actors import Clinic, running
from checkout import ROOT
from postgrest import Answer
from rows import Session
from scenes import Scene, staged
from table_requests import REQUESTS

PAGE = ROOT / "docs" / "application.md"
COLUMNS = (
    "log_integration_sessions",
    "log_pulse_checks",
    "log_behavioral_changes",
    "log_journey_ends",
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


# What the database dates -----------------------------------------------------------------------


def test_an_unchanged_row_stays_as_it_is(scene: Scene) -> None:
    """Sent back as select returned it, not a byte of the row changes, updated_at included."""
    row = scene.stored(scene.row())
    before = scene.everything()
    assert scene.a.upsert(scene.table, row) == Answer(200, [row])
    assert scene.everything() == before


def test_a_corrected_row_is_dated(scene: Scene) -> None:
    """A correction is stored and moves updated_at; created_at stays."""
    row = scene.stored(scene.row())
    corrected = row | {"completed": True, "phq9_score": 4, "session_notes": None}
    (found,) = scene.a.upsert(scene.table, corrected).rows
    assert found == corrected | {"updated_at": found["updated_at"]}
    assert found["updated_at"] > row["updated_at"]


@pytest.mark.parametrize("at", ["2001-01-01T00:00:00+00:00", None])
def test_updated_at_is_ignored(scene: Scene, at: str | None) -> None:
    """Whatever a practitioner sends for it, an unchanged row keeps the stored one."""
    row = scene.stored(scene.row())
    assert scene.a.upsert(scene.table, row | {"updated_at": at}) == Answer(200, [row])


def test_created_at_goes_back_as_it_came_or_not_at_all(scene: Scene) -> None:
    """To the microsecond; milliseconds, as a JavaScript Date keeps them, are another time."""
    row = scene.stored(scene.row())
    day, _, fraction = row["created_at"].partition(".")
    cut = f"{day}.{int(fraction[:3]) ^ 1:03}+00:00"
    assert scene.a.upsert(scene.table, row | {"created_at": cut}).code == "42501"
    del row["created_at"]
    assert scene.a.upsert(scene.table, row).status == 200


@pytest.mark.parametrize("table", COLUMNS)
@pytest.mark.parametrize("call", ["insert", "ignore", "merge"])
@pytest.mark.parametrize("forged", ["any", "of another own row", "of another's row", "null"])
def test_nobody_chooses_the_created_at_of_a_new_row(
    clinic: Clinic, table: str, call: str, forged: str
) -> None:
    """A practitioner's new row is dated by the database, whatever time the request brings."""
    with staged(clinic, table) as scene:
        of_b = scene.of_another()
        times = {
            "any": "2001-01-01T00:00:00+00:00",
            "of another own row": scene.stored(scene.row())["created_at"],
            "of another's row": scene.b.select(table, scene.of(of_b)).rows[0]["created_at"],
            "null": None,
        }
        row = scene.row(created_at=times[forged])
        if "updated_at" in scene.stored(scene.row()):
            row["updated_at"] = times[forged]
        answer = {
            "insert": lambda: scene.a.insert(table, row),
            "ignore": lambda: scene.a.upsert(table, row, ignore_duplicates=True),
            "merge": lambda: scene.a.upsert(table, row),
        }[call]()
    if call == "merge" and table != "log_integration_sessions":
        assert answer.code == "42501"
        return
    assert answer.status == 201
    (found,) = answer.rows
    assert found["created_at"] not in times.values()
    assert found.get("updated_at", found["created_at"]) == found["created_at"]


def test_nothing_tells_what_another_practitioners_row_holds(scene: Scene) -> None:
    """With the key of B's row, its very created_at and any other are answered alike."""
    row = scene.of_another()
    (of_b,) = scene.b.select(scene.table, scene.of(row)).rows
    mine = scene.row(**{scene.key: row[scene.key]})
    answers = [
        scene.a.upsert(scene.table, mine | sent)
        for sent in (
            {"created_at": of_b["created_at"]},
            {"created_at": "2001-01-01T00:00:00+00:00"},
            {"created_at": None},
            {},
        )
    ]
    assert answers[0].code == "42501"
    assert len(set(map(repr, answers))) == 1
    # As B's own row, sent by A: B's session is told like one that is not there.
    unknown = scene.a.upsert(scene.table, scene.row(Session(999_999)))
    assert scene.a.upsert(scene.table, of_b) == unknown
    assert scene.b.select(scene.table, scene.of(row)).rows == [of_b]


def test_a_row_does_not_follow_its_key_into_another_session(scene: Scene) -> None:
    """The stored created_at opens no way to move an own row to another own session."""
    row = scene.stored(scene.row())
    other = Session(2_000_000 + int(scene.session.session_id) % 1_000_000).create(scene.superuser)
    moved = row | {name: str(value) for name, value in other.owner.items()}
    before = scene.everything()
    assert scene.a.upsert(scene.table, moved).code == "42501"
    assert scene.everything() == before


def test_a_guard_that_is_filtered_says_so(clinic: Clinic) -> None:
    """Under FORCE ROW LEVEL SECURITY the lookup would find nothing in silence: it is an error."""
    with staged(clinic, "log_integration_sessions") as scene:
        row = scene.stored(scene.row())
        scene.superuser.execute(
            f"alter table public.{scene.table} force row level security".encode()
        )
        try:
            answer = scene.a.upsert(scene.table, row)
        finally:
            scene.superuser.execute(
                f"alter table public.{scene.table} no force row level security".encode()
            )
    assert answer.code == "42501"
    assert "row-level security" in answer.message
