"""Workbooks or Parquet files that are loaded."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from database import Connection
from typed_cells import KEY, records, workbook
from wellness_journey.errors import InputError
from wellness_journey.intake import load


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
