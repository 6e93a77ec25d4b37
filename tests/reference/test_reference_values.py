"""The second reading of docs/loading.md is held against the page's own examples."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from checkout import ROOT
from reference_values import REJECTED, Declaration, Kind, key_name, value_of

PAGE = (ROOT / "docs" / "loading.md").read_text(encoding="utf-8")
KINDS: dict[str, Kind] = {
    "date": "date",
    "timestamp": "timestamp",
    "integer": "integer",
    "boolean": "boolean",
    "key (UUID)": "key",
}


def examples() -> dict[str, tuple[list[str], list[str]]]:
    """By type, what the page's table shows as taken and as not taken."""
    found = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0] in {*KINDS, "no value"}:
            found[cells[0]] = tuple(re.findall("`([^`]+)`", cell) for cell in cells[2:])
    return found


@pytest.mark.parametrize("name", KINDS)
def test_the_pages_examples(name: str) -> None:
    """What the page's table shows as taken is taken, and what it shows as not taken is not."""
    taken, not_taken = examples()[name]
    assert taken
    assert not_taken
    assert REJECTED not in [value_of(KINDS[name], text) for text in taken]
    assert {value_of(KINDS[name], text) for text in not_taken} == {REJECTED}


def test_codes_for_no_value() -> None:
    """Undeclared, none of the codes means that there is no value; in free text they are text."""
    _, codes = examples()["no value"]
    assert "NA" in codes
    for code in codes:
        assert None not in [value_of(kind, code) for kind in KINDS.values()]
        assert value_of("text", code) == code
        assert value_of("integer", code, Declaration(missing_values=("", *codes))) is None


def test_the_pages_example_of_a_key() -> None:
    """The name that a key is made from is written as the page shows it."""
    [shown] = re.findall(r'^\["log_pulse_checks",.*\]$', PAGE, flags=re.MULTILINE)
    _, session, day, row, _ = json.loads(shown)
    values = {
        name: int(text) if name == "mood_level" else UUID(text)
        for name, text in row.items()
        if name != "check_date"
    }
    values |= {"check_date": date.fromisoformat(day), "notes": None}
    number = 1
    assert key_name("log_pulse_checks", UUID(session), date.fromisoformat(day), values, number) == (
        shown
    )


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("date", "2026-03-05T23:10:00-05:00", date(2026, 3, 5)),
        ("timestamp", "2026-03-05T23:10:00-05:00", datetime(2026, 3, 6, 4, 10, tzinfo=UTC)),
        ("timestamp", "2026-03-05", datetime(2026, 3, 5, tzinfo=UTC)),
        (
            "timestamp",
            "2026-03-05 21:10:05.5",
            datetime(2026, 3, 5, 21, 10, 5, 500_000, tzinfo=UTC),
        ),
        ("timestamp", "2026-03-05 00:00:00+1559", datetime(2026, 3, 4, 8, 1, tzinfo=UTC)),
        ("date", "0999-12-31", REJECTED),
        ("integer", "-0012.00", -12),
        ("boolean", "T", True),
        ("key", " 6F9619FF-8B86-D011-B42D-00CF4FC964FF", UUID("6f9619ff8b86d011b42d00cf4fc964ff")),
        ("code", "  HABIT ", "HABIT"),
        ("text", "  as it is ", "  as it is "),
        ("text", "   ", None),
    ],
)
def test_values(kind: Kind, text: str, value: object) -> None:
    """Values as a person reads them off the page."""
    assert value_of(kind, text) == value


@pytest.mark.parametrize(
    ("how", "text", "value"),
    [
        ("%d.%m.%Y", "31.12.2025", date(2025, 12, 31)),
        ("%d.%m.%Y", "5.3.2026", date(2026, 3, 5)),
        ("%m/%d/%y", "03/05/68", date(2068, 3, 5)),
        ("%m/%d/%y", "03/05/69", date(1969, 3, 5)),
        ("%d-%b-%y", "25-MAR-26", date(2026, 3, 25)),
        ("%Y-%j", "2024-366", date(2024, 12, 31)),
        ("%Y-%j", "2023-366", REJECTED),
        ("%d.%m.%Y", "2025-12-31", REJECTED),
        ("%d.%m.%Y", "29.02.2023", REJECTED),
        ("%d.%m.%Y", "\u0660\u0665.03.2026", REJECTED),
        ("%Y%m%d", "2026111", REJECTED),
        ("%d-%b-%y", "25-Mrz-26", REJECTED),
        ("%a %d %b %Y", "Thu 05 Mar 2026", date(2026, 3, 5)),
        ("%a %d %b %Y", "Wed 05 Mar 2026", REJECTED),
    ],
)
def test_declared_days(how: str, text: str, value: object) -> None:
    """Days in a declared format, as a person reads them off the page."""
    assert value_of("date", text, Declaration(format=how)) == value
