"""Spaces, fractions, delimiters, encodings: what load puts up with or names."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from clinic_files import WHO, WHOSE, check_id, checks, column, describe
from database import Connection
from wellness_journey.errors import InputError
from wellness_journey.intake import opening
from wellness_journey.intake.load import TableLoad, load

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"

NOTED = "check_date,mood_level,notes"


# What is put up with -----------------------------------------------------------------------


def test_spaces_capitals_empty_rows_and_columns(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """A spreadsheet's leavings change no row, and are counted."""
    (folder / "log_pulse_checks.csv").write_text(
        f"\ufeff Pulse_Check_ID ,{WHO.upper()},check_date , MOOD_LEVEL,notes,, \n"
        f"{check_id(1)},{WHOSE}, 2025-03-02 , 4.0 , as it is ,,\n"
        ",,,,,,,,\n"
        '"","  ",,,,,,,\n'
        "\n"
        f"{check_id(2)},{WHOSE},2025-03-03,5.,,,\n"
    )
    outcome = load(database, folder, rejects)[-1]
    assert outcome == TableLoad("log_pulse_checks", 2, 2, 0, 0, skipped=3, dropped_columns=2)
    assert column(database, "mood_level") == [4, 5]
    assert column(database, "notes") == [" as it is ", None]


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("notes,", "fine,left over", "column number 8 has no name, but a value on line 2"),
        (",notes", ",fine", "unknown column number 7"),
        ("notes,NOTES", "a,b", "repeated column notes"),
    ],
)
def test_a_column_without_a_name_has_no_value(
    database: Connection, folder: Path, rejects: Path, header: str, row: str, said: str
) -> None:
    """Only at the end, and only empty: anything else may be a value that lost its column."""
    (folder / "log_pulse_checks.csv").write_text(
        checks(f"2025-03-02,4,{row}", columns=f"check_date,mood_level,{header}")
    )
    with pytest.raises(InputError) as caught:
        load(database, folder, rejects)
    assert said in str(caught.value)
    assert "left over" not in str(caught.value)


def test_a_row_with_too_few_or_too_many_fields_is_rejected(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """Nothing is guessed about where a field is missing, not even before an empty last one."""
    (folder / "log_pulse_checks.csv").write_text(
        checks("2025-03-02,4,", "2025-03-02,4", "2025-03-02,4,,", columns="check_date,mood_level,")
    )
    outcome = load(database, folder, rejects)[-1]
    assert (outcome.loaded, outcome.rejected) == (1, 2)


def test_pandas_floats_are_whole_numbers(database: Connection, rejects: Path) -> None:
    """A whole number with an empty fraction is that number."""
    if not CASES.is_dir():
        pytest.skip(f"NO CASES: {CASES} is not there")
    outcome = load(database, CASES / "pandas_floats", rejects)
    assert [table.rejected for table in outcome] == [0, 0, 0]
    assert column(database, "connection_level") == [1, 2]


@pytest.mark.parametrize("case", ["short_us_dates", "missing_codes"])
def test_undeclared_spellings_are_not_stored(
    database: Connection, rejects: Path, case: str
) -> None:
    """Short American dates and missing codes: no row with one is in a table."""
    if not CASES.is_dir():
        pytest.skip(f"NO CASES: {CASES} is not there")
    assert load(database, CASES / case, rejects)[-1].loaded == 0
    assert column(database, "check_date") == []


def test_text_of_a_wrong_encoding_is_not_stored(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """A dash of windows-1252 that is read as Latin-1 is a control character, which nobody types."""
    (folder / "log_pulse_checks.csv").write_bytes(
        checks("2025-03-02,4,Grüße", "2025-03-03,4,Grüße \N{EN DASH} 1€", columns=NOTED).encode(
            "cp1252"
        )
    )
    described = {"name": "log_pulse_checks", "path": "log_pulse_checks.csv", "encoding": "latin-1"}
    describe(folder, described)
    outcome = load(database, folder, rejects)[-1]
    assert (outcome.loaded, outcome.rejected) == (1, 1)
    assert column(database, "notes") == ["Grüße"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            checks("2025-03-02,4", "2025-03-03,5").replace("\n", "\r"),
            "line 1: ends with a carriage",
        ),
        (checks("2025-03-02,4\r2025-03-03,5"), "line 2: ends with a carriage return alone"),
        ("", "the file is empty"),
        ("\n" + checks("2025-03-02,4"), "the first line is empty: delete it"),
        ("sep=;\n" + checks("2025-03-02,4"), "the first line is a hint for Excel: delete it"),
        ("Pulse checks\n" + checks("2025-03-02,4"), "a title stands above the names, delete it"),
    ],
)
def test_a_file_without_a_first_line_or_line_ends_is_named(
    database: Connection, folder: Path, rejects: Path, content: str, said: str
) -> None:
    """Carriage returns alone end no row that could be counted; nothing is loaded."""
    (folder / "log_pulse_checks.csv").write_text(content, newline="")
    with pytest.raises(InputError, match=said):
        load(database, folder, rejects)


@pytest.mark.parametrize(
    ("start", "ending"),
    [(b"\x1f\x8b\x08", ".csv.gz"), (b"PK\x03\x04", ".xlsx"), (b"PAR1", ".parquet")],
)
def test_a_file_of_another_format_is_named(
    database: Connection, folder: Path, rejects: Path, start: bytes, ending: str
) -> None:
    """What is no text is told by its first bytes, with the ending that it should have."""
    (folder / "log_pulse_checks.csv").write_bytes(start + b"\0\xff" * 100)
    with pytest.raises(InputError, match=f"is no text: .* whose ending is {ending}"):
        load(database, folder, rejects)


# Other formats -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["log_pulse_checks.tsv", "log_pulse_checks.csv.gz", "LOG_PULSE_CHECKS.TSV.GZ"],
)
def test_the_ending_says_the_format(
    database: Connection, folder: Path, rejects: Path, name: str
) -> None:
    """Tabs and gzip, in any case; twice the same file is once the same rows."""
    text = checks("2025-03-02,4", "2025-03-03,5")
    content = (text.replace(",", "\t") if "tsv" in name.lower() else text).encode()
    (folder / name).write_bytes(gzip.compress(content) if name.lower().endswith("gz") else content)
    assert load(database, folder, rejects)[-1] == TableLoad("log_pulse_checks", 2, 2, 0, 0)
    assert load(database, folder, rejects)[-1] == TableLoad("log_pulse_checks", 2, 0, 2, 0)


def test_a_broken_gzip_file_is_named(database: Connection, folder: Path, rejects: Path) -> None:
    """Cut, damaged, or no gzip at all: nothing is loaded, not even the rows before it."""
    rows = [f"2025-03-02,{number % 5 + 1}" for number in range(20_000)]
    whole = gzip.compress(checks(*rows).encode())
    file = folder / "log_pulse_checks.csv.gz"
    for content, said in (
        (whole[: len(whole) // 2], "the compressed file ends too early"),
        (whole[:-8] + b"\0" * 8, "the compressed file is not whole"),
        (whole[:5000] + b"\xff" * 50 + whole[5050:], "the compressed file"),
        (b"pulse_check_id", "is not compressed by gzip: if it is text, give it the ending .csv,"),
    ):
        file.write_bytes(content)
        with pytest.raises(InputError) as caught:
            load(database, folder, rejects)
        assert str(caught.value).startswith("log_pulse_checks.csv.gz")
        assert said in str(caught.value)
        assert column(database, "check_date") == []


def test_a_line_without_an_end_is_refused(
    database: Connection, folder: Path, rejects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small compressed file can hold one line of gigabytes: it is not read to its end."""
    monkeypatch.setattr(opening, "_LONGEST_LINE", 1 << 16)
    content = checks("2025-03-02,4").encode() + b"\0" * (1 << 22)
    (folder / "log_pulse_checks.csv.gz").write_bytes(gzip.compress(content))
    with pytest.raises(InputError, match=r"line 3: longer than"):
        load(database, folder, rejects)
    described = {"name": "log_pulse_checks", "path": "log_pulse_checks.csv.gz"}
    describe(folder, {**described, "encoding": "utf-16-le"})
    with pytest.raises(InputError, match=r"line \d: longer than"):
        load(database, folder, rejects)


def test_another_delimiter_is_named(database: Connection, folder: Path, rejects: Path) -> None:
    """With the whole datapackage.json that declares it, which then works."""
    file = folder / "log_pulse_checks.csv"
    for separator, told in ((";", "`;`"), ("\t", "tabs"), ("|", "`|`")):
        file.write_text(checks("2025-03-02,4", separator=separator))
        with pytest.raises(InputError) as caught:
            load(database, folder, rejects)
        said = str(caught.value)
        assert f"log_pulse_checks.csv is separated by {told}: say so in datapackage.json: " in said
        (folder / "datapackage.json").write_text(
            said.split("datapackage.json: ")[1].removesuffix(". Nothing was loaded")
        )
        assert load(database, folder, rejects)[-1].rejected == 0
        (folder / "datapackage.json").unlink()
    file.rename(folder / "log_pulse_checks.tsv")
    (folder / "log_pulse_checks.tsv").write_text("Sitzung,Datum,Stimmung\n")
    with pytest.raises(InputError, match=r"log_pulse_checks\.tsv is separated by `,`"):
        load(database, folder, rejects)


@pytest.mark.parametrize(
    ("encoding", "likely"),
    [("windows-1252", "windows-1252"), ("utf-16", "utf-16"), ("utf-16-be", "utf-16")],
)
def test_another_encoding_is_named(
    database: Connection, folder: Path, rejects: Path, encoding: str, likely: str
) -> None:
    """With the datapackage.json that declares it."""
    text = checks("2025-03-02,4,caf\u00e9", columns="check_date,mood_level,notes")
    file = folder / "log_pulse_checks.csv"
    file.write_bytes((b"" if encoding != "utf-16-be" else b"\xfe\xff") + text.encode(encoding))
    with pytest.raises(InputError, match=r"log_pulse_checks\.csv, line \d: not UTF-8") as caught:
        load(database, folder, rejects)
    (folder / "datapackage.json").write_text(
        str(caught.value).split("datapackage.json: ")[1].removesuffix(". Nothing was loaded")
    )
    assert f'"encoding": "{likely}"' in str(caught.value)
    load(database, folder, rejects)
    assert column(database, "notes") == ["caf\u00e9"]
