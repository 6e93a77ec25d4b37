"""Files of almost a table's name, things that are no files."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from database import Connection
from wellness_journey.errors import InputError
from wellness_journey.intake import opening
from wellness_journey.intake.load import load


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("log_sessions (1).csv", "begins like a file of log_sessions, but is not named log_sess"),
        ("log_sessions_old.csv.gz", "but is not named log_sessions.csv.gz: rename it, describe"),
        ("Log_Sessions.xls", "but load reads .csv.gz, .tsv.gz, .csv, .tsv, .parquet, .xlsx only"),
        ("log_sessions.csv.bak", "begins like a file of log_sessions"),
        ("log_sessions", "begins like a file of log_sessions"),
        ("log_sessions.tsv", "log_sessions.csv and log_sessions.tsv are both files of log_sess"),
        ("moods.tsv", "no table for moods.tsv"),
        ("log_pulse.xlsx", "no table for log_pulse.xlsx"),
    ],
)
def test_a_name_that_is_almost_a_tables(
    database: Connection, folder: Path, rejects: Path, name: str, said: str
) -> None:
    """It is never passed over; before anything is loaded it is named."""
    (folder / name).write_text("")
    with pytest.raises(InputError) as caught:
        load(database, folder, rejects)
    assert said in str(caught.value)
    assert name in str(caught.value)


def test_other_files_are_ignored(database: Connection, folder: Path, rejects: Path) -> None:
    """A codebook, a licence, what systems and spreadsheets leave beside a file."""
    for name in (
        "codebook.xlsx",
        "README.md",
        "._log_sessions.csv",
        ".~lock.log_sessions.csv#",
        "~$log_sessions.xlsx",
        "Thumbs.db",
    ):
        (folder / name).write_text("")
    assert len(load(database, folder, rejects)) == 2


def fifo(path: Path) -> None:
    os.mkfifo(path)


def link_to_fifo(path: Path) -> None:
    os.mkfifo(path.with_name("other"))
    path.symlink_to("other")


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def terminal(path: Path) -> None:
    path.symlink_to("/dev/tty")


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (fifo, "a FIFO"),
        (link_to_fifo, "a FIFO"),
        (device, "a device"),
        (terminal, "a device"),
        (a_socket, "a socket"),
        (Path.mkdir, "a folder"),
        (lambda path: path.symlink_to("gone"), "cannot be read"),
    ],
)
@pytest.mark.parametrize("name", ["log_pulse_checks.csv", "log_pulse_checks.csv.gz"])
def test_what_is_no_file_is_refused_at_once(
    database: Connection,
    folder: Path,
    rejects: Path,
    make: Callable[[Path], None],
    what: str,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A FIFO without a writer and a device without an end would keep a load for ever."""
    monkeypatch.chdir(folder)
    make(folder / name)
    with pytest.raises(InputError) as caught:
        load(database, folder, rejects)
    assert str(caught.value).startswith(name)
    assert what in str(caught.value)
    assert database.execute("select from auth.users").rowcount == 0


def test_a_file_that_becomes_a_fifo_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking at it and opening it, too."""
    path = tmp_path / "log_sessions.csv"
    path.write_text("")
    status = os.stat(path)
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(opening.os, "stat", lambda _: status)
    with pytest.raises(InputError, match="is a FIFO"):
        opening.open_regular(path)
