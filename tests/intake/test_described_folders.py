"""What `--describe` makes of the files of a folder."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import openpyxl
import pytest

from database import Connection
from exports import IDS, PULSES, of_pulse_checks, uuid
from wellness_journey import cli
from wellness_journey.errors import InputError
from wellness_journey.intake import descriptor, tables
from wellness_journey.intake.describe import describe
from wellness_journey.intake.known_columns import COLUMNS


def test_a_descriptor_is_never_replaced(tmp_path: Path) -> None:
    """A person's own work stays, and a link that leads nowhere too."""
    (tmp_path / "log_sessions.csv").write_text("session_id\n")
    target = tmp_path / descriptor.FILE
    target.write_text("mine")
    with pytest.raises(InputError, match=r"datapackage.json is there, and --describe never"):
        describe(tmp_path)
    assert target.read_text() == "mine"
    target.unlink()
    target.symlink_to("nowhere")
    with pytest.raises(InputError, match="Nothing was written"):
        describe(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [descriptor.FILE, "log_sessions.csv"]


@pytest.mark.parametrize("linked", [FileExistsError, PermissionError, None])
def test_the_descriptor_is_written_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: type[OSError] | None
) -> None:
    """A file that appears meanwhile stays; a file system may have no hard links."""

    def link(source: Path, target: Path) -> None:
        assert json.loads(source.read_text())
        if linked is FileExistsError:
            target.write_text("theirs")
        raise linked if linked else OSError

    (tmp_path / "log_sessions.csv").write_text("session_id\n")
    monkeypatch.setattr(os, "link", link)
    if linked is FileExistsError:
        with pytest.raises(InputError, match="is there"):
            describe(tmp_path)
        assert (tmp_path / descriptor.FILE).read_text() == "theirs"
    else:
        assert json.loads(describe(tmp_path).file.read_text())["resources"]
    assert sorted(os.listdir(tmp_path)) == [descriptor.FILE, "log_sessions.csv"]


def test_a_folder_of_all_sorts(tmp_path: Path) -> None:
    """What is not described is named with the reason; what is no file of rows is left alone."""
    (tmp_path / "log_sessions.csv").write_text(f"{IDS},session_date\n")
    (tmp_path / "legend.csv").write_text("colour,meaning\nred,stop\n")
    (tmp_path / "no header.csv").write_text("Anna,2026-03-05\n")
    (tmp_path / "log_pulse_checks.xls").write_bytes(b"")
    (tmp_path / "log_behavioral_changes.csv").write_text("change_id,,change_date\n")
    (tmp_path / "log_integration_sessions.csv").write_text("session_id,Session_ID \n")
    (tmp_path / "readme.md").write_text("x")
    (tmp_path / ".hidden.csv").write_text("x")
    found = describe(tmp_path)
    assert [each.table for each in found.described] == ["log_sessions"]
    assert {name: why.split(";")[0] for name, why in found.others.items()} == {
        "legend.csv": "its first line does not name the columns of a table",
        "no header.csv": "its first line does not name the columns of a table",
        "log_pulse_checks.xls": "load reads .csv.gz, .tsv.gz, .csv, .tsv, .parquet, .xlsx only",
        "log_behavioral_changes.csv": "column number 2 has no name",
        "log_integration_sessions.csv": "two columns are named session_id",
    }
    assert "Anna" not in "\n".join(found.lines())


@pytest.mark.parametrize("files", [[], ["readme.md"], ["legend.csv"]])
def test_nothing_to_describe(tmp_path: Path, files: list[str]) -> None:
    """An empty descriptor would be of no use."""
    for name in files:
        (tmp_path / name).write_text("colour,meaning\n")
    with pytest.raises(InputError, match="no file to describe"):
        describe(tmp_path)
    assert sorted(os.listdir(tmp_path)) == files


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """An open quotation mark can swallow rows: nothing is written."""
    (tmp_path / "log_sessions.csv").write_text(f'{IDS},session_date\n"a,b\nc,d\n')
    with pytest.raises(InputError, match="is a quotation mark left open"):
        describe(tmp_path)
    assert os.listdir(tmp_path) == ["log_sessions.csv"]


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_asks_no_database(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    as_json: bool,
) -> None:
    """A description can be made where the database cannot be reached."""
    monkeypatch.setenv("PGHOST", "203.0.113.1")
    of_pulse_checks(tmp_path, "3/5/26,1")
    (tmp_path / descriptor.FILE).unlink()
    arguments = ["load", str(tmp_path), "--describe", *(["--json"] if as_json else [])]
    assert cli.main(arguments) == 0
    told = capsys.readouterr().out
    if as_json:
        assert json.loads(told)["described"][0]["table"] == "log_pulse_checks"
    assert "CHECK  check_date: all values fit" in told or as_json
    assert "the file does not settle the order of day and month" in told
    assert cli.main(arguments) == 2


def test_the_columns_that_are_known(connection: Connection) -> None:
    """The list that --describe has in place of a database is what the migrations make."""
    assert list(COLUMNS) == list(tables.TABLES)
    for name, columns in COLUMNS.items():
        table = tables.describe(connection, name)
        assert {c: known.kind for c, known in columns.items()} == {
            c: it.kind for c, it in table.columns.items()
        }
        assert {c for c, known in columns.items() if known.is_required} == table.required
        schema, relation, _ = tables.TABLES[name]
        checks = connection.execute(
            "select pg_get_constraintdef(oid) from pg_constraint "
            "where contype = 'c' and conrelid = to_regclass(%s)",
            [f"{schema}.{relation}"],
        ).fetchall()
        bounds = {
            match[1]: (int(match[2]), int(match[3]))
            for (check,) in checks
            if (match := re.search(r"\((\w+) >= (\d+)\) AND \(\1 <= (\d+)\)", check))
        }
        assert {c: it.bounds for c, it in columns.items() if it.bounds} == bounds


def test_a_workbook_of_several_sheets(tmp_path: Path) -> None:
    """What --describe takes, load takes: it goes by the table's name."""
    book = openpyxl.Workbook()
    book.active.append([*IDS.split(","), "session_date"])
    book.create_sheet("Legend")
    book.save(tmp_path / "Sessions.xlsx")
    with pytest.raises(InputError, match="name the file and the sheet to load like the table"):
        describe(tmp_path)
    book.active.title = "log_sessions"
    book.save(tmp_path / "log_sessions.xlsx")
    (tmp_path / "Sessions.xlsx").unlink()
    assert [each.table for each in describe(tmp_path).described] == ["log_sessions"]


@pytest.mark.parametrize(
    "row",
    [
        f"{uuid(4, 1)},{uuid(3, 1)},PULSE_CHECK,patient,notes",
        "Anna,PULSE_CHECK,2026-03-05",
        "5,patient,session,notes",
        "PULSE_CHECK,Anna,calm",
    ],
)
def test_a_file_without_headings(tmp_path: Path, row: str) -> None:
    """Its first line is a person's: it is neither told nor written."""
    (tmp_path / "log_pulse_checks.csv").write_text(f"{row}\n{row}\n")
    with pytest.raises(InputError, match="does not name the columns of a table") as error:
        describe(tmp_path)
    told = str(error.value).replace(str(tmp_path), "")
    assert not any(value in told for value in row.split(","))


def test_each_file_goes_with_its_own_table(tmp_path: Path) -> None:
    """Of two files of one table the better is described; the other is no file of another table."""
    (tmp_path / "pulse 1.csv").write_text(f"record_id,{PULSES}\n")
    (tmp_path / "pulse 2.csv").write_text(f"{PULSES},sleep_quality,notes\n")
    found = describe(tmp_path)
    assert [(it.table, it.path.name) for it in found.described] == [
        ("log_pulse_checks", "pulse 2.csv")
    ]
    assert "another file fits the table better" in found.others["pulse 1.csv"]
