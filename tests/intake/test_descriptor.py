"""datapackage.json: what it may say, what that does."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from clinic_files import PATIENT, PRACTITIONER, SESSION, checks, column, describe
from database import Connection
from described import DAY, MOOD, resource
from wellness_journey.errors import InputError
from wellness_journey.intake import descriptor
from wellness_journey.intake.load import TableLoad, load
from wellness_journey.intake.tables import TABLES


def test_the_export_of_the_page_is_loaded(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """Other names, a European Excel, missing codes, no key: the example of docs/loading.md."""
    page = (Path(__file__).parents[2] / "docs" / "loading.md").read_text()
    example = page.split("```json\n", 1)[1].split("```", 1)[0]
    (folder / "datapackage.json").write_text(example)
    header = "Sitzung;Behandler;Patient;Datum;Verbundenheit;mood_level;Interne Nummer"
    keys = f"{SESSION};{PRACTITIONER};{PATIENT}"
    (folder / "Pulse export 2026.csv").write_text(
        f"{header}\n{keys};2.3.2025;3,0;NA;Müller 7\n{keys};03.03.2025;.;4;\n"
        f"{keys};4/3/2025;1;1;\n",
        encoding="windows-1252",
    )
    outcome = load(database, folder, rejects)
    assert outcome[-1] == TableLoad("log_pulse_checks", 3, 2, 0, 1, corrected=0)
    stored = database.execute(
        "select check_date::text, connection_level, mood_level from public.log_pulse_checks "
        "order by check_date"
    ).fetchall()
    assert stored == [("2025-03-02", 3, None), ("2025-03-03", None, 4)]
    [group] = outcome[-1].reasons
    assert group.reason() == "check_date is not written as %d.%m.%Y"
    assert load(database, folder, rejects)[-1].already_present == 2


def test_a_case_that_is_declared_is_loaded(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """The same file without and with its description: rejected, then stored as declared."""
    (folder / "log_pulse_checks.csv").write_text(checks("3/5/25,2", "3/6/25,NA"))
    refused = load(database, folder, rejects)[-1]
    assert (refused.loaded, refused.rejected) == (0, 2)
    shown = json.loads(refused.reasons[0].remedy().split(": ", 1)[1].split(" (or")[0])
    day = {**shown, "format": "%m/%d/%y"}
    made = resource(day, {**MOOD, "missingValues": ["", "NA"]}, {"name": "energy_level"})
    made["schema"]["fields"].pop()
    describe(folder, made)
    assert load(database, folder, rejects)[-1].rejected == 1  # no answer in the second row
    assert [str(day) for day in column(database, "check_date")] == ["2025-03-05"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("windows-1252", "café"), ("utf-16", "naïve"), ("utf-16-le", "Ċ\u0a0d"), ("gb18030", "日本")],
)
def test_an_encoding_is_read_strictly(
    database: Connection, folder: Path, rejects: Path, encoding: str, text: str
) -> None:
    """Its characters arrive, and a byte that is none of it is told with its line."""
    file = folder / "log_pulse_checks.csv"
    content = checks(f"2025-03-02,4,{text}", columns="check_date,mood_level,notes")
    file.write_bytes(content.encode(encoding))
    describe(folder, resource(DAY, MOOD, {"name": "notes"}, encoding=encoding))
    load(database, folder, rejects)
    assert column(database, "notes") == [text]
    broken = b"\x81\r\n" if encoding == "windows-1252" else b"\xff"
    file.write_bytes(content.encode(encoding) + broken)
    with pytest.raises(InputError, match=rf"log_pulse_checks\.csv, line 3: not {encoding}: name"):
        load(database, folder, rejects)


def test_spaces_around_a_missing_code_do_not_count(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """A cell is compared without its outer spaces, so the code is too."""
    (folder / "log_pulse_checks.csv").write_text(
        checks(
            "2025-03-02,NA,4", "2025-03-03, NA ,4", columns="check_date,mood_level,sleep_quality"
        )
    )
    sleep = {"name": "sleep_quality", "type": "integer"}
    describe(folder, resource(DAY, {**MOOD, "missingValues": ["", " NA "]}, sleep))
    load(database, folder, rejects)
    assert column(database, "mood_level") == [None, None]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"encoding": "rot13"}, "encoding rot13 is not known"),
        ({"encoding": "unicode_escape"}, "encoding unicode_escape is not known"),
        ({"path": "../log_pulse_checks.csv"}, "path is not the name of a file in this folder"),
        ({"path": ["log_pulse_checks.csv"]}, "path is not the name of a file in this folder"),
        ({"path": "sub/log_pulse_checks.csv"}, "path is not the name of a file in this folder"),
        ({"path": "gone.csv"}, "there is no gone.csv in the folder"),
        ({"path": "datapackage.json"}, "load reads .csv.gz"),
        ({"name": "log_moods"}, "no such table; expected one of auth_users"),
        ({"dialect": {"delimeter": ";"}}, "knows no property delimeter: do you mean delimiter?"),
        ({"dialect": {"delimiter": ";;"}}, "are one character each"),
        ({"dialect": {"delimiter": '"'}}, "differ from each other"),
        ({"dialect": {"header": False}}, "load does not do what header says here"),
        ({"dialect": {"commentChar": "#"}}, "load does not do what commentChar says"),
        ({"dialect": "dialect.json"}, "the dialect is a path or an address: write it out here"),
        ({"schema": "schema.json"}, "the schema is a path or an address: write it out here"),
        ({"data": []}, "load does not do what data says"),
        ({"missingValues": ["NA"]}, "load does not do what missingValues says"),
        ({"journey:makeKey": True}, "no property journey:makeKey: do you mean journey:makeKeys?"),
        ({"journey:makeKeys": "yes"}, "journey:makeKeys is true or false"),
        ({"schema": {"fields": [], "missingvalues": []}}, "do you mean missingValues?"),
        ({"schema": {"fields": [], "fieldsMatch": "subset"}}, "what fieldsMatch says here"),
        ({"schema": {"fields": [{"type": "date"}]}}, "field 1: name is missing"),
        (
            {"schema": {"fields": [{"name": "a", "type": "day"}]}},
            "field a: there is no type day: it",
        ),
        ({"schema": {"fields": [MOOD], "missingValues": "NA"}}, "missingValues must be a list of"),
        ({"schema": {"fields": [{**MOOD, "missingValues": "NA"}]}}, "field mood_level: missingV"),
        ({"schema": {"fields": [{**MOOD, "decimal": ","}]}}, "knows no property decimal: "),
        ({"schema": {"fields": [{**DAY, "dateFormat": "%d.%m.%Y"}]}}, "knows no property dateFor"),
        ({"sep": ";"}, "load knows no property sep: a note of your own has a colon in its name"),
        ({"encoding": 3}, "resource log_pulse_checks: encoding must be a text"),
        ({"schema": {"fields": [{**DAY, "format": ""}]}}, "format (empty): it needs a year"),
        ({"schema": {"fields": [{"name": "a", "format": "binary"}]}}, "what format binary"),
        ({"schema": {"fields": [{**DAY, "format": "any"}]}}, "format any: it needs a year"),
        ({"schema": {"fields": [{**DAY, "decimalChar": ","}]}}, "is of a field of type number"),
        ({"schema": {"fields": [{**MOOD, "groupChar": "."}]}}, "are the same"),
        ({"schema": {"fields": [{**MOOD, "bareNumber": False}]}}, "what bareNumber says here"),
        ({"schema": {"fields": [DAY, {**MOOD, "journey:column": "check_date"}]}}, "goes into che"),
        ({"schema": {"fields": [DAY, {"name": " CHECK_DATE"}]}}, "described twice"),
        ({"schema": {"fields": [{"name": "a", "type": "boolean", "trueValues": ["x"]}]}}, "go tog"),
    ],
)
def test_what_is_refused_by_name(folder: Path, changes: dict[str, Any], said: str) -> None:
    """A property that load would not honour, or that contradicts itself, ends the load."""
    (folder / "log_pulse_checks.csv").write_text(checks("2025-03-02,4"))
    describe(folder, {**resource(DAY, MOOD), **changes})
    with pytest.raises(InputError) as caught:
        descriptor.read(folder, TABLES)
    assert said in str(caught.value)
    assert str(caught.value).startswith("datapackage.json")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "line 1: not JSON"),
        (b"\xff", "not JSON: not UTF-8"),
        (b"[]", "the package is something else"),
        (b"{}", "datapackage.json: resources is missing"),
        (b'{"resources": [], "resources": []}', "resources is there twice"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"resources": [{"name": "\\ud800"}]}', "not JSON"),
        (b" " * (1 << 20) + b"{}", "larger than 1 MB"),
    ],
)
def test_a_broken_descriptor_is_an_error(folder: Path, content: bytes, said: str) -> None:
    """Whatever is in the file, the error names it."""
    (folder / "datapackage.json").write_bytes(content)
    with pytest.raises(InputError) as caught:
        descriptor.read(folder, TABLES)
    assert said in str(caught.value)


def test_a_descriptor_that_is_no_file_is_not_waited_for(folder: Path) -> None:
    """A FIFO has no end, a dead link is no missing descriptor."""
    os.mkfifo(folder / "datapackage.json")
    with pytest.raises(InputError, match=r"datapackage\.json is a FIFO"):
        descriptor.read(folder, TABLES)
    (folder / "datapackage.json").unlink()
    (folder / "datapackage.json").symlink_to("gone")
    with pytest.raises(InputError, match=r"datapackage\.json cannot be read"):
        descriptor.read(folder, TABLES)


@pytest.mark.parametrize(
    ("changes", "header", "said"),
    [
        ({}, "mood", "datapackage.json has no field for the column mood"),
        ({}, "", "the field mood_level of datapackage.json is not among the columns"),
        ({"type": "string"}, "mood_level", "type string does not suit the column mood_level"),
        (
            {"journey:column": "mod"},
            "mood_level",
            "field mood_level: log_pulse_checks has no column mod",
        ),
    ],
)
def test_description_and_file_agree(
    database: Connection,
    folder: Path,
    rejects: Path,
    changes: dict[str, Any],
    header: str,
    said: str,
) -> None:
    """Every column is a field, every field a column, and each of a type that suits."""
    columns = f"check_date,{header}" if header else "check_date"
    if header == "mood":
        columns += ",mood_level"
    rows = ",".join(["2025-03-02", *["4"] * columns.count(",")])
    (folder / "log_pulse_checks.csv").write_text(checks(rows, columns=columns))
    describe(folder, resource(DAY, {**MOOD, **changes}))
    with pytest.raises(InputError) as caught:
        load(database, folder, rejects)
    assert said in str(caught.value)
    assert database.execute("select from auth.users").rowcount == 0
