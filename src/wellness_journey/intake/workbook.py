"""Workbooks (.xlsx) as records. Imported only where there is one: it needs the extra `formats`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.utils.escape import unescape
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from wellness_journey.errors import InputError
from wellness_journey.intake.records import Record
from wellness_journey.intake.spreadsheets import Unreadable, cell_text

_OLD_CONTAINER = b"\xd0\xcf\x11\xe0"
_FAR_APART = 1_000


class _Parser(WorkSheetParser):
    """openpyxl's own, which takes a formula without a stored result for an empty cell.

    It is used without the sheet around it, which drops rows beyond the size that the file claims.
    """

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["value"] is None and element.find(FORMULA_TAG) is not None:
            is_empty_text = element.get("t") == "str" and element.find(VALUE_TAG) is not None
            cell["data_type"] = "s" if is_empty_text else "f"
        return cell


def workbook_records(path: Path, table: str) -> Iterator[Record]:
    """The records of the sheet that is named like `table`, else of the only visible one.

    Raises:
        InputError: not a workbook, protected, damaged, several sheets, or merged cells.
    """
    with path.open("rb") as file:
        start = file.read(4)
        if start == _OLD_CONTAINER:
            raise InputError(
                f"{path.name}: the workbook is protected by a password, or in the old format .xls; "
                "save it as .xlsx without a password. Nothing was loaded"
            )
        if start[:2] != b"PK":
            raise InputError(
                f"{path.name}: the file is not an .xlsx workbook; give it the ending of what it "
                "is, or save it as .xlsx. Nothing was loaded"
            )
        file.seek(0)
        yield from _records(path, file, table)


def _records(path: Path, file: BinaryIO, table: str) -> Iterator[Record]:
    rows = _rows(path, file, table)
    width = 0
    while True:
        try:
            # openpyxl's warnings can tell a value.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                batch = list(islice(rows, _FAR_APART))
        except (InputError, MemoryError):
            raise
        except Exception:
            # openpyxl raises errors of many kinds for damaged files, some with a value.
            raise InputError(
                f"{path.name}: the workbook is damaged or not .xlsx; open it in a spreadsheet "
                "program and save it anew, or save it as CSV. Nothing was loaded"
            ) from None
        if not batch:
            return
        for line, fields in batch:
            if not width:
                _check_header(path, line, fields)
                width = len(fields)
            yield Record(line, fields + [""] * (width - len(fields)))


def _rows(path: Path, file: BinaryIO, table: str) -> Iterator[tuple[int, list[str]]]:
    """Number and fields of each row with a value, as wide as its last value is far."""
    book: Any = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    sheet = _sheet(path, book, table)
    with sheet._get_source() as source:
        parser = _Parser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for line, cells in parser.parse():
            # It keeps how each row looks, which of a million formatted rows is a lot.
            parser.row_dimensions.clear()
            fields = _fields(cells)
            if fields:
                yield line, fields
        if parser.merged_cells is not None and parser.merged_cells.mergeCell:
            where = parser.merged_cells.mergeCell[0].ref
            raise InputError(
                f"{path.name}: the sheet {sheet.title} has merged cells, first at {where}, and "
                "only one of them has the value; unmerge them and fill each. Nothing was loaded"
            )


def _sheet(path: Path, book: Any, table: str) -> Any:
    sheets = book.worksheets
    named = [sheet for sheet in sheets if sheet.title.strip().lower() == table]
    visible = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
    for found in (named, visible, sheets):
        if len(found) == 1:
            return found[0]
    names = ", ".join(sheet.title for sheet in visible or sheets)
    what = (
        f"the sheet to load {table}" if table else "the file and the sheet to load like the table"
    )
    raise InputError(
        f"{path.name}: the workbook has {len(visible or sheets)} sheets ({names}); name {what}. "
        "Nothing was loaded"
    )


def _fields(cells: Sequence[dict[str, Any]]) -> list[str]:
    fields: list[str] = []
    for cell in cells:
        text = _text(cell["value"], cell["data_type"])
        if text.strip(" "):
            column = cell["column"]
            fields += [""] * (column - len(fields))
            fields[column - 1] = text
    return fields


def _text(value: object, data_type: str) -> str:
    if data_type == "f":
        return Unreadable("is a formula without a stored result")
    if data_type == "e":
        return Unreadable("is an error of the spreadsheet", value)
    if isinstance(value, str):
        return str(unescape(value))
    if isinstance(value, datetime) and value.time() == time():
        # A day is a time at midnight to a workbook.
        value = value.date()
    if isinstance(value, int) and not isinstance(value, bool):
        # A workbook keeps every number as a double.
        value = float(value)
    return cell_text(value)


def _check_header(path: Path, line: int, fields: Sequence[str]) -> None:
    for number, field in enumerate(fields, start=1):
        if isinstance(field, Unreadable):
            raise InputError(
                f"{path.name}: the cell {get_column_letter(number)}{line} should name a column, "
                f"but {field.why}; write the name. Nothing was loaded"
            )
