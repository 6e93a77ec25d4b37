"""What a CSV file to load may look like."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic_files import PATIENT, PRACTITIONER, SESSION, WHO, check_id
from database import Connection
from loaded import VALUE, count, pulse_checks, rejected
from wellness_journey.errors import InputError
from wellness_journey.intake.load import TableLoad, load
from wellness_journey.intake.records import read_records
from wellness_journey.intake.sources import Source

_AS_MANY = "as many as the first line has; is a delimiter in a value without quotation marks?"


def test_columns_come_in_any_order(database: Connection, folder: Path, rejects: Path) -> None:
    """Columns are known by name, not by place; optional ones may be absent and take defaults."""
    (folder / "log_behavioral_changes.csv").write_text(
        "change_description,session_id,change_date,change_type,change_id,practitioner_id,patient_id\n"
        f"New job,{SESSION},2025-03-08,EMPLOYMENT,{check_id(1)},{PRACTITIONER},{PATIENT}\n"
    )
    assert [*load(database, folder, rejects)] == [
        TableLoad("auth_users", 1, 1, 0, 0),
        TableLoad("log_sessions", 1, 1, 0, 0),
        TableLoad("log_behavioral_changes", 1, 1, 0, 0),
    ]
    assert database.execute(
        "select change_type, change_description, days_post_session, change_sentiment "
        "from public.log_behavioral_changes"
    ).fetchall() == [("EMPLOYMENT", "New job", 7, "POSITIVE")]


def test_an_empty_cell_is_null(database: Connection, folder: Path, rejects: Path) -> None:
    """An empty cell is NULL, quoted or not; it does not take the column's default."""
    pulse_checks(folder, '1,2025-03-02,4,"",', columns="check_date,mood_level,energy_level,notes")
    load(database, folder, rejects)
    assert database.execute(
        "select mood_level, energy_level, notes from public.log_pulse_checks"
    ).fetchall() == [(4, None, None)]


def test_a_time_without_zone_is_utc(database: Connection, folder: Path, rejects: Path) -> None:
    """Times and dates are read as ISO and UTC, whatever the connection is set to."""
    database.execute("set timezone = 'Pacific/Auckland'")
    database.execute("set datestyle = 'SQL, DMY'")
    pulse_checks(
        folder, "1,2025-03-02,4,2025-03-02 21:00", columns="check_date,mood_level,created_at"
    )
    load(database, folder, rejects)
    assert database.execute(
        "select check_date = make_date(2025, 3, 2), "
        "created_at = make_timestamptz(2025, 3, 2, 21, 0, 0, 'UTC') from public.log_pulse_checks"
    ).fetchall() == [(True, True)]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (f"pulse_check_id,{WHO},check_date,moood", "unknown column moood; allowed are pulse_check"),
        (f"pulse_check_id,{WHO},check_date,check_date", "repeated column check_date"),
        (f"pulse_check_id,{WHO},mood_level", "missing column check_date"),
        (f"{WHO},check_date,mood_level", "missing column pulse_check_id"),
        (f"pulse_check_id,{WHO},check_date,{VALUE} 1", "unknown column number 6"),
        (f"{VALUE},{VALUE} 2", "the first line does not name the columns"),
        ("", "the first line is empty: delete it"),
    ],
)
def test_the_header_is_checked(
    database: Connection, folder: Path, rejects: Path, header: str, said: str
) -> None:
    """Unknown, repeated and missing columns are refused by name; a first row is not repeated."""
    (folder / "log_pulse_checks.csv").write_text(f"{header}\n")
    with pytest.raises(InputError) as caught:
        load(database, folder, rejects)
    assert "log_pulse_checks.csv: " + said in str(caught.value)
    assert VALUE not in str(caught.value)
    assert count(database, "public.log_sessions") == 0


def test_only_keys_of_logins_are_ours(database: Connection, folder: Path, rejects: Path) -> None:
    """Of auth.users nothing but the key is loaded, however many columns it has."""
    database.execute("alter table auth.users add column email text")
    (folder / "auth_users.csv").write_text(f"id,email\n{PRACTITIONER},x\n")
    with pytest.raises(InputError, match=r"unknown column email; allowed are id$"):
        load(database, folder, rejects)


def test_a_misspelt_file_is_named(database: Connection, folder: Path, rejects: Path) -> None:
    """A CSV file of another name is a typo, told before anything is loaded; others are ignored."""
    (folder / "LICENSE").write_text("")
    (folder / "._log_sessions.csv").write_text("")
    load(database, folder, rejects)
    (folder / "log_puls_checks.csv").write_text("")
    with pytest.raises(InputError, match=r"no table for log_puls_checks\.csv; expected one or"):
        load(database, folder, rejects)


def test_no_file_is_an_error(database: Connection, tmp_path: Path, rejects: Path) -> None:
    """A folder without any of the files, or no folder at all, is an error that names it."""
    with pytest.raises(
        InputError, match=r"no file of rows; expected one or more of auth_users\.csv"
    ):
        load(database, tmp_path, rejects)
    with pytest.raises(InputError, match="nowhere is not a folder"):
        load(database, tmp_path / "nowhere", rejects)


def test_only_utf8_is_read(database: Connection, folder: Path, rejects: Path) -> None:
    """A byte-order mark is no part of the header; bytes that are not UTF-8 end the load."""
    file = pulse_checks(folder, "1,2025-03-02,4,caf\u00e9", columns="check_date,mood_level,notes")
    text = file.read_text()
    file.write_bytes(text.encode("utf-8-sig"))
    assert load(database, folder, rejects)[-1].loaded == 1
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"log_pulse_checks\.csv, line 2: not UTF-8") as caught:
        load(database, folder, rejects)
    assert "caf" not in str(caught.value)


def test_malformed_lines_are_set_aside(database: Connection, folder: Path, rejects: Path) -> None:
    """A line that is no row is rejected with its number and reason; its neighbours are loaded."""
    pulse_checks(
        folder,
        "1,2025-03-02,4,fine",
        "2,2025-03-02,4",
        "3,2025-03-02,4,two,more,fields",
        "4,2025-03-02,4,a\0b",
        f"5,2025-03-02,4,{'x' * 140_000}",
        '6,2025-03-02,4,"a"b',
        "7,2025-03-02,4,fine",
        columns="check_date,mood_level,notes",
    )
    assert load(database, folder, rejects)[-1] == TableLoad("log_pulse_checks", 7, 2, 0, 5)
    assert rejected(rejects) == [
        (3, f"6 fields, expected 7: {_AS_MANY}"),
        (4, f"9 fields, expected 7: {_AS_MANY}"),
        (
            5,
            "notes holds a character that no text has (NUL, U+0080 to U+009F, or half of one):"
            " is the encoding right? windows-1252 is likely; declare it",
        ),
        (6, "a field has more than 131,072 characters"),
        (7, "something stands behind a closing quotation mark"),
    ]
    with (rejects / "log_pulse_checks.csv").open(newline="", encoding="utf-8") as file:
        assert {len(row) for row in csv.reader(file)} == {2 + 7}


def test_line_numbers_are_physical(database: Connection, folder: Path, rejects: Path) -> None:
    """A row's number is the line it starts on: quoted newlines and blank lines count."""
    pulse_checks(
        folder,
        '1,2025-03-02,4,"one\ntwo\r\nthree"',
        "2,2025-03-02,9,\n\n",
        '3,2025-03-02,9,"one\ntwo"',
        "4,2025-03-02,9,",
        columns="check_date,mood_level,notes",
    )
    assert load(database, folder, rejects)[-1] == TableLoad(
        "log_pulse_checks", 4, 1, 0, 3, skipped=2
    )
    assert [line for line, _ in rejected(rejects)] == [5, 8, 10]
    assert database.execute("select notes from public.log_pulse_checks").fetchall() == [
        ("one\ntwo\r\nthree",)
    ]


@pytest.mark.parametrize("third_note", ["fine", 'a"b'])
def test_an_open_quotation_ends_the_load(
    database: Connection, folder: Path, rejects: Path, third_note: str
) -> None:
    """Where nobody can tell how many rows a quotation mark has swallowed, nothing is loaded."""
    pulse_checks(
        folder,
        f'1,2025-03-02,4,"{VALUE}',
        "2,2025-03-02,4,fine",
        f"3,2025-03-02,4,{third_note}",
        columns="check_date,mood_level,notes",
    )
    with pytest.raises(InputError, match=r"the row that starts on line 2 .* by line 4") as caught:
        load(database, folder, rejects)
    assert VALUE not in str(caught.value)
    assert count(database, "public.log_sessions") == 0


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=4),
        min_size=1,
    )
)
def test_what_a_csv_writer_writes_is_read_back(rows: list[list[str]]) -> None:
    """Any fields come back as they were written, each record at the line it starts on."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    starts = []
    for row in rows:
        starts.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)
    data = text.getvalue().encode()
    assert [
        (record.line, record.fields)
        for record in read_records(Source("log_pulse_checks", Path("x.csv")), io.BytesIO(data))
    ] == list(zip(starts, rows, strict=True))
