"""Cells of a workbook: what each becomes as text, which workbooks are refused."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from typed_cells import SECRET, outcomes, records, told, workbook
from wellness_journey.errors import InputError


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
)
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
        (1, ["a", "b"]),
        (2, ["1", "2"]),
        (3, ["3", ""]),
    ]


def test_rows_have_the_sheets_numbers(tmp_path: Path) -> None:
    """Empty rows are left out, and hidden ones are rows as others."""
    path = tmp_path / "log_pulse_checks.xlsx"
    book = openpyxl.Workbook()
    book.active["B3"], book.active["C3"] = "a", "b"
    book.active["B5"], book.active["D7"] = "1", "too far"
    book.active.row_dimensions[5].hidden = True
    book.save(path)
    assert [(row.line, row.fields) for row in records(path)] == [
        (3, ["", "a", "b"]),
        (5, ["", "1", ""]),
        (7, ["", "", "", "too far"]),
    ]


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
