"""What `journey load --describe` writes of exports as people have them, `load` reads."""

from __future__ import annotations

import csv
import gzip
import io
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

from database import Connection
from exports import uuid
from wellness_journey.intake import descriptor, load, tables
from wellness_journey.intake.describe import describe

FIRST_DAY = date(2026, 1, 5)

NOTE = "fühlte sich ruhig, schläft; besser"


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
        "log_journey_ends": [
            {
                "journey_end_id": uuid(6, n),
                **of_session[n],
                "end_type": ("WITHDRAWAL", "DISCHARGE")[n % 2],
                "end_date": sessions[n]["session_date"] + timedelta(days=15),
            }
            for n in range(8)
        ],
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


load_keyless = tables.TABLES.keys() - {"auth_users", "log_sessions"}


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
        "end_type": "Art des Endes",
        "end_date": "Datum des Endes",
    }
    files = {
        "auth_users": "auth_users.csv",
        "log_sessions": "Sitzungen.csv",
        "log_integration_sessions": "log_integration_sessions.csv",
        "log_pulse_checks": "Pulse Export 2026.csv",
        "log_journey_ends": "Abbrüche.csv",
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
    assert [each.rows for each in description.described] == [3, 8, 8, 48, 8]
    outcome = load.load(database, folder, tmp_path / "rejects")
    assert [(it.loaded, it.rejected) for it in outcome] == [(n, 0) for n in (3, 8, 8, 48, 8)]
    own_keys = style is not european
    assert stored(database, own_keys=own_keys) == expected(own_keys=own_keys)


@pytest.mark.parametrize("style", STYLES)
def test_the_descriptor_is_a_data_package(tmp_path: Path, style: Callable[[Path], None]) -> None:
    """Other tools read it, and so does `load`."""
    style(tmp_path)
    file = describe(tmp_path).file
    package = Package(str(file))
    assert len(package.resources) == 5
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
