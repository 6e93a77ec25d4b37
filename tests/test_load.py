"""`journey load`: files in, refused rows aside, all or nothing."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from wellness_journey.database.settings import Target, connect
from wellness_journey.errors import BusyError, InputError, JourneyError
from wellness_journey.intake import load as loading
from wellness_journey.intake.load import TableLoad, load
from wellness_journey.intake.records import read_records
from wellness_journey.intake.sources import Source

Connection = psycopg.Connection[Any]

PRACTITIONER = "11111111-0000-4000-8000-000000000001"
PATIENT = "22222222-0000-4000-8000-000000000001"
SESSION = "33333333-0000-4000-8000-000000000001"
OPEN_PLAY = Path(__file__).resolve().parents[2] / "shared" / "data" / "open_play"
WHO = "patient_id,practitioner_id,session_id"
WHOSE = f"{PATIENT},{PRACTITIONER},{SESSION}"
VALUE = "zanzibar"
_AS_MANY = "as many as the first line has; is a delimiter in a value without quotation marks?"


def check_id(number: int) -> str:
    return f"44444444-0000-4000-8000-{number:012}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one practitioner and their one session, dosed on 2025-03-01."""
    made = tmp_path / "rows"
    made.mkdir()
    (made / "auth_users.csv").write_text(f"id\n{PRACTITIONER}\n")
    (made / "log_sessions.csv").write_text(
        "session_id,practitioner_id,patient_id,session_date\n"
        f"{SESSION},{PRACTITIONER},{PATIENT},2025-03-01\n"
    )
    return made


@pytest.fixture
def rejects(tmp_path: Path) -> Path:
    return tmp_path / "home" / "rejects"


def pulse_checks(folder: Path, *rows: str, columns: str = "check_date,mood_level") -> Path:
    """The file of pulse checks: each row is the key's number and the values of `columns`."""
    file = folder / "log_pulse_checks.csv"
    lines = [f"pulse_check_id,{WHO},{columns}\n"]
    for row in rows:
        number, rest = row.split(",", 1)
        lines.append(f"{check_id(int(number))},{WHOSE},{rest}\n")
    file.write_text("".join(lines), newline="")
    return file


def rejected(rejects: Path, table: str = "log_pulse_checks") -> list[tuple[int, str]]:
    with (rejects / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return [(int(row["line"]), row["reason"]) for row in csv.DictReader(file)]


def count(database: Connection, table: str = "public.log_pulse_checks") -> int:
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(*table.split(".")))
    row = database.execute(query).fetchone()
    assert row is not None
    return int(row[0])


# What a file may look like ---------------------------------------------------------------


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


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            "2025-03-02,6,",
            "breaks the rule that mood_level is between 1 and 5"
            " (log_pulse_checks_mood_level_range)",
        ),
        (
            "2025-03-02,,",
            "breaks the rule that at least one of the four questions is answered"
            " (log_pulse_checks_has_an_answer)",
        ),
        ("2025-03-02,4.5,", "mood_level is not a whole number"),
        ("2025-13-02,4,", "check_date is not an ISO date (YYYY-MM-DD)"),
        ("02.03.2025,4,", "check_date is not an ISO date (YYYY-MM-DD): declare its format in"),
        ("today,4,", "check_date is not an ISO date (YYYY-MM-DD)"),
        ("infinity,4,", "check_date is not an ISO date (YYYY-MM-DD)"),
        ("9999-12-31,4,", "check_date must be between 1900-01-01 and tomorrow (UTC)"),
        (",4,", "check_date has no value"),
        ("2025-03-02,4,mail to a.b@example.org", "notes looks as if it holds an e-mail address"),
    ],
)
def test_each_refused_row_has_its_reason(
    database: Connection, folder: Path, rejects: Path, row: str, reason: str
) -> None:
    """A refused row alone is set aside: for its spelling, or with the constraint's comment."""
    good = [f"{number},2025-03-0{number},3," for number in range(1, 6)]
    pulse_checks(folder, *good, f"6,{row}", *good, columns="check_date,mood_level,notes")
    assert load(database, folder, rejects)[-1] == TableLoad("log_pulse_checks", 11, 5, 5, 1)
    [(line, said)] = rejected(rejects)
    assert line == 7
    assert said.startswith(reason)


def test_a_row_of_no_session_is_set_aside(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """Unknown session, foreign patient, no UUID, unknown login: each row is rejected, no more."""
    (folder / "log_pulse_checks.csv").write_text(
        f"pulse_check_id,{WHO},check_date,mood_level\n"
        f"{check_id(1)},{PATIENT},{PRACTITIONER},{check_id(9)},2025-03-02,4\n"
        f"{check_id(2)},{check_id(9)},{PRACTITIONER},{SESSION},2025-03-02,4\n"
        f"no-uuid,{WHOSE},2025-03-02,4\n"
        f"{check_id(4)},{WHOSE},2025-03-02,4\n"
    )
    with (folder / "log_sessions.csv").open("a") as file:
        file.write(f"{check_id(5)},{check_id(6)},{PATIENT},2025-03-01\n")
    outcome = load(database, folder, rejects)
    assert outcome[1:] == [
        TableLoad("log_sessions", 2, 1, 0, 1),
        TableLoad("log_pulse_checks", 4, 1, 0, 3),
    ]
    none = (
        "no session of this session_id, patient_id and practitioner_id is in the database: load "
        "log_sessions first, or mend the three keys"
    )
    assert rejected(rejects) == [(2, none), (3, none), (4, "pulse_check_id is not a key (UUID)")]
    assert "violates foreign key constraint" in rejected(rejects, "log_sessions")[0][1]


def test_too_long_a_word_is_not_cut(database: Connection, folder: Path, rejects: Path) -> None:
    """A value longer than its column is refused, never cut to fit."""
    (folder / "log_behavioral_changes.csv").write_text(
        f"change_id,{WHO},change_type,change_description,change_date\n"
        f"{check_id(1)},{WHOSE},{'HABIT' + 'X' * 60},New job,2025-03-08\n"
    )
    assert load(database, folder, rejects)[-1].rejected == 1
    assert rejected(rejects, "log_behavioral_changes") == [
        (2, "change_type has more than 50 characters")
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_batches_do_not_show(
    database: Connection, folder: Path, rejects: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the size of a batch, exactly the bad rows are rejected."""
    monkeypatch.setattr(loading, "_BATCH", size)
    bad = {3, 4, 5, 11, 17, 20}
    rows = [f"{n},2025-03-{n:02},{9 if n in bad else 3}" for n in range(1, 21)]
    pulse_checks(folder, *rows)
    assert load(database, folder, rejects)[-1] == TableLoad("log_pulse_checks", 20, 14, 0, 6)
    assert {line - 1 for line, _ in rejected(rejects)} == bad


# Known ids ---------------------------------------------------------------------------------


def test_the_same_rows_again_are_present(database: Connection, folder: Path, rejects: Path) -> None:
    """A second load of the same files adds nothing and rejects nothing new.

    What the database fills in or computes (an empty created_at, days_post_session) is no
    other value.
    """
    pulse_checks(
        folder,
        "1,2025-03-02,4,999,",
        "2,2025-03-03,9,999,",
        columns="check_date,mood_level,days_post_session,created_at",
    )
    assert load(database, folder, rejects)[-1] == TableLoad("log_pulse_checks", 2, 1, 0, 1)
    assert load(database, folder, rejects) == [
        TableLoad("auth_users", 1, 0, 1, 0),
        TableLoad("log_sessions", 1, 0, 1, 0),
        TableLoad("log_pulse_checks", 2, 0, 1, 1),
    ]
    assert database.execute("select days_post_session from public.log_pulse_checks").fetchall() == [
        (1,)
    ]


@pytest.mark.parametrize("other", ["2025-03-02,5", "2025-03-03,4", "2025-03-02,"])
def test_a_known_id_with_other_values_is_rejected(
    database: Connection, folder: Path, rejects: Path, other: str
) -> None:
    """The tables are append-only: a known id with another value changes nothing."""
    pulse_checks(folder, "1,2025-03-02,4")
    load(database, folder, rejects)
    pulse_checks(folder, f"1,{other}", "2,2025-03-02,4")
    assert load(database, folder, rejects)[-1] == TableLoad("log_pulse_checks", 2, 1, 0, 1)
    assert rejected(rejects) == [
        (
            2,
            "a known id with other values; the tables are append-only:"
            " give a correction a key of its own",
        )
    ]


def test_an_id_twice_in_a_file(database: Connection, folder: Path, rejects: Path) -> None:
    """The first line of an id that can be loaded is; equal ones are present, others rejected."""
    pulse_checks(
        folder,
        "1,2025-03-02,9",  # refused
        "1,2025-03-02,4",  # so this one is loaded
        "1,2025-03-02,4",
        "1,2025-03-02,5",
        "1,2025-03-02,4",
    )
    with (folder / "log_pulse_checks.csv").open("a") as file:
        file.write(f",{WHOSE},2025-03-02,4\n" * 3)
    assert load(database, folder, rejects)[-1] == TableLoad("log_pulse_checks", 8, 1, 2, 5)
    assert [line for line, _ in rejected(rejects)] == [2, 5, 7, 8, 9]
    assert database.execute("select mood_level from public.log_pulse_checks").fetchall() == [(4,)]


# All or nothing ----------------------------------------------------------------------------


def test_an_interrupted_load_leaves_nothing(
    database: Connection, folder: Path, rejects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped halfway, a load leaves the tables and the earlier rejects file as they were."""
    monkeypatch.setattr(loading, "_BATCH", 2)
    pulse_checks(folder, "1,2025-03-02,9")
    load(database, folder, rejects)
    before = (rejects / "log_pulse_checks.csv").read_text()
    pulse_checks(folder, *(f"{n},2025-03-02,{n}" for n in range(2, 9)))
    said: list[str] = []

    def stop(text: str) -> None:
        said.append(text)
        if len(said) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(database, folder, rejects, stop)
    assert said[-1].startswith("load     log_pulse_checks: 6 rows read, ")
    assert count(database) == 0
    assert [path.name for path in rejects.iterdir()] == ["log_pulse_checks.csv"]
    assert (rejects / "log_pulse_checks.csv").read_text() == before
    assert load(database, folder, rejects)[-1].loaded == 4


def test_rows_that_a_trigger_drops_are_missed(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """Read = loaded + already present + rejected, or nothing is loaded."""
    database.execute(
        "create function public.drop_row() returns trigger language plpgsql "
        "as $$ begin return null; end $$;"
        "create trigger drop_row before insert on public.log_sessions "
        "for each row execute function public.drop_row()"
    )
    with pytest.raises(JourneyError, match="1 rows read are not 0 loaded"):
        load(database, folder, rejects)
    assert count(database, "auth.users") == 0


def test_no_error_repeats_a_value(database: Connection, folder: Path, rejects: Path) -> None:
    """Whatever the database says when it fails, a row's value is not passed on."""
    database.execute(
        "create function public.fail() returns trigger language plpgsql "
        "as $$ begin raise exception 'bad %', new.notes using errcode = 'XX001'; end $$;"
        "create trigger a_fail before insert on public.log_pulse_checks "
        "for each row execute function public.fail()"
    )
    pulse_checks(folder, f"1,2025-03-02,4,{VALUE}", columns="check_date,mood_level,notes")
    with pytest.raises(JourneyError, match=r"nothing was loaded: .* \(SQLSTATE XX001\)") as caught:
        load(database, folder, rejects)
    assert VALUE not in str(caught.value)
    assert caught.value.__suppress_context__
    assert not list(rejects.iterdir())


def test_rejects_are_private_and_current(database: Connection, folder: Path, rejects: Path) -> None:
    """Rejects are readable by their owner alone, hold the row as read, and go when mended.

    The file of a table that a load does not read stays.
    """
    rejects.mkdir(mode=0o755, parents=True)
    (rejects / "log_behavioral_changes.csv").write_text("of another load")
    (rejects / "log_sessions.csv").write_text("stale")
    (rejects / ".log_pulse_checks.csv.part").write_text("of another program")
    (rejects / ".log_pulse_checks.part").write_text("of a killed load")
    file = pulse_checks(
        folder, f'1,2025-03-02,9,"{VALUE}, too"', columns="check_date,mood_level,notes"
    )
    load(database, folder, rejects)
    assert rejects.stat().st_mode & 0o777 == 0o700
    reject_file = rejects / "log_pulse_checks.csv"
    assert reject_file.stat().st_mode & 0o777 == 0o600
    header, row = csv.reader(reject_file.read_text().splitlines())
    assert header == ["line", "reason", *file.read_text().splitlines()[0].split(",")]
    assert row[2:] == [check_id(1), *WHOSE.split(","), "2025-03-02", "9", f"{VALUE}, too"]
    pulse_checks(folder, "1,2025-03-02,4")
    load(database, folder, rejects)
    assert sorted(path.name for path in rejects.iterdir()) == [
        ".log_pulse_checks.csv.part",
        "log_behavioral_changes.csv",
    ]


def test_a_load_leaves_no_rows_in_the_session(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """The tables a load works in are gone when it ends."""
    load(database, folder, rejects)
    assert (
        database.execute(
            "select relname from pg_catalog.pg_class where relpersistence = 't'"
        ).fetchall()
        == []
    )


# The database as a whole ---------------------------------------------------------------------


def test_never_beside_invented_rows(database: Connection, folder: Path, rejects: Path) -> None:
    """A database with the synthetic cohort takes no other rows."""
    database.execute(
        "insert into quality.synthetic_cohort (seed, sessions, days, as_of) "
        "values (1, 1, 1, '2025-12-31')"
    )
    with pytest.raises(InputError, match=r"synthetic cohort .* JOURNEY_HOME"):
        load(database, folder, rejects)
    assert count(database, "auth.users") == 0


@pytest.mark.parametrize("table", ["quality.synthetic_cohort", "public.log_sessions"])
def test_missing_tables_ask_for_migrate(
    database: Connection, folder: Path, rejects: Path, table: str
) -> None:
    """Without the tables, the next thing to do is `journey migrate`."""
    database.execute(f"drop table {table} cascade".encode())
    with pytest.raises(JourneyError, match=f"no {table}: run `journey migrate`"):
        load(database, folder, rejects)
    assert count(database, "auth.users") == 0


def test_without_rights_nothing_is_tried(database: Connection, folder: Path, rejects: Path) -> None:
    """A login that may not fill the tables is told so, not row by row."""
    database.execute("grant usage on schema auth to journey_analyst; set role journey_analyst")
    with pytest.raises(JourneyError, match=r"may not read and insert into auth\.users"):
        load(database, folder, rejects)


def test_one_load_at_a_time(
    database: Connection, target: Target, folder: Path, rejects: Path
) -> None:
    """While one load runs a second one leaves at once."""

    def try_another(_: str) -> NoReturn:
        with connect(target) as second, pytest.raises(BusyError, match="another load or seed"):
            load(second, folder, rejects / "second")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        load(database, folder, rejects, try_another)


@pytest.mark.skipif(
    not (OPEN_PLAY / "log_pulse_checks.csv").is_file(),
    reason=f"the real diaries are not at {OPEN_PLAY}: the loader is NOT tested on them",
)
def test_open_play(database: Connection, rejects: Path) -> None:
    """Real diaries load whole but for the 262 without any answer; again, nothing is added."""
    read = {
        "auth_users": 40,
        "log_sessions": 1275,
        "log_integration_sessions": 1762,
        "log_behavioral_changes": 3011,
    }
    assert load(database, OPEN_PLAY, rejects) == [
        *(TableLoad(table, rows, rows, 0, 0) for table, rows in read.items()),
        TableLoad("log_pulse_checks", 16_157, 15_895, 0, 262),
    ]
    assert len(rejected(rejects)) == 262
    assert {reason for _, reason in rejected(rejects)} == {
        "breaks the rule that at least one of the four questions is answered"
        " (log_pulse_checks_has_an_answer)"
    }
    assert load(database, OPEN_PLAY, rejects) == [
        *(TableLoad(table, rows, 0, rows, 0) for table, rows in read.items()),
        TableLoad("log_pulse_checks", 16_157, 0, 15_895, 262),
    ]
