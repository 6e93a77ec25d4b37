"""Rows without a key get one: the same file twice is the same rows once."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from clinic_files import SESSION, WHO, WHOSE, clinic, column, describe
from database import Connection
from wellness_journey.errors import InputError
from wellness_journey.intake import answer
from wellness_journey.intake.load import TableLoad, load
from wellness_journey.intake.made_keys import MadeKeys

RESOURCE = {"name": "log_pulse_checks", "path": "log_pulse_checks.csv", "journey:makeKeys": True}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = clinic(tmp_path / "rows")
    describe(made, RESOURCE)
    return made


def write(folder: Path, *rows: str, columns: str = "check_date,mood_level") -> None:
    lines = [f"{WHO},{columns}", *(f"{WHOSE},{row}" for row in rows)]
    (folder / "log_pulse_checks.csv").write_text("\n".join(lines) + "\n")


def test_the_example_of_the_page() -> None:
    """The name that the page prints gives the key that load gives."""
    page = (Path(__file__).parents[2] / "docs" / "loading.md").read_text()
    name = page.split('```json\n["log_pulse_checks"', 1)[1].split("\n", 1)[0]
    table, session, day, row, number = json.loads('["log_pulse_checks"' + name)
    assert (session, day, number) == (row["session_id"], row["check_date"], 1)
    made = MadeKeys(table)
    first, second = made.key({**row, "notes": None}), made.key(row)
    namespace = UUID("9eceddb3-8b7d-5e4c-9b15-ea66e6933e16")
    assert first == str(uuid5(namespace, '["log_pulse_checks"' + name))
    assert first != second


def test_twice_is_once(database: Connection, folder: Path, rejects: Path) -> None:
    """However cells are spelled, and columns and rows ordered; two identical rows stay two."""
    write(folder, "2025-03-02,4", "2025-03-02,4", "2025-03-03,5")
    expected = TableLoad("log_pulse_checks", 3, 3, 0, 0, corrected=0)
    assert load(database, folder, rejects)[-1] == expected
    write(
        folder,
        "5.0,2025-03-03T10:00",
        " 04 ,2025-03-02",
        "4,2025-03-02",
        columns="Mood_Level,check_date",
    )
    again = TableLoad("log_pulse_checks", 3, 0, 3, 0, corrected=0)
    assert load(database, folder, rejects)[-1] == again
    assert len(column(database, "mood_level")) == 3


def test_a_corrected_row_is_told(database: Connection, folder: Path, rejects: Path) -> None:
    """It has a new key, and the earlier row stays; a second row of one load is no correction."""
    write(folder, "2025-03-02,4", "2025-03-02,3")
    assert load(database, folder, rejects)[-1].corrected == 0
    write(folder, "2025-03-02,5", "2025-03-02,3", "2025-03-04,1")
    outcome = load(database, folder, rejects)
    assert outcome[-1] == TableLoad("log_pulse_checks", 3, 2, 1, 0, corrected=1)
    told = " ".join(" ".join(answer.lines(outcome)).split())
    assert "new rows on a session and day that had rows before: 1 (a corrected row gets a" in told
    assert sorted(column(database, "mood_level")) == [1, 3, 4, 5]


def test_a_rejected_row_takes_no_number(database: Connection, folder: Path, rejects: Path) -> None:
    """A row that cannot be read gets no key, so mending it moves no other row's."""
    write(folder, "2025-03-02,x", "2025-03-02,4")
    assert load(database, folder, rejects)[-1].rejected == 1
    write(folder, "2025-03-02,5", "2025-03-02,4")
    assert load(database, folder, rejects)[-1].already_present == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "log_sessions", "path": "log_sessions.csv"}, "they need keys of their own"),
        ({}, "journey:makeKeys is true, but log_pulse_checks.csv has pulse_check_id"),
    ],
)
def test_keys_are_not_made_where_there_are_some(
    database: Connection, folder: Path, rejects: Path, changes: dict[str, str], said: str
) -> None:
    """Other rows refer to sessions; and a key in the file is a key."""
    write(folder, f"{SESSION},2025-03-02,4", columns="pulse_check_id,check_date,mood_level")
    describe(folder, {**RESOURCE, **changes})
    with pytest.raises(InputError) as caught:
        load(database, folder, rejects)
    assert said in str(caught.value)


def test_a_row_of_no_session_or_day_gets_no_key(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """The key is made from both, so both are there."""
    write(folder, ",4")
    [group] = load(database, folder, rejects)[-1].reasons
    assert group.reason() == "check_date has no value"
