"""What `--describe` guesses of a single column, key or encoding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from exports import IDS, PULSES, of_pulse_checks, uuid
from wellness_journey import cli
from wellness_journey.intake import descriptor
from wellness_journey.intake.describe import describe


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
        (
            ["3/25/26", "0000-00-00", "NA"],
            {"format": "%m/%d/%y", "missingValues": ["", "0000-00-00", "NA"]},
            None,
        ),
        (
            ["3/25/26", "2026-03-05", "3/26/26"],
            {"format": "%m/%d/%y"},
            "load would reject 1 of 3 values, which are not written as most",
        ),
        (["2026-03-05", "3/25/26", "2026-03-06"], {}, "load would reject 1 of 3 values"),
        (["46086", "46087"], {}, "serial numbers of a spreadsheet"),
        (["5. März 2026"], {}, "the names of months must be English"),
    ],
)
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
        (
            ["1.0", "0.0", "99"],
            {"trueValues": ["1.0"], "falseValues": ["0.0"], "missingValues": ["", "99"]},
        ),
        (["perhaps"], {}),
    ],
)
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
