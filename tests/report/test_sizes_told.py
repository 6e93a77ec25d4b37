"""No exact number of rows about patients, in a file or on a screen, of a clinic of fourteen."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

import small_clinic
from checkout import Checkout
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

# A size, and what would be a number of rows beside words that only rows have.
SIZE = re.compile(r"\b(?:[\d,]+ to [\d,]+|about [\d,]+|up to 100)\b")
REASONS = "match|differs|missing|oracle_error|not_comparable|used|quarantined|after_as_of|\\w+_row"
EXACT = re.compile(
    rf"\b[\d,]+ (?:of [\d,]+ )?rows\b|\b[\d,]+ (?:{REASONS})\b|: [\d,]+ of [\d,]+ in"
)
# What counts no rows of patients.
TECHNICAL = re.compile(r"^.*\b(?:PO|PH|RN|LG|BT)-\d{3}\b.*$", re.MULTILINE)


@pytest.fixture(scope="module")
def told(
    migrated: str,
    own_copy_of: Callable[[str], Target],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """Everything that two nights say and leave, and the screens after each of them."""
    target = own_copy_of(migrated)
    checkout = Checkout(tmp_path_factory.mktemp("small"))
    found: dict[str, str] = {}
    with settings.connect(target, autocommit=True) as connection:
        small_clinic.fill(connection)
        for night in (0, 1):
            day = small_clinic.AS_OF + timedelta(days=night)
            for verb in (("run", "--as-of", f"{day}"), ("status",), ("status", "--json")):
                _, out, err = checkout.journey(target, *verb)
                found[f"{night} {' '.join(verb)}"] = out + err
            rows = connection.execute(
                "select distinct rule_id from quality.check_results"
                " inner join quality.rules using (rule_id)"
                " where failing between 1 and 10 and engine in ('dbt', 'great_expectations')"
                " and rule_id not in ('BT-001', 'LG-001')"
            ).fetchall()
            for (rule_id,) in rows:
                _, out, err = checkout.journey(target, "explain", rule_id)
                found[f"{night} explain {rule_id}"] = out + err
            found |= {
                f"{night} {name}": text
                for name, text in checkout.files().items()
                if name != "dbt-docs.html"
            }
            if night == 0:
                small_clinic.add_a_day(connection)
        found["exact"] = checkout.journey(target, "explain", "PC-004", "--exact")[1]
    return found


def numbers(text: str) -> list[str]:
    """What reads like an exact number of rows."""
    return EXACT.findall(SIZE.sub("a size", TECHNICAL.sub("", text)))


def test_rules_fail_with_few_rows(told: dict[str, str]) -> None:
    """Otherwise nothing could be told; and what is looked for is found where it stands."""
    assert len([name for name in told if name.startswith("0 explain")]) >= 3
    assert "explain PC-004" in " ".join(told)
    assert numbers(told["exact"]) != []
    assert "1 to 10 of 101 to 1,000 rows" in told["0 explain PC-004"]
    assert "1 to 10 after_as_of" in told["0 summary.md"]


def test_no_text_tells_a_number_of_rows(told: dict[str, str]) -> None:
    """Today, and the day after with one patient more."""
    found = {name: numbers(text) for name, text in told.items() if name != "exact"}
    assert {name: those for name, those in found.items() if those} == {}


def test_the_page_says_once_that_rows_are_not_patients(told: dict[str, str]) -> None:
    """Where the first size stands."""
    for night in (0, 1):
        assert told[f"{night} index.html"].count("Rows are not patients") == 1
