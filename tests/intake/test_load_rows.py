"""Rows that a load sets aside, or finds present."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic_files import PATIENT, PRACTITIONER, SESSION, WHO, WHOSE, check_id
from database import Connection
from loaded import pulse_checks, rejected
from wellness_journey.intake import load as loading
from wellness_journey.intake.load import TableLoad, load

# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            "2025-03-02,6,",
            "breaks the rule that mood_level is between 1 and 5"
            " (log_pulse_checks_mood_level_range)",
        ),
        (
            "2025-03-02,,",
            "breaks the rule that at least one of the four questions is answered"
            " (log_pulse_checks_has_an_answer)",
        ),
        ("2025-03-02,4.5,", "mood_level is not a whole number"),
        ("2025-13-02,4,", "check_date is not an ISO date (YYYY-MM-DD)"),
        ("02.03.2025,4,", "check_date is not an ISO date (YYYY-MM-DD): declare its format in"),
        ("today,4,", "check_date is not an ISO date (YYYY-MM-DD)"),
        ("infinity,4,", "check_date is not an ISO date (YYYY-MM-DD)"),
        ("9999-12-31,4,", "check_date must be between 1900-01-01 and tomorrow (UTC)"),
        (",4,", "check_date has no value"),
        ("2025-03-02,4,mail to a.b@example.org", "notes looks as if it holds an e-mail address"),
    ],
)
def test_each_refused_row_has_its_reason(
    database: Connection, folder: Path, rejects: Path, row: str, reason: str
) -> None:
    """A refused row alone is set aside: for its spelling, or with the constraint's comment."""
    good = [f"{number},2025-03-0{number},3," for number in range(1, 6)]
    pulse_checks(folder, *good, f"6,{row}", *good, columns="check_date,mood_level,notes")
    assert load(database, folder, rejects)[-1] == TableLoad("log_pulse_checks", 11, 5, 5, 1)
    [(line, said)] = rejected(rejects)
    assert line == 7
    assert said.startswith(reason)


def test_a_row_of_no_session_is_set_aside(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """Unknown session, foreign patient, no UUID, unknown login: each row is rejected, no more."""
    (folder / "log_pulse_checks.csv").write_text(
        f"pulse_check_id,{WHO},check_date,mood_level\n"
        f"{check_id(1)},{PATIENT},{PRACTITIONER},{check_id(9)},2025-03-02,4\n"
        f"{check_id(2)},{check_id(9)},{PRACTITIONER},{SESSION},2025-03-02,4\n"
        f"no-uuid,{WHOSE},2025-03-02,4\n"
        f"{check_id(4)},{WHOSE},2025-03-02,4\n"
    )
    with (folder / "log_sessions.csv").open("a") as file:
        file.write(f"{check_id(5)},{check_id(6)},{PATIENT},2025-03-01\n")
    outcome = load(database, folder, rejects)
    assert outcome[1:] == [
        TableLoad("log_sessions", 2, 1, 0, 1),
        TableLoad("log_pulse_checks", 4, 1, 0, 3),
    ]
    none = (
        "no session of this session_id, patient_id and practitioner_id is in the database: load "
        "log_sessions first, or mend the three keys"
    )
    assert rejected(rejects) == [(2, none), (3, none), (4, "pulse_check_id is not a key (UUID)")]
    assert "violates foreign key constraint" in rejected(rejects, "log_sessions")[0][1]


def test_too_long_a_word_is_not_cut(database: Connection, folder: Path, rejects: Path) -> None:
    """A value longer than its column is refused, never cut to fit."""
    (folder / "log_behavioral_changes.csv").write_text(
        f"change_id,{WHO},change_type,change_description,change_date\n"
        f"{check_id(1)},{WHOSE},{'HABIT' + 'X' * 60},New job,2025-03-08\n"
    )
    assert load(database, folder, rejects)[-1].rejected == 1
    assert rejected(rejects, "log_behavioral_changes") == [
        (2, "change_type has more than 50 characters")
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_batches_do_not_show(
    database: Connection, folder: Path, rejects: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the size of a batch, exactly the bad rows are rejected."""
    monkeypatch.setattr(loading, "_BATCH", size)
    bad = {3, 4, 5, 11, 17, 20}
    rows = [f"{n},2025-03-{n:02},{9 if n in bad else 3}" for n in range(1, 21)]
    pulse_checks(folder, *rows)
    assert load(database, folder, rejects)[-1] == TableLoad("log_pulse_checks", 20, 14, 0, 6)
    assert {line - 1 for line, _ in rejected(rejects)} == bad


# Known ids ---------------------------------------------------------------------------------


def test_the_same_rows_again_are_present(database: Connection, folder: Path, rejects: Path) -> None:
    """A second load of the same files adds nothing and rejects nothing new.

    What the database fills in or computes (an empty created_at, days_post_session) is no
    other value.
    """
    pulse_checks(
        folder,
        "1,2025-03-02,4,999,",
        "2,2025-03-03,9,999,",
        columns="check_date,mood_level,days_post_session,created_at",
    )
    assert load(database, folder, rejects)[-1] == TableLoad("log_pulse_checks", 2, 1, 0, 1)
    assert load(database, folder, rejects) == [
        TableLoad("auth_users", 1, 0, 1, 0),
        TableLoad("log_sessions", 1, 0, 1, 0),
        TableLoad("log_pulse_checks", 2, 0, 1, 1),
    ]
    assert database.execute("select days_post_session from public.log_pulse_checks").fetchall() == [
        (1,)
    ]


@pytest.mark.parametrize("other", ["2025-03-02,5", "2025-03-03,4", "2025-03-02,"])
def test_a_known_id_with_other_values_is_rejected(
    database: Connection, folder: Path, rejects: Path, other: str
) -> None:
    """The tables are append-only: a known id with another value changes nothing."""
    pulse_checks(folder, "1,2025-03-02,4")
    load(database, folder, rejects)
    pulse_checks(folder, f"1,{other}", "2,2025-03-02,4")
    assert load(database, folder, rejects)[-1] == TableLoad("log_pulse_checks", 2, 1, 0, 1)
    assert rejected(rejects) == [
        (
            2,
            "a known id with other values; the tables are append-only:"
            " give a correction a key of its own",
        )
    ]


def test_an_id_twice_in_a_file(database: Connection, folder: Path, rejects: Path) -> None:
    """The first line of an id that can be loaded is; equal ones are present, others rejected."""
    pulse_checks(
        folder,
        "1,2025-03-02,9",  # refused
        "1,2025-03-02,4",  # so this one is loaded
        "1,2025-03-02,4",
        "1,2025-03-02,5",
        "1,2025-03-02,4",
    )
    with (folder / "log_pulse_checks.csv").open("a") as file:
        file.write(f",{WHOSE},2025-03-02,4\n" * 3)
    assert load(database, folder, rejects)[-1] == TableLoad("log_pulse_checks", 8, 1, 2, 5)
    assert [line for line, _ in rejected(rejects)] == [2, 5, 7, 8, 9]
    assert database.execute("select mood_level from public.log_pulse_checks").fetchall() == [(4,)]
