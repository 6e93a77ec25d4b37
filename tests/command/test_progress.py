"""What a command says while it works, on a terminal, in a log."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from database import Connection
from wellness_journey.cohort.seed import seed
from wellness_journey.intake.load import load
from wellness_journey.progress import Console, Estimate


class Clock:
    """Stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize(
    ("done", "seconds", "told"),
    [
        (0, 100, "0 %"),
        (10, 0.5, "5 %"),
        (50, 10, "25 %, about 30 s left"),
        (50, 100, "25 %, about 5 min left"),
        (2, 100, "1 %, about 2 h 45 min left"),
        (200, 100, "100 %, about 0 s left"),
    ],
)
def test_an_estimate_goes_by_the_pace_so_far(
    clock: Clock, done: int, seconds: float, told: str
) -> None:
    """Share and time left; no time before there is a pace."""
    estimate = Estimate(200, clock)
    clock.now = seconds
    assert estimate(done) == told


def test_nothing_to_do_is_no_error() -> None:
    """An empty file has no pace."""
    assert Estimate(0)(0) == "0 %"


def test_a_log_gets_steps_and_a_sign_of_life_each_minute(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing moves in a file: a step says its seconds, long work one line a minute."""
    console = Console(clock)
    done = console.step("load")
    for second in range(150):
        clock.now = second
        console.progress(f"{second} of 150")
    done("7 rows")
    console.clear()
    assert capsys.readouterr().err == "60 of 150\n120 of 150\nload     7 rows, 149.0 s\n"


def test_a_terminal_shows_one_line_that_moves(
    clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is written over the last, and what stays is written over all of them."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    console = Console(clock)
    console.progress("1 of 2")
    console.progress("2 of 2")
    console.say("done")
    console.say("and done")
    console.progress("1 of 1")
    console.clear()
    over = "\r\x1b[2K"
    assert capsys.readouterr().err == (f"1 of 2{over}2 of 2{over}done\nand done\n1 of 1{over}")


def test_load_says_how_far_it_is(database: Connection, tmp_path: Path) -> None:
    """In shares of a file's bytes, whatever becomes of its rows."""
    told: list[str] = []
    header = "session_id,practitioner_id,patient_id,session_date"
    (tmp_path / "log_sessions.csv").write_text(header + "\n1" * 12_000, encoding="utf-8")
    load(database, tmp_path, tmp_path / "rejects", told.append)
    assert [line.split(", about")[0].removesuffix(" of this file") for line in told] == [
        "load     log_sessions: 5,000 rows read, 41 %",
        "load     log_sessions: 10,000 rows read, 83 %",
        "load     log_sessions: 12,000 rows read, 100 %",
    ]


def test_seed_says_how_far_it_is(database: Connection) -> None:
    """In sessions."""
    told: list[str] = []
    seed(database, sessions=60, days=3, progress=told.append)
    assert [line.split(", about")[0] for line in told] == [
        "seed     25 of 60 sessions, 41 %",
        "seed     50 of 60 sessions, 83 %",
        "seed     60 of 60 sessions, 100 %",
    ]
