"""Cells with types of their own: what each becomes as text, and which files are refused."""

from __future__ import annotations

import json
import random
import re
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from conftest import Connection
from wellness_journey.errors import InputError
from wellness_journey.intake import load
from wellness_journey.intake.records import Record
from wellness_journey.intake.spreadsheets import Cell, Unreadable, cell_records

TABLE = "log_pulse_checks"
SECRET = "felt calm at last"  # noqa: S105 - a note
KEY = UUID("6f9619ff-8b86-d011-b42d-00cf4fc964ff")


def records(path: Path) -> list[Record]:
    return list(cell_records(path, TABLE))


def told(fields: list[str]) -> list[object]:
    """Fields so that a Cell, an Unreadable and a plain text differ."""
    return [
        ("why", field.why) if isinstance(field, Unreadable)
        else ("cell", str(field)) if isinstance(field, Cell)
        else field
        for field in fields
    ]  # fmt: skip


def workbook(path: Path, rows: list[list[Any]], title: str = "Export") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def edited(path: Path, part: str, edit: Callable[[str], str]) -> Path:
    """The workbook with one of its parts written otherwise, as other programs write it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    before = parts[part].decode()
    parts[part] = edit(before).encode()
    assert parts[part].decode() != before
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"


# Workbooks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2026, 3, 5), ("cell", "2026-03-05")),
        (datetime(2026, 3, 5), ("cell", "2026-03-05")),
        (datetime(2026, 3, 5, 21, 10), ("cell", "2026-03-05T21:10:00")),
        (datetime(2026, 3, 5, 21, 10, 5, 123000), ("cell", "2026-03-05T21:10:05.123000")),
        (5, ("cell", "5")),
        (5.0, ("cell", "5")),
        (5.5, ("cell", "5.5")),
        (-1, ("cell", "-1")),
        (True, ("cell", "true")),
        (False, ("cell", "false")),
        (46086, ("cell", "46086")),
        ("5", "5"),
        (" 05 ", " 05 "),
        ("2026-03-05", "2026-03-05"),
        ("3/5/26", "3/5/26"),
        ("a line_x000D_\nand one", "a line\r\nand one"),
        (None, ""),
        (10**15 - 1, ("cell", "999999999999999")),
        (10**15, ("why", "is a number of more than 15 digits, of which the file keeps 15")),
        (1.5e300, ("why", "is a number of more than 15 digits, of which the file keeps 15")),
        (time(14, 15), ("why", "is a time without a day")),
        (timedelta(hours=36), ("why", "is a duration")),
        ("=1+1", ("why", "is a formula without a stored result")),
    ],
)
def test_a_workbook_cell_as_text(tmp_path: Path, value: object, expected: object) -> None:
    """A typed cell is canonical text, a text cell is as it is, and nothing unreadable is empty."""
    path = workbook(tmp_path / "log_pulse_checks.xlsx", [["a", "b", "c"], ["x", value, "y"]])
    header, row = records(path)
    assert (header.line, header.fields) == (1, ["a", "b", "c"])
    assert (row.line, told(row.fields)) == (2, ["x", expected, "y"])


def test_days_since_1904(tmp_path: Path) -> None:
    """A workbook of an old Mac counts days from 1904: four years would be missing."""
    path = tmp_path / "log_pulse_checks.xlsx"
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["check_date"])
    book.active.append([date(2026, 3, 5)])
    book.save(path)
    assert records(path)[1].fields == ["2026-03-05"]


NOT_CALCULATED = ("why", "is a formula without a stored result")


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("<c r='A2'><f>1+1</f><v>2</v></c>", ("cell", "2")),
        ("<c r='A2' t='str'><f>\"\"</f><v></v></c>", ""),
        ("<c r='A2' t='str'><f>B2</f><v>text</v></c>", "text"),
        ("<c r='A2' t='b'><f>TRUE()</f><v>1</v></c>", ("cell", "true")),
        ("<c r='A2'><f>1+1</f></c>", NOT_CALCULATED),
        ("<c r='A2'><f t='shared' si='0'/><v/></c>", NOT_CALCULATED),
        ("<c r='A2' t='e'><f>NA()</f><v>#N/A</v></c>", ("why", "is an error of the spreadsheet")),
        ("<c r='A2' t='e'><v>#REF!</v></c>", ("why", "is an error of the spreadsheet")),
        ("<c r='A2' t='d'><v>2026-03-05T21:10:00Z</v></c>", ("cell", "2026-03-05T21:10:00")),
        ("<c r='A2' t='inlineStr'><is><t>inline</t></is></c>", "inline"),
        ("<c r='A2' s='1'><v>99999999</v></c>", ("why", "is an error of the spreadsheet")),
    ],
)  # fmt: skip
def test_a_cell_as_other_programs_store_it(tmp_path: Path, stored: str, expected: object) -> None:
    """A formula counts with its stored result; without one it is never taken for no value."""
    path = workbook(tmp_path / "log_pulse_checks.xlsx", [["a", "b"], [date(2026, 3, 5), "x"]])

    def edit(sheet: str) -> str:
        start = sheet.index('<c r="A2"')
        end = sheet.index("</c>", start) + len("</c>")
        return sheet[:start] + stored + sheet[end:]

    row = records(edited(path, SHEET, edit))[1]
    assert told(row.fields) == [expected, "x"]


def test_the_size_that_a_sheet_claims_counts_for_nothing(tmp_path: Path) -> None:
    """Programs write sizes that are too small, and formats a million rows below the last one."""
    path = workbook(tmp_path / "log_pulse_checks.xlsx", [["a", "b", None], ["1", "2"], ["3"]])

    def edit(sheet: str) -> str:
        sheet, claims = re.subn(r'<dimension ref="[A-Z0-9:]+"', '<dimension ref="A1"', sheet)
        assert claims == 1
        far = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
        return sheet.replace("</sheetData>", far + "</sheetData>")

    found = records(edited(path, SHEET, edit))
    assert [(row.line, row.fields) for row in found] == [
        (1, ["a", "b"]), (2, ["1", "2"]), (3, ["3", ""]),
    ]  # fmt: skip


def test_rows_have_the_sheets_numbers(tmp_path: Path) -> None:
    """Empty rows are left out, and hidden ones are rows as others."""
    path = tmp_path / "log_pulse_checks.xlsx"
    book = openpyxl.Workbook()
    book.active["B3"], book.active["C3"] = "a", "b"
    book.active["B5"], book.active["D7"] = "1", "too far"
    book.active.row_dimensions[5].hidden = True
    book.save(path)
    assert [(row.line, row.fields) for row in records(path)] == [
        (3, ["", "a", "b"]), (5, ["", "1", ""]), (7, ["", "", "", "too far"]),
    ]  # fmt: skip


def test_the_sheet_that_is_taken(tmp_path: Path) -> None:
    """The one named like the table; else the only visible one; else the file is refused."""
    path = tmp_path / "log_pulse_checks.xlsx"
    book = openpyxl.Workbook()
    first, second = book.active, book.create_sheet("Legend")
    first.title = "Export"
    first.append(["of export"])
    second.append(["of legend"])
    chart = BarChart()
    chart.add_data(Reference(first, min_col=1, min_row=1))
    book.create_chartsheet("Chart").add_chart(chart)
    book.save(path)
    with pytest.raises(
        InputError, match=r"2 sheets \(Export, Legend\); name the sheet to load log"
    ):
        records(path)
    second.sheet_state = "hidden"
    book.save(path)
    assert records(path)[0].fields == ["of export"]
    second.title = "Log_Pulse_Checks "
    book.save(path)
    assert records(path)[0].fields == ["of legend"]


def test_merged_cells_are_refused(tmp_path: Path) -> None:
    """All but the first of them are empty, which is not what a person sees."""
    path = tmp_path / "log_pulse_checks.xlsx"
    book = openpyxl.Workbook()
    for row in (["a", "b"], ["1", SECRET], ["2", None]):
        book.active.append(row)
    book.active.merge_cells("B2:B3")
    book.save(path)
    with pytest.raises(InputError, match=r"sheet Sheet has merged cells, first at B2:B3") as error:
        records(path)
    assert SECRET not in str(error.value)


def test_a_header_that_is_a_formula(tmp_path: Path) -> None:
    """A column without a name would be dropped."""
    path = workbook(tmp_path / "log_pulse_checks.xlsx", [["a", "=B2"], ["1", "2"]])
    with pytest.raises(InputError, match=r"the cell B1 should name a column"):
        records(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an .xlsx workbook"),
        (b"session_id,mood_level\n1,2\n", "not an .xlsx workbook"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500,
            "protected by a password, or in the old",
        ),
        (b"PK\x03\x04 no archive", "damaged"),
    ],
)
def test_what_is_no_workbook(tmp_path: Path, content: bytes, message: str) -> None:
    """A wrong ending, a password and the old format are named."""
    path = tmp_path / "log_pulse_checks.xlsx"
    path.write_bytes(content)
    with pytest.raises(
        InputError, match=f"log_pulse_checks.xlsx: .*{message}.* Nothing was loaded"
    ):
        records(path)


def test_another_archive_is_no_workbook(tmp_path: Path) -> None:
    """A document of a word processor is an archive too."""
    path = tmp_path / "log_pulse_checks.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(InputError, match="damaged"):
        records(path)


def outcomes(path: Path, whole: bytes) -> set[str]:
    """What damaged copies of a file say; each is damaged at another place."""
    pick = random.Random(16)  # noqa: S311 - damage is no secret
    messages = set()
    for number in range(120):
        content = bytearray(whole)
        if number % 3:
            for _ in range(1 + number % 5):
                content[pick.randrange(len(content))] = pick.randrange(256)
        else:
            content = content[: pick.randrange(len(content))]
        path.write_bytes(content)
        try:
            records(path)
        except InputError as error:
            messages.add(str(error))
    return messages


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damaged_workbooks(tmp_path: Path, compression: int) -> None:
    """A damaged file is refused by name or read, without a traceback and without a value."""
    path = workbook(tmp_path / "log_pulse_checks.xlsx", [["a"], *[[SECRET]] * 20])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    messages = outcomes(path, path.read_bytes())
    assert any("damaged" in message for message in messages)
    assert not any(SECRET in message for message in messages)


# Parquet ---------------------------------------------------------------------------------------


def parquet(path: Path, column: pa.Array, **options: Any) -> Path:
    pq.write_table(pa.table({"a": column}), path, **options)
    return path


PLUS_FIVE = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (date(2026, 3, 5), pa.date32(), ("cell", "2026-03-05")),
        (date(2026, 3, 5), pa.date64(), ("cell", "2026-03-05")),
        (date(1969, 3, 5), pa.date32(), ("cell", "1969-03-05")),
        (datetime(2026, 3, 5), pa.timestamp("s"), ("cell", "2026-03-05T00:00:00")),
        (datetime(2026, 3, 5, 21, 10), pa.timestamp("ms"), ("cell", "2026-03-05T21:10:00")),
        (1_772_745_000_123_456_000, pa.timestamp("ns"), ("cell", "2026-03-05T21:10:00.123456")),
        (-1_000, pa.timestamp("ns"), ("cell", "1969-12-31T23:59:59.999999")),
        (1_772_745_000_123_456_001, pa.timestamp("ns"),
         ("why", "has nanoseconds, and the table keeps microseconds")),
        (2**62, pa.timestamp("ms"), ("why", "is before the year 1 or after 9999")),
        (2**31 - 1, pa.date32(), ("why", "is before the year 1 or after 9999")),
        (-(2**31), pa.date32(), ("why", "is before the year 1 or after 9999")),
        (datetime(2026, 3, 5, 21, 10, tzinfo=UTC), pa.timestamp("us", "UTC"),
         ("cell", "2026-03-05T21:10:00+00:00")),
        (datetime(2026, 3, 5, 23, 10, tzinfo=PLUS_FIVE), pa.timestamp("us", "America/New_York"),
         ("cell", "2026-03-05T23:10:00-05:00")),
        (datetime(2026, 3, 5, 23, 10, tzinfo=PLUS_FIVE), pa.timestamp("ns", "+05:30"),
         ("cell", "2026-03-06T09:40:00+05:30")),
        (5, pa.int8(), ("cell", "5")),
        (2**64 - 1, pa.uint64(), ("cell", "18446744073709551615")),
        (5.0, pa.float64(), ("cell", "5")),
        (5.5, pa.float32(), ("cell", "5.5")),
        (float("nan"), pa.float64(), ""),
        (float("inf"), pa.float64(), ("why", "is infinite")),
        (1e15, pa.float64(),
         ("why", "is a number of more than 15 digits, of which the file keeps 15")),
        (Decimal("5.00"), pa.decimal128(10, 2), ("cell", "5")),
        (Decimal("5.50"), pa.decimal128(10, 2), ("cell", "5.50")),
        (Decimal("12345678901234567890"), pa.decimal128(30, 0), ("cell", "12345678901234567890")),
        (True, pa.bool_(), ("cell", "true")),
        ("5", pa.string(), "5"),
        (" NA", pa.large_string(), " NA"),
        ("x", pa.dictionary(pa.int32(), pa.string()), "x"),
        (7, pa.dictionary(pa.int8(), pa.int64()), ("cell", "7")),
        (KEY.bytes, pa.binary(16), ("cell", str(KEY))),
        (KEY.bytes, pa.uuid(), ("cell", str(KEY))),
        (time(14, 15), pa.time64("ns"), ("why", "is a time without a day")),
        (timedelta(hours=36), pa.duration("us"), ("why", "is a duration")),
    ],
)  # fmt: skip
def test_a_parquet_value_as_text(
    tmp_path: Path, value: object, kind: pa.DataType, expected: object
) -> None:
    """A typed value is canonical text, as of the zone of its column; a NULL is no value."""
    values = {"a": pa.array([value, None], kind), "b": pa.array(["x", "y"])}
    path = tmp_path / "log_pulse_checks.parquet"
    pq.write_table(pa.table(values), path)
    header, row, empty = records(path)
    assert (header.line, header.fields) == (1, ["a", "b"])
    assert (row.line, told(row.fields)) == (2, [expected, "x"])
    assert (empty.line, told(empty.fields)) == (3, ["", "y"])


def test_uuids_without_arrows_own_schema(tmp_path: Path) -> None:
    """Other writers know only Parquet's logical type."""
    path = tmp_path / "log_pulse_checks.parquet"
    parquet(path, pa.array([KEY.bytes], pa.uuid()), store_schema=False)
    assert told(records(path)[1].fields) == [("cell", str(KEY))]


@pytest.mark.parametrize(
    ("column", "named"),
    [
        (pa.array([[1, 2]]), "list"),
        (pa.array([{"x": SECRET}]), "struct"),
        (pa.array([SECRET.encode()]), "binary"),
        (pa.array([b"four"], pa.binary(4)), "fixed_size_binary"),
    ],
)
def test_a_type_that_no_column_takes(tmp_path: Path, column: pa.Array, named: str) -> None:
    """Lists, records and bytes are refused by the column's name, before any row is read."""
    path = parquet(tmp_path / "log_pulse_checks.parquet", column)
    with pytest.raises(InputError, match=f"the column a is of the Parquet type {named}") as error:
        next(cell_records(path, TABLE))
    assert SECRET not in str(error.value)


def test_a_zone_that_is_not_known(tmp_path: Path) -> None:
    """The zone decides on the day of a time, so that it cannot be passed over."""
    column = pa.array([0], pa.timestamp("us", "Mars/Olympus"))
    path = parquet(tmp_path / "log_pulse_checks.parquet", column)
    with pytest.raises(InputError, match="the column a has times in the zone Mars/Olympus"):
        records(path)


def test_row_numbers_of_pandas_are_no_column(tmp_path: Path) -> None:
    """A frame that was filtered is written with its index."""
    import pandas

    path = tmp_path / "log_pulse_checks.parquet"
    frame = pandas.DataFrame({"a": [1.0, None, 3.0], "b": ["x", "y", None]})
    frame[frame.a != 1.0].to_parquet(path)
    assert [(row.line, told(row.fields)) for row in records(path)] == [
        (1, ["a", "b"]), (2, ["", "y"]), (3, [("cell", "3"), ""]),
    ]  # fmt: skip


def test_parquet_is_read_piece_by_piece(tmp_path: Path) -> None:
    """The rows of the first group arrive although the second one is damaged."""
    path = parquet(
        tmp_path / "log_pulse_checks.parquet", pa.array([f"{SECRET} {n}" for n in range(20_000)]),
        row_group_size=10_000, compression="snappy", use_dictionary=False,
    )  # fmt: skip
    start = pq.ParquetFile(path).metadata.row_group(1).column(0).data_page_offset
    content = bytearray(path.read_bytes())
    content[start : start + 2_000] = b"\xff" * 2_000
    path.write_bytes(content)
    read = 0
    with pytest.raises(InputError, match="damaged") as error:
        for _ in cell_records(path, TABLE):
            read += 1
    assert 5_000 < read <= 10_001
    assert SECRET not in str(error.value)


def test_damaged_parquet(tmp_path: Path) -> None:
    """A damaged file is refused by name or read, without a traceback and without a value."""
    path = parquet(tmp_path / "log_pulse_checks.parquet", pa.array([SECRET] * 50))
    messages = outcomes(path, path.read_bytes())
    assert any("damaged" in message for message in messages)
    assert not any(SECRET in message for message in messages)


def test_parquet_by_name_only(tmp_path: Path) -> None:
    """A CSV file with the ending of another format is refused by name."""
    path = tmp_path / "log_pulse_checks.parquet"
    path.write_text("session_id,mood_level\n1,2\n")
    with pytest.raises(InputError, match=r"log_pulse_checks.parquet: .*not Parquet"):
        records(path)


# Both ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "library", "module"),
    [(".xlsx", "openpyxl", "workbook"), (".PARQUET", "pyarrow", "parquet")],
)
def test_without_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, library: str, module: str
) -> None:
    """Without its library the file is refused with the line that installs it."""
    path = tmp_path / f"log_pulse_checks{ending}"
    path.write_bytes(b"whatever")
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"wellness_journey.intake.{module}", raising=False)
    with pytest.raises(InputError) as error:
        records(path)
    assert str(error.value).startswith(path.name)
    assert "pip install 'wellness-journey[formats]'" in str(error.value)


def test_loading_cells_that_have_no_value(database: Connection, tmp_path: Path) -> None:
    """Such a cell rejects its row by the column's name, unless the column is left out."""
    folder = tmp_path / "export"
    folder.mkdir()
    keys = [str(UUID(int=n)) for n in range(1, 5)]
    (folder / "auth_users.csv").write_text(f"id\n{KEY}\n")
    (folder / "log_sessions.csv").write_text(
        f"session_id,practitioner_id,patient_id,session_date\n{KEY},{KEY},{KEY},2026-03-01\n"
    )
    header = ["pulse_check_id", "session_id", "practitioner_id", "patient_id"]
    rows = [
        [*header, "check_date", "mood_level", "sleep_quality", "Sum"],
        [keys[0], *[str(KEY)] * 3, date(2026, 3, 5), "=1+1", 3, "=F2+G2"],
        [keys[1], *[str(KEY)] * 3, datetime(2026, 3, 6, 23, 30), 4, None, "=F3+G3"],
        [keys[2], *[str(KEY)] * 3, "3/7/26", 4, 5, None],
        [keys[3], *[str(KEY)] * 3, date(2026, 3, 8), "#N/A", 5, None],
    ]
    workbook(folder / "log_pulse_checks.xlsx", rows)
    columns: list[dict[str, Any]] = [{"name": name} for name in rows[0]]
    columns[-1]["journey:column"] = None
    described = {
        "name": "export",
        "resources": [
            {
                "name": "log_pulse_checks",
                "path": "log_pulse_checks.xlsx",
                "schema": {"fields": columns},
            }
        ],
    }
    (folder / "datapackage.json").write_text(json.dumps(described))
    outcome = load.load(database, folder, tmp_path / "rejects")[-1]
    assert (outcome.loaded, outcome.rejected) == (1, 3)
    assert [(group.reason(), group.first_line) for group in outcome.reasons] == [
        ("mood_level is a formula without a stored result", 2),
        ("check_date is not an ISO date (YYYY-MM-DD)", 4),
        ("mood_level is an error of the spreadsheet", 5),
    ]
    rejects = (tmp_path / "rejects" / "log_pulse_checks.csv").read_text()
    assert ",#N/A,5," in rejects
    assert "\0" not in rejects
    stored = database.execute("select check_date, mood_level, sleep_quality from log_pulse_checks")
    assert stored.fetchall() == [(date(2026, 3, 6), 4, None)]
