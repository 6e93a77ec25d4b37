"""The reasons that a load gives, with counts, lines, remedies."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from clinic_files import PATIENT, PRACTITIONER, WHO, WHOSE, check_id, checks
from database import Connection
from loaded import VALUE
from wellness_journey import cli
from wellness_journey.intake import answer
from wellness_journey.intake.answer import Allowance, TableLoad
from wellness_journey.intake.load import load


def said(tables: list[TableLoad]) -> str:
    """The lines as one text, with single spaces."""
    return " ".join(" ".join(answer.lines(tables)).split())


def test_reasons_are_grouped(database: Connection, folder: Path, rejects: Path) -> None:
    """The most frequent first, each with its count and first line."""
    rows = ["2025-03-02,9", *["3/25/25,4", "3/4/25,4"] * 3, "2025-03-02,4", "2025-03-02,NA"]
    (folder / "log_pulse_checks.csv").write_text(checks(*rows))
    outcome = load(database, folder, rejects)
    assert [(g.count, g.first_line) for g in outcome[-1].reasons] == [(6, 3), (1, 2), (1, 10)]
    lines = answer.lines(outcome)
    head = "check_date is not an ISO date (YYYY-MM-DD), first on line 3: declare its format in"
    assert lines[-7:] == [
        "log_pulse_checks                   9 read = 1 loaded + 0 already present + 8 rejected",
        f"       6  {head}",
        '          datapackage.json: {"name": "check_date", "type": "date", "format": "%m/%d/%y"}',
        "       1  breaks the rule that mood_level is between 1 and 5 "
        "(log_pulse_checks_mood_level_range),",
        "          first on line 2",
        "       1  mood_level is not a whole number, first on line 10: if it stands for no value, "
        "declare it",
        '          in datapackage.json: {"name": "mood_level", "missingValues": ["", "NA"]}',
    ]


def test_the_rows_of_a_group_settle_its_format(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """3/4 can be read in two ways, 25/3 in one; rows that no one format suits show none."""
    file = folder / "log_pulse_checks.csv"
    for days, format_ in (
        (["3/4/25"], '"format": "%m/%d/%y"} (or "%d/%m/%y")'),
        (["3/4/25", "25/3/25"], '"format": "%d/%m/%y"}'),
        (["3/25/25", "25/3/25"], "declare its format in datapackage.json"),
    ):
        file.write_text(checks(*(f"{day},4" for day in days)))
        [group] = load(database, folder, rejects)[-1].reasons
        assert group.text().endswith(format_)


def test_a_rejected_session_explains_its_rows(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """180 checks of a session that was rejected have one reason, with the session's line."""
    sessions, practitioner = (
        [f"33333333-0000-4000-8000-00000000000{n}" for n in (2, 3, 4)],
        check_id(9),
    )
    with (folder / "auth_users.csv").open("a") as file:
        file.write(f"{practitioner},\n")
    with (folder / "log_sessions.csv").open("a") as file:
        file.write(f"{sessions[0]},{PRACTITIONER},{PATIENT},1.3.2025\n")
        file.write(f"{sessions[1]},{practitioner},{PATIENT},2025-03-01\n")
    lines = [f"pulse_check_id,{WHO},check_date,mood_level"]
    lines += [
        f"{check_id(n)},{PATIENT},{PRACTITIONER},{sessions[0]},2025-03-02,4" for n in range(180)
    ]
    lines += [f"{check_id(200)},{WHOSE},2025-03-02,4"]
    (folder / "log_pulse_checks.csv").write_text("\n".join(lines) + "\n")
    (folder / "log_integration_sessions.csv").write_text(
        f"integration_session_id,{WHO},session_number,session_date,session_type\n"
        + "".join(
            f"{check_id(n)},{PATIENT},{who},{session},1,2025-03-02,FOLLOW_UP_CALL\n"
            for n, (session, who) in enumerate(
                [
                    (sessions[0], PRACTITIONER),
                    (sessions[1], practitioner),
                    (sessions[2], PRACTITIONER),
                ]
            )
        )
    )
    outcome = load(database, folder, rejects)
    told = {table.table: [group.text() for group in table.reasons] for table in outcome}
    assert (
        told["log_sessions"][1]
        == "their practitioner was rejected (auth_users.csv, line 3), first on line 4: "
        "mend that row, then load again"
    )
    assert told["log_integration_sessions"] == [
        "their sessions were rejected (log_sessions.csv, 2 lines, first line 3), first on line 2: "
        "mend that row, then load again",
        "no session of this session_id, patient_id and practitioner_id is in the database, "
        "first on line 4: load log_sessions first, or mend the three keys",
    ]
    assert told["log_pulse_checks"] == [
        "their session was rejected (log_sessions.csv, line 3), first on line 2: "
        "mend that row, then load again"
    ]
    assert (outcome[-1].loaded, outcome[-1].rejected) == (1, 180)
    kept = (rejects / "log_pulse_checks.csv").read_text()
    assert kept.count("their session was rejected (log_sessions.csv, line 3)") == 180
    assert "access denied" not in said(outcome) + kept


def test_a_practitioner_who_is_nowhere(database: Connection, folder: Path, rejects: Path) -> None:
    """The column and the table are told, not the key."""
    (folder / "auth_users.csv").unlink()
    outcome = load(database, folder, rejects)
    assert "practitioner_id is not in auth.users, first on line 2: load auth_users first" in said(
        outcome
    )
    assert PRACTITIONER not in said(outcome)


def test_no_reason_on_a_terminal_has_a_value(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """What a trigger of another owner says goes to the rejects file alone."""
    database.execute(
        "create function public.complain() returns trigger language plpgsql as "
        "$$ begin raise exception 'bad %', new.notes; end $$; create trigger z_complain before "
        "insert on public.log_pulse_checks for each row execute function public.complain()"
    )
    (folder / "log_pulse_checks.csv").write_text(
        checks(
            f"2025-03-02,4,{VALUE}",
            f"{VALUE},4,",
            f"2025-03-02,{VALUE},",
            columns="check_date,mood_level,notes",
        )
    )
    outcome = load(database, folder, rejects)
    assert "the database refused the row: RaiseException (SQLSTATE P0001)" in said(outcome)
    assert VALUE not in said(outcome) + json.dumps(answer.data(outcome))
    assert f"bad {VALUE}" in (rejects / "log_pulse_checks.csv").read_text()


def test_times_without_a_zone_are_counted_once(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """Over all files; a day alone in a date column is none of them."""
    (folder / "log_pulse_checks.csv").write_text(
        checks(
            "2025-03-02,4,2025-03-02 21:00",
            "2025-03-02,4,2025-03-02T21:00Z",
            "2025-03-02,4,",
            columns="check_date,mood_level,created_at",
        )
    )
    text = (folder / "log_sessions.csv").read_text()
    (folder / "log_sessions.csv").write_text(
        text.replace("session_date", "session_date,created_at").replace("-01\n", "-01,2025-03-01\n")
    )
    outcome = load(database, folder, rejects)
    assert answer.lines(outcome)[-1].startswith("times without a zone, taken as UTC: 2 (")
    assert answer.data(outcome)["without_zone"] == 2


def table(read: int, loaded: int = 0, present: int = 0) -> TableLoad:
    return TableLoad("log_pulse_checks", read, loaded, present, read - loaded - present)


@pytest.mark.parametrize(
    ("tables", "allowed", "failed"),
    [
        ([table(0)], Allowance(), False),
        ([table(9, 9)], Allowance(), False),
        ([table(9, 8)], Allowance(), True),
        ([table(9, 8)], Allowance(1), False),
        ([table(9, 8), table(9, 8)], Allowance(1), True),
        ([table(200, 195, 1)], Allowance(share=Fraction("0.02")), False),
        ([table(200, 195)], Allowance(share=Fraction("0.02")), True),
        ([table(1, 1), table(1)], Allowance(share=Fraction(1)), True),
        ([table(1, 0, 1)], Allowance(), False),
    ],
)
def test_when_a_load_has_failed(tables: list[TableLoad], allowed: Allowance, failed: bool) -> None:
    """Over the whole load, and always where a file's rows are not in its table."""
    assert answer.has_failed(tables, allowed) is failed


def test_classes_of_numbers() -> None:
    """Quiet, no count of few rows can be read off."""
    counts = (0, 1, 10, 11, 100, 101, 1000, 1001, 16_157)
    assert [answer.number(count, quiet=True) for count in counts] == [
        *("none", "1 to 10", "1 to 10", "11 to 100", "11 to 100", "101 to 1,000"),
        *("101 to 1,000", "1,001 to 10,000", "10,001 to 100,000"),
    ]


def test_faults_of_quotation_are_told_in_words(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """What the csv module says of a row is its own language."""
    (folder / "log_pulse_checks.csv").write_text(
        checks('"2025-03-02"x,4', f"{'9' * 131_073},4", '2025-03-02,"4')
    )
    assert [group.text() for group in load(database, folder, rejects)[-1].reasons] == [
        "something stands behind a closing quotation mark, first on line 2",
        "a field has more than 131,072 characters, first on line 3",
        "a quotation mark is left open, or the last sign escapes nothing, first on line 4",
    ]


def test_a_missing_code_of_pandas_has_its_remedy(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """A column of numbers with gaps is written with fractions, and its codes too."""
    (folder / "log_pulse_checks.csv").write_text(checks("2025-03-02,-99.0", "-99.0,4"))
    told = said(load(database, folder, rejects))
    assert '{"missingValues": ["", "-99", "-99.0"]}' in told
    assert '{"name": "check_date", "missingValues": ["", "-99.0"]}' in told


def test_no_decimal_character_makes_a_fraction_whole(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """3,0 is declared and taken; declaring it would not help 3,5."""
    (folder / "log_pulse_checks.csv").write_text(checks('2025-03-02,"3,0"', '2025-03-02,"3,5"'))
    helped, not_helped = (g.text() for g in load(database, folder, rejects)[-1].reasons)
    assert '"decimalChar": ","' in helped
    assert not_helped == "mood_level is not a whole number, first on line 3"


def test_no_name_of_a_file_moves_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    """Names are another's: what a terminal would obey is shown as a question mark."""
    assert cli.main(["load", "rows\x1b[2J", "--describe"]) == 2
    assert capsys.readouterr().err.startswith("journey: rows?[2J is not a folder")
