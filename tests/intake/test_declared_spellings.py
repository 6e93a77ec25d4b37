"""Where datapackage.json says how a column is written, nothing else is stored."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cells import (
    COLUMNS,
    Column,
    File,
    anything,
    day_of_a_check,
    described,
    disagreements,
    free_text,
    something,
    within,
    write_base,
    write_rows,
)
from database import Connection
from declared_spellings import moments, numbers, words
from reference_values import REJECTED, Declaration, value_of
from spellings import MISSING, spellings
from wellness_journey.errors import JourneyError
from wellness_journey.intake.load import load

CHECK_DATE = Column("log_pulse_checks", "check_date", "date", day_of_a_check)
CHANGE_DATE = Column("log_behavioral_changes", "change_date", "date", day_of_a_check)
COMPLETED_AT = Column("log_integration_sessions", "completed_at", "timestamp", anything)
COMPLETED = Column("log_integration_sessions", "completed", "boolean", something)
NUMBER = Column("log_integration_sessions", "session_number", "integer", within(1, 10**9, False))
SCORE = Column("log_integration_sessions", "phq9_score", "integer", within(0, 27))
NOTES = Column("log_pulse_checks", "notes", "text", free_text)
CHANGE = Column("log_behavioral_changes", "change_description", "text", described)

MOMENTS = [
    *(
        (CHECK_DATE, how)
        for how in ("%d.%m.%Y", "%m/%d/%y", "%Y%m%d", "%d/%m/%Y", "%Y-%m-%d %H:%M")
    ),
    *((CHANGE_DATE, how) for how in ("%d-%b-%y", "%d %B %Y", "%Y-%j", "%a %d %b %Y")),
    *((COMPLETED_AT, how) for how in ("%Y-%m-%d %H:%M", "%m/%d/%Y %I:%M:%S %p", "%d.%m.%Y")),
    *((COMPLETED_AT, how) for how in ("%d.%m.%Y %H:%M:%S.%f%z", "%m/%d/%y %H:%M")),
]


def check(
    connection: Connection,
    folder: Path,
    column: Column,
    texts: list[str],
    file: File,
    at_least: int = 20,
) -> None:
    """The texts come out as declared; some of them are stored and some are not."""
    values = [value_of(column.kind, text, file.declared) for text in texts]
    assert sum(value is not REJECTED for value in values) >= at_least
    said = disagreements(connection, folder, column, texts, file)
    assert not said, "\n".join([f"{len(said)} spellings:", *said])


@pytest.mark.parametrize(("column", "how"), MOMENTS)
def test_days_and_times(connection: Connection, tmp_path: Path, column: Column, how: str) -> None:
    """With a format only that spelling is a day or a time: ISO is not, nor is a day like it."""
    file = File(Declaration(format=how), described={column.name: {"format": how}})
    check(connection, tmp_path, column, moments(how), file, at_least=40)


@pytest.mark.parametrize("column", [NUMBER, SCORE], ids=lambda column: column.name)
@pytest.mark.parametrize(
    ("decimal_char", "group_char"), [(",", ""), (",", "."), (".", ","), (",", " "), (".", "'")]
)
def test_numbers(
    connection: Connection, tmp_path: Path, column: Column, decimal_char: str, group_char: str
) -> None:
    """The characters are those declared, in their places: 1.5 never becomes 15."""
    said = {"type": "number", "decimalChar": decimal_char}
    if group_char:
        said["groupChar"] = group_char
    declared = Declaration(decimal_char=decimal_char, group_char=group_char)
    file = File(declared, described={column.name: said})
    check(connection, tmp_path, column, numbers(decimal_char, group_char), file)


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (("ja", "1"), ("nein", "0")),
        (("Y",), ("N",)),
        (("Checked",), ("Unchecked", "-")),
        (("0",), ("1",)),
    ],
)
def test_booleans(
    connection: Connection, tmp_path: Path, true: tuple[str, ...], false: tuple[str, ...]
) -> None:
    """Declared words stand in place of true and false, and are taken as they are written."""
    said = {"trueValues": list(true), "falseValues": list(false)}
    file = File(Declaration(true_values=true, false_values=false), described={"completed": said})
    check(connection, tmp_path, COMPLETED, words(*true, *false), file, at_least=2)


REDCAP = ("", "NA", ".", "-99")


@pytest.mark.parametrize(
    ("place", "codes"),
    [("schema", REDCAP), ("field", ("NA", "n/a")), ("field over schema", ("", "0", "5"))],
    ids=["schema", "field", "field over schema"],
)
@pytest.mark.parametrize(
    "column", [SCORE, COMPLETED_AT, NOTES, CHANGE, CHECK_DATE], ids=lambda column: column.name
)
def test_missing_values(
    connection: Connection, tmp_path: Path, column: Column, place: str, codes: tuple[str, ...]
) -> None:
    """The codes mean no value, in place of the empty cell; a field's stand in place of all."""
    texts = [*spellings(column.kind)[:140], *MISSING]
    texts += [
        f"{left}{code}{right}" for code in codes for left in ("", " ") for right in ("", "  ")
    ]
    said: dict[str, Any] = {} if place == "schema" else {"missingValues": list(codes)}
    # The good cells of the other columns are none of these.
    of_all = {"schema": list(codes), "field": [""], "field over schema": ["", "17"]}[place]
    file = File(
        Declaration(missing_values=codes),
        described={column.name: said},
        schema={"missingValues": of_all},
    )
    check(connection, tmp_path, column, list(dict.fromkeys(texts)), file, at_least=5)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: f"{column.table}.{column.name}")
def test_types_alone_change_nothing(connection: Connection, tmp_path: Path, column: Column) -> None:
    """A description that says only types takes what is taken without one."""
    check(connection, tmp_path, column, list(spellings(column.kind)[::3]), File(described={}))


@pytest.mark.parametrize(
    ("column", "encoding", "delimiter"),
    [
        (NOTES, "windows-1252", ";"),
        (NOTES, "utf-16", "\t"),
        (NOTES, "latin-1", "|"),
        (NOTES, "utf-8", ";"),
        (NOTES, "cp437", ","),
        (SCORE, "windows-1252", ";"),
        (CHECK_DATE, "utf-16", ";"),
    ],
)
def test_files_of_other_programs(
    connection: Connection, tmp_path: Path, column: Column, encoding: str, delimiter: str
) -> None:
    """Another encoding, delimiter, file name and column names: the same values."""

    def is_in(text: str) -> bool:
        try:
            return text.encode(encoding).decode(encoding) == text
        except UnicodeError:
            return False

    file = File(
        path="Export März 2026.csv",
        encoding=encoding,
        delimiter=delimiter,
        renamed={column.name: "Größe", "session_id": "Sitzung; oder, so"},
        described={},
    )
    texts = [text for text in spellings(column.kind) if is_in(text)][::2]
    check(connection, tmp_path, column, texts, file)


@pytest.mark.parametrize("how", ["any", "%d.%m.", "%m/%Y", "%H:%M", "%d.%m.%Q", "DD.MM.YYYY"])
def test_a_format_that_says_no_day(connection: Connection, tmp_path: Path, how: str) -> None:
    """A format without a year, a month and a day, or that is none, ends the load."""
    write_base(tmp_path)
    row = {"pulse_check_id": "44444444-0000-4000-8000-000000000001", "check_date": "2024-05-17"}
    rows = [
        {**row, "session_id": "x", "patient_id": "x", "practitioner_id": "x", "mood_level": "3"}
    ]
    file = File(described={"check_date": {"format": how}})
    write_rows(tmp_path, "log_pulse_checks", rows, file)
    with pytest.raises(JourneyError, match="format"):
        load(connection, tmp_path, tmp_path / "rejects")


@pytest.mark.parametrize("how", sorted({how for _, how in MOMENTS}))
def test_python_reads_the_same_moments(how: str) -> None:
    """What the reference takes in a format, Python's own reader takes for the same."""
    for text in moments(how):
        value = value_of("timestamp", text, Declaration(format=how))
        if isinstance(value, datetime):
            read = datetime.strptime(text.strip(), how)
            assert value == (read if read.tzinfo else read.replace(tzinfo=UTC)), text
