"""`journey load DIR --describe`: what it guesses, what it says, and that `load` then reads it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pandas
import pytest
from frictionless import Package
from openpyxl.worksheet.worksheet import Worksheet

from conftest import Connection
from wellness_journey import cli
from wellness_journey.errors import InputError
from wellness_journey.intake import descriptor, load, tables
from wellness_journey.intake.describe import describe
from wellness_journey.intake.known_columns import COLUMNS

FIRST_DAY = date(2026, 1, 5)
NOTE = "fühlte sich ruhig, schläft; besser"


def uuid(kind: int, number: int) -> UUID:
    return UUID(f"{kind:08d}-0000-4000-8000-{number:012d}")


def clinic() -> dict[str, list[dict[str, Any]]]:
    """Rows as they are meant: three practitioners, eight sessions, assessments, pulse checks."""
    of_session = [
        {
            "session_id": uuid(3, n),
            "practitioner_id": uuid(1, n % 3),
            "patient_id": uuid(2, n),
        }
        for n in range(8)
    ]
    sessions = [
        {**it, "session_date": FIRST_DAY + timedelta(days=5 * n)} for n, it in enumerate(of_session)
    ]
    pulses, assessments = [], []
    for n, it in enumerate(sessions):
        ids = of_session[n]
        for day in range(1, 7):
            pulses.append(
                {
                    "pulse_check_id": uuid(4, 10 * n + day),
                    **ids,
                    "check_date": it["session_date"] + timedelta(days=day),
                    "connection_level": None if day == 2 else 1 + (n + day) % 5,
                    "sleep_quality": None if day == 3 else 1 + n % 5,
                    "mood_level": 1 + day % 5,
                    "notes": NOTE if day == 4 else None,
                }
            )
        assessments.append(
            {
                "integration_session_id": uuid(5, n),
                **ids,
                "session_number": 1,
                "session_date": it["session_date"] + timedelta(days=14),
                "session_type": "PHQ9_ASSESSMENT",
                "completed": n % 2 == 0,
                "completed_at": datetime(2026, 3, 13 + n, 21, 10) if n % 2 == 0 else None,
                "phq9_score": 20 - n if n % 2 == 0 else None,
            }
        )
    return {
        "auth_users": [{"id": uuid(1, n)} for n in range(3)],
        "log_sessions": sessions,
        "log_integration_sessions": assessments,
        "log_pulse_checks": pulses,
    }


def stored(database: Connection, *, own_keys: bool) -> dict[str, list[dict[str, Any]]]:
    """The rows of the tables, as `clinic` has them; without keys where `load` made them."""
    found = {}
    for table, rows in clinic().items():
        schema, relation, key = tables.TABLES[table]
        names = [name for name in rows[0] if own_keys or name != key or table not in load_keyless]
        cursor = database.execute(f"select {', '.join(names)} from {schema}.{relation}".encode())
        found[table] = sorted((dict(zip(names, row, strict=True)) for row in cursor), key=str)
    return found


load_keyless = {"log_integration_sessions", "log_behavioral_changes", "log_pulse_checks"}


def expected(*, own_keys: bool) -> dict[str, list[dict[str, Any]]]:
    rows = clinic()
    for it in rows["log_integration_sessions"]:
        it["completed_at"] = it["completed_at"] and it["completed_at"].replace(tzinfo=UTC)
    for table in rows.keys() & load_keyless if not own_keys else ():
        for it in rows[table]:
            del it[tables.TABLES[table][2]]
    return {table: sorted(of_table, key=str) for table, of_table in rows.items()}


def delimited(rows: list[list[str]], delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def texts(
    rows: list[dict[str, Any]],
    *,
    day: str = "%Y-%m-%d",
    time: str = "%Y-%m-%d %H:%M",
    number: Callable[[int], str] = str,
    truth: tuple[str, str] = ("true", "false"),
    nothing: Callable[[str], str] = lambda column: "",
    name: Callable[[str], str] = lambda column: column,
    without: str = "",
) -> list[list[str]]:
    """Header and rows as an export writes them."""

    def text(column: str, value: object) -> str:
        match value:
            case None:
                return nothing(column)
            case bool():
                return truth[0] if value else truth[1]
            case int():
                return number(value)
            case datetime():
                return value.strftime(time)
            case date():
                return value.strftime(day)
            case _:
                return str(value)

    columns = [column for column in rows[0] if column != without]
    return [
        [name(column) for column in columns],
        *([text(column, row[column]) for column in columns] for row in rows),
    ]


# Exports as people have them -------------------------------------------------------------------


def redcap(folder: Path) -> None:
    codes = {"connection_level": "-99", "sleep_quality": "NA", "phq9_score": "."}
    for table, rows in clinic().items():
        written = texts(rows, truth=("1", "0"), nothing=lambda column: codes.get(column, ""))
        written[0].append("redcap_repeat_instance")
        for number, row in enumerate(written[1:]):
            row.append(str(number))
        (folder / f"{table}.csv").write_text(delimited(written))


def european(folder: Path) -> None:
    names = {
        "session_id": "Sitzung",
        "practitioner_id": "Behandler",
        "patient_id": "Patient",
        "session_date": "Datum",
        "check_date": "Datum",
        "connection_level": "Verbundenheit",
        "sleep_quality": "Schlafqualität",
        "mood_level": "Stimmung",
        "notes": "Notizen",
        "session_number": "Nummer",
        "session_type": "Typ",
        "completed": "Abgeschlossen",
        "completed_at": "Abgeschlossen am",
        "phq9_score": "PHQ-9",
    }
    files = {
        "auth_users": "auth_users.csv",
        "log_sessions": "Sitzungen.csv",
        "log_integration_sessions": "log_integration_sessions.csv",
        "log_pulse_checks": "Pulse Export 2026.csv",
    }
    for table, rows in clinic().items():
        written = texts(
            rows,
            day="%d.%m.%Y",
            time="%d.%m.%Y %H:%M",
            number=lambda value: f"{value},0",
            truth=("ja", "nein"),
            name=lambda column: names.get(column, column),
            without=tables.TABLES[table][2] if table in load_keyless else "",
        )
        (folder / files[table]).write_bytes(delimited(written, ";").encode("windows-1252"))


def american(folder: Path) -> None:
    for table, rows in clinic().items():
        written = texts(
            rows,
            day="%-m/%-d/%y",
            time="%-m/%-d/%Y %-I:%M %p",
            truth=("Yes", "No"),
            name=lambda column: f" {column.replace('_', ' ').title()}",
        )
        (folder / f"{table}.csv").write_text(delimited(written), encoding="utf-8-sig")


def pandas_floats(folder: Path) -> None:
    for table, rows in clinic().items():
        pandas.DataFrame(rows).to_csv(folder / f"{table}.csv", index=False)


def tabs(folder: Path) -> None:
    for table, rows in clinic().items():
        text = delimited(texts(rows, day="%d-%b-%y", time="%d %B %Y %H:%M"), "\t")
        if table == "log_pulse_checks":
            (folder / f"{table}.tsv.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (folder / f"{table}.TSV").write_text(text)


def utf_16(folder: Path) -> None:
    for table, rows in clinic().items():
        text = delimited(texts(rows, day="%Y/%m/%d", time="%Y/%m/%d %H:%M:%S"), "\t")
        (folder / f"{table}.csv").write_bytes(text.encode("utf-16"))


def workbooks(folder: Path) -> None:
    for table, rows in clinic().items():
        book = openpyxl.Workbook()
        sheet = book.active
        assert isinstance(sheet, Worksheet)
        sheet.append([column.replace("_", " ").upper() for column in rows[0]])
        for row in rows:
            sheet.append([str(it) if isinstance(it, UUID) else it for it in row.values()])
        book.save(folder / f"{table}.xlsx")


def parquet(folder: Path) -> None:
    for table, rows in clinic().items():
        frame = pandas.DataFrame(rows)
        for column in frame.columns.intersection(["check_date", "session_date"]):
            frame[column] = pandas.to_datetime(frame[column])
        for column in frame.columns:
            if column.endswith("_id") or column == "id":
                frame[column] = frame[column].map(str)
        frame.to_parquet(folder / f"{table}.parquet")


STYLES = [redcap, european, american, pandas_floats, tabs, utf_16, workbooks, parquet]


@pytest.mark.parametrize("style", STYLES)
def test_what_is_described_loads_as_it_is_meant(
    database: Connection, tmp_path: Path, style: Callable[[Path], None]
) -> None:
    """Every value of an export reaches its table as it was, by the description alone."""
    folder = tmp_path / "export"
    folder.mkdir()
    style(folder)
    description = describe(folder)
    assert description.others == {}
    assert [each.rows for each in description.described] == [3, 8, 8, 48]
    outcome = load.load(database, folder, tmp_path / "rejects")
    assert [(it.loaded, it.rejected) for it in outcome] == [(3, 0), (8, 0), (8, 0), (48, 0)]
    own_keys = style is not european
    assert stored(database, own_keys=own_keys) == expected(own_keys=own_keys)


@pytest.mark.parametrize("style", STYLES)
def test_the_descriptor_is_a_data_package(tmp_path: Path, style: Callable[[Path], None]) -> None:
    """Other tools read it, and so does `load`."""
    style(tmp_path)
    file = describe(tmp_path).file
    package = Package(str(file))
    assert len(package.resources) == 4
    assert set(descriptor.read(tmp_path, tables.TABLES)) == set(clinic())


@pytest.mark.parametrize("style", STYLES)
def test_no_value_is_told(tmp_path: Path, style: Callable[[Path], None]) -> None:
    """Neither what is said nor the descriptor holds a value of a row, save codes and words."""
    style(tmp_path)
    description = describe(tmp_path)
    told = "\n".join(description.lines()) + description.file.read_text()
    assert NOTE not in told
    told = told.replace("/2.0/", "")
    assert not re.search(r"0000-4000-8000|20[0-9]{2}-[0-9]{2}|[0-9]+[/.][0-9]+[/.][0-9]", told)


# Single guesses --------------------------------------------------------------------------------

IDS = "session_id,practitioner_id,patient_id"
PULSES = f"{IDS},check_date,mood_level"


def of_pulse_checks(
    folder: Path, *rows: str, header: str = PULSES, name: str = "log_pulse_checks.csv"
) -> tuple[dict[str, Any], list[str]]:
    """Describe one file: its resource, and what is to be checked."""
    keys = f"{uuid(3, 1)},{uuid(1, 1)},{uuid(2, 1)}"
    text = "".join(f"{keys},{row}\n" for row in rows)
    (folder / name).write_text(f"{header}\n{text}")
    (described,) = describe(folder).described
    return described.resource, described.checks


def field(resource: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(it for it in resource["schema"]["fields"] if it["name"] == name)
    return found


def test_an_unsettled_order_is_said(tmp_path: Path) -> None:
    """Where no day is after the 12th, the column is named and the guess is called one."""
    resource, checks = of_pulse_checks(tmp_path, "3/5/26,1", "3/6/26,2")
    assert field(resource, "check_date")["format"] == "%m/%d/%y"
    assert checks == [
        "check_date: all values fit %m/%d/%y as well as %d/%m/%y: the file does not settle the "
        "order of day and month, and %m/%d/%y is a guess"
    ]


def test_a_settled_order_is_said_with_its_reason(tmp_path: Path) -> None:
    """One day after the 12th settles the order; a person sees by how much."""
    resource, checks = of_pulse_checks(tmp_path, "3/5/26,1", "25/5/26,2")
    assert field(resource, "check_date")["format"] == "%d/%m/%y"
    assert checks == ["check_date: written %d/%m/%y; %m/%d/%y would not read 1 of the values"]


@pytest.mark.parametrize(
    ("days", "found", "check"),
    [
        (["2026-03-05", "2026-03-06 14:15"], {}, None),
        (["5-Mar-26", "5-May-26"], {"format": "%d-%b-%y"}, None),
        (["5 May 2026", "6 May 2026"], {"format": "%d %b %Y"}, None),
        (["20260305"], {"format": "%Y%m%d"}, None),
        (["3/25/26", "0000-00-00", "NA"],
         {"format": "%m/%d/%y", "missingValues": ["", "0000-00-00", "NA"]}, None),
        (["3/25/26", "2026-03-05", "3/26/26"], {"format": "%m/%d/%y"},
         "load would reject 1 of 3 values, which are not written as most"),
        (["2026-03-05", "3/25/26", "2026-03-06"], {}, "load would reject 1 of 3 values"),
        (["46086", "46087"], {}, "serial numbers of a spreadsheet"),
        (["5. März 2026"], {}, "the names of months must be English"),
    ],
)  # fmt: skip
def test_days(tmp_path: Path, days: list[str], found: dict[str, Any], check: str | None) -> None:
    """The format of most values is the column's; ISO needs none; the rest is counted."""
    resource, checks = of_pulse_checks(tmp_path, *(f"{day},1" for day in days))
    assert field(resource, "check_date") == {"name": "check_date", "type": "date", **found}
    assert (
        any(check in told for told in checks) if check else not any("reject" in c for c in checks)
    )


@pytest.mark.parametrize(
    ("levels", "found"),
    [
        (["1", "5"], {"type": "integer"}),
        (["1.0", "2.", ""], {"type": "integer"}),
        (["1", "-99", "."], {"type": "integer", "missingValues": ["", "-99", "."]}),
        (["1", "9"], {"type": "integer", "missingValues": ["", "9"]}),
        (["1.0", "-99.0"], {"type": "integer", "missingValues": ["", "-99.0"]}),
        (['"3,5"', '"2,5"'], {"type": "number", "decimalChar": ","}),
        (["1", "6"], {"type": "integer"}),
        (['"1,0"', '"2,0"'], {"type": "number", "decimalChar": ","}),
        (["low", "high"], {"type": "integer"}),
    ],
)
def test_numbers(tmp_path: Path, levels: list[str], found: dict[str, Any]) -> None:
    """A number that the column cannot have stands for no value if it looks like a code."""
    resource, _ = of_pulse_checks(tmp_path, *(f"2026-03-05,{level}" for level in levels))
    assert field(resource, "mood_level") == {"name": "mood_level", **found}


def test_fractions_in_a_column_of_whole_numbers_are_told(tmp_path: Path) -> None:
    """How they are written is seen; that load rejects them too."""
    _, checks = of_pulse_checks(tmp_path, '2026-03-05,"3,5"', '2026-03-05,"2,0"')
    assert "mood_level: load would reject 1 of 2 values (they have a fraction, and" in checks[-1]


def test_a_file_that_cannot_be_described_is_said_and_the_rest_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty file, one of half a character, one that is no archive: exit code 1 tells it."""
    (tmp_path / "log_pulse_checks.csv").write_text(f"{IDS},check_date\n")
    (tmp_path / "log_sessions.csv").write_text("")
    (tmp_path / "auth_users.csv").write_bytes("id\n1\n".encode("utf-16") + b"x")
    (tmp_path / "log_behavioral_changes.csv.gz").write_bytes(b"no archive")
    assert cli.main(["load", str(tmp_path), "--describe"]) == 1
    told = capsys.readouterr().out
    assert "log_pulse_checks.csv, 0 rows" in told
    assert "NOT DESCRIBED  log_sessions.csv: it is empty" in told
    assert "NOT DESCRIBED  auth_users.csv: auth_users.csv, line 3: not utf-16" in told
    assert "log_behavioral_changes.csv.gz is not compressed by gzip" in told
    assert "datapackage.json says" not in told
    assert [r["name"] for r in json.loads((tmp_path / "datapackage.json").read_text())["resources"]]


def test_a_note_beside_the_files_is_no_fault(tmp_path: Path) -> None:
    """What load passes over, it need not describe."""
    (tmp_path / "log_pulse_checks.csv").write_text(
        f"{IDS},check_date\n{uuid(3, 1)},{uuid(1, 1)},{uuid(2, 1)},2026-03-05\n"
    )
    (tmp_path / "readme.txt").write_text("exported on Friday")
    assert cli.main(["load", str(tmp_path), "--describe"]) == 0


@pytest.mark.parametrize(
    ("truths", "found"),
    [
        (["1", "0"], {}),
        (["True", "FALSE"], {}),
        (["yes", "no", "No"], {"trueValues": ["yes"], "falseValues": ["No", "no"]}),
        (["Oui"], {"trueValues": ["Oui"], "falseValues": ["false"]}),
        (["1.0", "0.0", "99"],
         {"trueValues": ["1.0"], "falseValues": ["0.0"], "missingValues": ["", "99"]}),
        (["perhaps"], {}),
    ],
)  # fmt: skip
def test_truth_values(tmp_path: Path, truths: list[str], found: dict[str, Any]) -> None:
    """Words for yes and no of several languages, as they are spelled in the file."""
    resource, _ = of_pulse_checks(
        tmp_path,
        *(f"1,2026-03-05,PHQ9_ASSESSMENT,{truth}" for truth in truths),
        header=f"{IDS},session_number,session_date,session_type,completed",
        name="log_integration_sessions.csv",
    )
    assert field(resource, "completed") == {"name": "completed", "type": "boolean", **found}


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Check Date", "check_date"),
        ("checkDate", "check_date"),
        ("chek_date", "check_date"),
        ("Date", "check_date"),
        ("Jour", "check_date"),
        ("PatientID", "patient_id"),
        ("Séance", "session_id"),
        ("Paciente", "patient_id"),
        ("Therapist", "practitioner_id"),
        ("Mood", "mood_level"),
        ("Schlafqualität", "sleep_quality"),
        ("Patienten-ID", "patient_id"),
        ("Patientennummer", None),
        ("Erstellungsdatum", None),
        ("Days post session", "days_post_session"),
        ("record_id", "pulse_check_id"),
        ("Timestamp", "created_at"),
        ("Comments", "notes"),
        ("Shoe size", None),
        ("mood_level", "mood_level"),
    ],
)
def test_headings(tmp_path: Path, header: str, column: str | None) -> None:
    """A heading is the column that is like it; the others are left out and named."""
    (tmp_path / "log_pulse_checks.csv").write_text(f"{header},Shoe colour,energy_level\n,,\n")
    (described,) = describe(tmp_path).described
    of_file = field(described.resource, header)
    assert of_file.get("journey:column", header) == column
    assert field(described.resource, "Shoe colour")["journey:column"] is None
    assert "Shoe colour is left out: no column of log_pulse_checks is like it" in described.checks


def test_rows_without_keys(tmp_path: Path) -> None:
    """Without keys, or with numbers in place of them, `load` is to make them; that is said."""
    resource, _ = of_pulse_checks(tmp_path, "2026-03-05,1")
    assert resource["journey:makeKeys"] is True
    (tmp_path / descriptor.FILE).unlink()
    resource, checks = of_pulse_checks(tmp_path, "2026-03-05,1,7", header=f"{PULSES},record_id")
    assert resource["journey:makeKeys"] is True
    assert field(resource, "record_id")["journey:column"] is None
    assert "record_id is left out: its values are no keys (UUIDs)" in checks


def test_sessions_need_keys_of_their_own(tmp_path: Path) -> None:
    """Other rows refer to them, so that a missing key is said and none is made."""
    (tmp_path / "log_sessions.csv").write_text("Date,Patient,Therapist\n2026-03-05,,\n")
    (described,) = describe(tmp_path).described
    assert "journey:makeKeys" not in described.resource
    assert any("session_id, which log_sessions needs" in check for check in described.checks)


def test_times_without_a_zone(tmp_path: Path) -> None:
    """The zone of times without one is said."""
    _, checks = of_pulse_checks(
        tmp_path, "2026-03-05,1,2026-03-05 14:15", header=f"{PULSES},created_at"
    )
    assert "created_at: times without a zone are taken as UTC" in checks


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("müde", None),
        ("müde".encode("utf-8-sig"), None),
        ("müde und erschöpft".encode("windows-1252"), "windows-1252"),
        ("Grüße \N{EN DASH} 1€".encode("windows-1252"), "windows-1252"),
        ("Schläft „gut“".encode("windows-1252"), "windows-1252"),
        ("müde".encode("utf-16"), "utf-16"),
        ("spał źle, łagodny niepokój, zmęczony".encode("windows-1250"), "windows-1250"),
    ],
)
def test_encodings(tmp_path: Path, content: str | bytes, encoding: str | None) -> None:
    """UTF-8 if the whole file is; else by its first bytes, or a guess that is called one."""
    mark, text = b"", content if isinstance(content, bytes) else content.encode()
    other = encoding if encoding and "16" in encoding else "ascii"
    if other == "utf-16":
        mark, text = text[:2], text[2:]
        other = "utf-16-le"
    rows = [PULSES + ",notes"] + [",,,2026-03-05,1,nothing"] * 3_000
    head = "".join(f"{row}\n" for row in rows).encode(other)
    before = ",,,2026-03-05,1,".encode(other)
    (tmp_path / "log_pulse_checks.csv").write_bytes(
        mark + head + before + text + "\n".encode(other)
    )
    (described,) = describe(tmp_path).described
    assert described.resource.get("encoding") == encoding
    assert described.rows == 3_001
    assert any("encoding" in check for check in described.checks) == bool(encoding)


# Files and folders -----------------------------------------------------------------------------


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
