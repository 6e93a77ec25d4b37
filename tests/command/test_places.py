"""Folders that are full, read-only or not there: a sentence for each verb that writes there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checkout import HOSTILE, Checkout
from database import Connection
from disks import disk, fill, make_read_only, needs_mount
from nightly import in_nightly, nightly
from rows import Session
from runs import know, record
from wellness_journey.database import server
from wellness_journey.database.settings import Target

REPORT = ("index.html", "summary.md", "summary.json", "junit.xml", "dbt-docs.html")
FULL = "the disk is full: make room there"


@pytest.fixture
def reported(checkout: Checkout, target: Target, database: Connection) -> Checkout:
    """A checkout with a report of an earlier run; there is a run to report."""
    know(database, PC_004="minor")
    record(database, 1, {"PC-004": "pass"})
    (checkout.root / "reports").mkdir()
    for name in REPORT:
        (checkout.root / "reports" / name).write_text("the run before")
    return checkout


def report(checkout: Checkout, target: Target, *more: str) -> tuple[str, str]:
    code, out, err = checkout.journey(target, "report", *more)
    assert code == 2
    assert "internal error" not in out + err
    return out, err


def is_as_before(checkout: Checkout) -> bool:
    folder = checkout.root / "reports"
    parts = [path.name for path in folder.iterdir() if path.name.endswith(".part")]
    return not parts and {(folder / name).read_text() for name in REPORT} == {"the run before"}


@pytest.mark.parametrize(
    ("spoil", "why"),
    [(fill, FULL), nightly(make_read_only, "the file system is read-only")],
)
def test_reports_on_a_disk_that_takes_nothing(
    reported: Checkout, target: Target, spoil: Callable[[Path], None], why: str
) -> None:
    """Exit 2, the path and what to do, then the verdict; the files of the run before stay."""
    needs_mount()
    folder = reported.root / "reports"
    with disk(folder):
        spoil(folder)
        out, _ = report(reported, target)
        assert is_as_before(reported)
    for name in ("dbt-docs.html", "index.html"):
        assert f"NOT WRITTEN  {folder}/{name} cannot be written: {why}" in out
    assert out.splitlines()[-1].startswith("ERROR  The source tables are empty")


def test_reports_that_is_no_folder(reported: Checkout, target: Target) -> None:
    """A file, or a link to nothing: named as what it is; machines are told too."""
    folder = reported.root / "reports"
    folder.rename(reported.root / "aside")
    folder.write_text("mine")
    out, _ = report(reported, target, "--json")
    told = json.loads(out)
    assert told["exit_code"] == 2
    assert len(told["not_written"]) == 2
    assert f"{folder} is a file where a folder must be: move it away" in told["not_written"][0]
    assert folder.read_text() == "mine"
    folder.unlink()
    folder.symlink_to(reported.root / "gone")
    out, _ = report(reported, target)
    assert f"{folder} is a symbolic link to {reported.root}/gone, which is not there" in out


@in_nightly
def test_a_page_of_a_step_that_cannot_be_written(reported: Checkout, target: Target) -> None:
    """GITHUB_STEP_SUMMARY is named; the report itself is made and told."""
    environ = {**reported.environment(target), "GITHUB_STEP_SUMMARY": "/dev/full"}
    done = subprocess.run(
        [sys.executable, "-m", "wellness_journey.cli", "report"],
        cwd=reported.root,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    told = "NOT WRITTEN  /dev/full, which GITHUB_STEP_SUMMARY names, cannot be written: "
    assert done.stdout.startswith(told + FULL)
    assert "internal error" not in done.stderr
    assert "the run before" not in (reported.root / "reports" / "index.html").read_text()


@in_nightly
def test_a_run_whose_report_cannot_be_written(
    checkout: Checkout, target: Target, database: Connection
) -> None:
    """What was built and checked is on record and told, with exit 2 for the report."""
    Session().create(database)
    (checkout.root / "reports").write_text("mine")
    code, out, err = checkout.journey(target, "run", "--", "--select", "stg_sessions")
    assert code == 2
    assert out.startswith("NOT WRITTEN  ")
    assert out.splitlines()[-1].startswith("ERROR  ")
    assert "internal error" not in out + err
    engines = "select count(distinct engine) from quality.check_results"
    assert database.execute(engines).fetchone() == (6,)


@in_nightly
def test_target_of_dbt_that_cannot_be_written(
    checkout: Checkout, target: Target, database: Connection
) -> None:
    """Where dbt keeps what it read and compiled: named with what to do."""
    needs_mount()
    folder = checkout.root / "target"
    with disk(folder, "64k"):
        (folder / "partial_parse.msgpack").unlink()
        fill(folder)
        code, out, err = checkout.journey(target, "run", "--", "--select", "stg_sessions")
    assert code == 2
    told = f"NOT BUILT  dbt could not start building: {folder} cannot be written: {FULL}\n"
    assert out.startswith(told)
    assert f"dbt-docs.html could not be made: {folder} cannot be written: {FULL}" in out
    assert "internal error" not in out + err


@in_nightly
def test_a_model_whose_compiled_text_cannot_be_written(
    checkout: Checkout, target: Target, database: Connection
) -> None:
    """The disk is full by the time that models are built: not taken for a fault of the model."""
    compiled = checkout.root / "target" / "compiled"
    compiled.mkdir(parents=True)
    needs_mount()
    with disk(compiled, "64k"):
        fill(compiled)
        code, out, err = checkout.journey(target, "run", "--", "--select", "stg_sessions")
    assert code == 2
    first = out.splitlines()[0]
    assert first.startswith("NOT BUILT  dbt could not finish building: ")
    assert f"{compiled.parent} cannot be written: {FULL}" in first
    assert "internal error" not in out + err


@in_nightly
def test_a_temporary_folder_without_room(reported: Checkout, target: Target) -> None:
    """dbt's page does not fit: that folder is named, and the rest of the report is made."""
    needs_mount()
    temporary = reported.home / "temporary"
    with disk(temporary, "64k"):
        done = subprocess.run(
            [sys.executable, "-m", "wellness_journey.cli", "report"],
            cwd=reported.root,
            env={**reported.environment(target), "TMPDIR": str(temporary)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    first = done.stdout.splitlines()[0]
    assert first.startswith(f"NOT WRITTEN  dbt-docs.html could not be made: {temporary}")
    assert first.endswith(FULL)
    assert "reports/index.html" in done.stdout
    assert (reported.root / "reports" / "dbt-docs.html").read_text() == "the run before"


def test_an_answer_that_cannot_be_written(reported: Checkout, target: Target) -> None:
    """A log on a full disk: exit 2 and a sentence on stderr. A reader that left is no trouble."""
    command = [sys.executable, "-m", "wellness_journey.cli", "explain", "PC-004"]
    place = {"cwd": reported.root, "env": reported.environment(target)}
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, **place, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines()[1:] == [f"journey: the answer cannot be written: {FULL}"]
    process = subprocess.Popen(
        command, **place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), len(said.splitlines())) == (0, 1), said


def test_progress_that_cannot_be_written_stops_nothing(reported: Checkout, target: Target) -> None:
    """A full disk under the log of stderr: the work is done all the same."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "wellness_journey.cli", "migrate", "--dry-run"],
            cwd=reported.root,
            env=reported.environment(target),
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stdout) == (0, "nothing is pending\n")


# `.journey` --------------------------------------------------------------------------------------


@pytest.fixture
def home(checkout: Checkout) -> Iterator[Path]:
    """Where the embedded server is to go; it is gone in the end."""
    folder = checkout.home / "journey"
    try:
        yield folder
    finally:
        if folder.is_dir():
            server.remove(folder)


@pytest.mark.parametrize(
    "verb", [["up"], *map(nightly, (["demo"], ["migrate"], ["status"], ["run"]))]
)
def test_a_home_that_is_no_folder(checkout: Checkout, home: Path, verb: list[str]) -> None:
    """Each verb that would start the embedded server says what is in the way."""
    target = HOSTILE if verb == ["demo"] else None
    home.write_text("mine")
    code, out, err = checkout.journey(target, *verb)
    assert (code, out) == (2, "")
    assert f"the embedded database of {home} cannot be used" in err
    assert "it is a file where a folder must be: move it away" in err
    assert "set JOURNEY_HOME" in err
    assert "internal error" not in err


@pytest.mark.parametrize(
    ("spoil", "why"),
    [(fill, "make room"), nightly(make_read_only, "the file system is read-only")],
)
def test_a_home_on_a_disk_that_takes_nothing(
    checkout: Checkout, home: Path, spoil: Callable[[Path], None], why: str
) -> None:
    """The folder and what to do; nothing is left behind."""
    needs_mount()
    with disk(home):
        spoil(home)
        code, out, err = checkout.journey(None, "up")
        assert (code, out) == (2, "")
        assert str(home) in err
        assert why in err
        assert "internal error" not in err
        assert {path.name for path in home.iterdir()} <= {"filler", "lock"}


def test_a_file_for_shells_that_cannot_be_written(checkout: Checkout, home: Path) -> None:
    """`env` alone: the server runs on, and the file's path is told."""
    server.up(home)
    (home / "env").unlink()
    (home / "env").mkdir()
    code, out, err = checkout.journey(None, "up")
    assert (code, out) == (2, "")
    told = f"{home}/env cannot be written: it is a folder where a file must be: move it away"
    assert told in err
    (home / "env").rmdir()
    assert checkout.journey(None, "up")[0] == 0
    assert (home / "env").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("verb", ["load"])
def test_rejects_on_a_full_disk(
    checkout: Checkout, target: Target, tmp_path: Path, verb: str
) -> None:
    """Rejected rows that cannot be set aside: nothing is loaded, and no internal error."""
    needs_mount()
    rows = tmp_path / "rows"
    rows.mkdir()
    header = "session_id,patient_id,practitioner_id,session_date"
    (rows / "log_sessions.csv").write_text(f"{header}\n" + "x,x,x,x\n" * 9)
    folder = checkout.home / "journey"
    with disk(folder):
        (folder / "rejects").mkdir()
        fill(folder)
        code, _, err = checkout.journey(target, verb, str(rows))
    assert code == 2
    assert "nothing was loaded" in err
    assert "internal error" not in err
