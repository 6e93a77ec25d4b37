"""No exact number of rows about patients, in a file or on a screen, of a clinic of fourteen."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, product
from xml.etree import ElementTree

import pytest

import sizes_read
import small_clinic
from checkout import ROOT, Checkout, Demo
from sizes_read import Limits
from wellness_journey import report
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from wellness_journey.rules import catalogue

RULES = catalogue.read(ROOT / catalogue.FILE)
# A size, and what would be a number of rows beside words that only rows have.
SIZE = re.compile(r"\b(?:\d[\d,]* to \d[\d,]*|about \d[\d,]*|up to 100)\b")
OUTCOMES = (
    "match|differs|missing|oracle_error|not_comparable|used|quarantined|after_as_of|no_[a-z]+"
)
EXACT = re.compile(
    rf"\b\d[\d,]* (?:of \d[\d,]* )?rows\b|\b\d[\d,]* (?:{OUTCOMES})\b"
    r"|[:,>] \d[\d,]* of \d[\d,]* in|\| \d[\d,]* of \d[\d,]* \|"
)
# What counts no rows of patients.
TECHNICAL = re.compile(r"^.*\b(?:PO|PH|RN|LG|BT)-\d{3}\b.*$", re.MULTILINE)


@dataclass
class Nights:
    """Everything that two nights say and leave, with the screens after each of them.

    And by night and by who reads them the totals of tables, with what is published.
    """

    said: dict[str, str] = field(default_factory=dict)
    totals: dict[tuple[int, str], dict[str, list[Limits]]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def nights(
    migrated: str,
    own_copy_of: Callable[[str], Target],
    tmp_path_factory: pytest.TempPathFactory,
) -> Nights:
    """Of a clinic of fourteen, and the day after of fifteen."""
    made = Nights()
    target = own_copy_of(migrated)
    checkout = Checkout(tmp_path_factory.mktemp("small"))
    found = made.said
    with settings.connect(target, autocommit=True) as connection:
        small_clinic.fill(connection)
        for night in (0, 1):
            day = small_clinic.AS_OF + timedelta(days=night)
            _, out, err = checkout.journey(target, "run", "--as-of", f"{day}")
            found[f"{night} run"] = out + err
            found |= {f"{night} {name}": text for name, text in screens(target).items()}
            found |= {
                f"{night} {name}": text
                for name, text in checkout.files().items()
                if name != "dbt-docs.html"
            }
            for table in ("shown", "exact"):
                made.totals[night, table] = totals(target, table)
            if night == 0:
                small_clinic.add_a_day(connection)
        exact = report.explain(connection, RULES["PC-004"], is_exact=True)
        found["exact"] = "\n".join(report.explain_lines(exact))
    return made


@pytest.fixture
def told(nights: Nights) -> dict[str, str]:
    """What is said and left, by night and name."""
    return nights.said


def totals(target: Target, table: str) -> dict[str, list[Limits]]:
    """Of the newest run, as an analyst reads them, or those who may read them exactly."""
    role = "journey_analyst" if table == "shown" else "journey_restricted"
    with settings.connect(target, role=role) as connection:
        (run_id,) = connection.execute(
            "select run_id from quality.runs order by started_at desc limit 1"
        ).fetchone() or (None,)
        found = sizes_read.totals(connection, table, run_id)
        assert len(found) > 50
        return found | {"published": list(sizes_read.published(connection))}


def screens(target: Target) -> dict[str, str]:
    """What `journey status` and `explain` say to an analyst, of each rule that fails with few."""
    found = {}
    with settings.connect(target) as connection:
        few = connection.execute(
            "select distinct rule_id from quality.check_results inner join quality.rules"
            " using (rule_id) where failing between 1 and 10"
            " and engine in ('dbt', 'great_expectations') and rule_id <> 'BT-001'"
        ).fetchall()
        connection.execute("set role journey_analyst")
        read = report.read(connection)
        found["status"] = "\n".join(report.status_lines(read))
        found["status --json"] = json.dumps(report.status_dict(read), default=str, indent=1)
        for (rule_id,) in few:
            told = report.explain(connection, RULES[rule_id])
            found[f"explain {rule_id}"] = "\n".join(report.explain_lines(told))
            found[f"explain {rule_id} --json"] = json.dumps(report.explain_dict(told), indent=1)
    return found


def numbers(text: str) -> list[str]:
    """What reads like an exact number of rows."""
    told = " ".join(TECHNICAL.sub("", as_lines(text)).split())
    return EXACT.findall(SIZE.sub("a size", told))


def as_lines(text: str) -> str:
    """Checks of JUnit and results of JSON as lines with their rule; other text as it is."""
    if text.startswith("<?xml"):
        cases = ElementTree.fromstring(text).iter("testcase")  # noqa: S314 - our own
        return "\n".join(
            f"{case.get('name')}: {child.get('message')} {' '.join((child.text or '').split())}"
            for case in cases
            for child in case
        )
    if not text.startswith("{"):
        return text
    told = json.loads(text)
    results = [told | result for result in told.get("results", told.get("attention"))]
    flows = [f"{flow['raw']} used" for flow in told.get("source_rows", {}).values()]
    compared = [
        f"{size} {outcome}"
        for outcomes in told.get("cross_checks", {}).values()
        for outcome, size in outcomes.items()
    ]
    lines = (f"{one['rule_id']}: {one['failing']} of {one['checked']} in it" for one in results)
    return "\n".join([*lines, *flows, *compared])


def test_rules_fail_with_few_rows(told: dict[str, str]) -> None:
    """Otherwise nothing could be told; and what is looked for is found where it stands."""
    assert len([name for name in told if name.startswith("0 explain")]) >= 3
    assert "explain PC-004" in " ".join(told)
    assert numbers(told["exact"]) != []
    assert numbers('{"attention": [{"rule_id": "PC-1", "failing": "3", "checked": "9"}]}') != []
    case = '<testcase name="PC-1"><failure message="3 of 9 in it" /></testcase>'
    assert numbers(f'<?xml version="1.0"?><all>{case}</all>') != []
    screen = " ".join(told["0 explain PC-004"].split())
    assert "1 to 10 of 101 to 1,000 rows in log_pulse_checks" in screen
    assert "1 to 10 after_as_of" in told["0 summary.md"]


def test_no_text_tells_a_number_of_rows(told: dict[str, str]) -> None:
    """Today, and the day after with one patient more."""
    found = {name: numbers(text) for name, text in told.items() if name != "exact"}
    assert {name: those for name, those in found.items() if those} == {}


def test_the_page_says_once_that_rows_are_not_patients(told: dict[str, str]) -> None:
    """Where the first size stands."""
    for night in (0, 1):
        assert told[f"{night} index.html"].count("Rows are not patients") == 1


@pytest.mark.parametrize("night", [0, 1])
def test_no_two_totals_differ_by_a_few(nights: Nights, night: int) -> None:
    """Whatever can be read at one time, published counts among it: no subtraction tells."""

    def told(table: str) -> list[tuple[Limits, ...]]:
        return sizes_read.told(chain(*nights.totals[night, table].values()))

    assert told("shown") == []
    assert told("exact") != []


def test_nor_do_two_of_the_demo(demo: Demo) -> None:
    """A network of 230 patients: in no text a number of rows, and no subtraction tells."""
    told = {name: numbers(text) for name, text in demo.files.items() if name != "dbt-docs.html"}
    assert {name: those for name, those in told.items() if those} == {}
    found = {
        table: sizes_read.told(chain(*totals(demo.target, table).values()))
        for table in ("shown", "exact")
    }
    assert found["shown"] == []
    assert found["exact"] != []


def test_no_total_tells_of_the_newcomer(nights: Nights) -> None:
    """What a table says on two days never differs by one to ten."""

    def told(table: str) -> list[str]:
        before, after = (nights.totals[night, table] for night in (0, 1))
        return [
            name
            for name in before.keys() & after.keys() - {"published"}
            for one, other in product(before[name], after[name])
            if sizes_read.is_few((other[0] - one[1], other[1] - one[0]))
        ]

    assert told("shown") == []
    assert told("exact") != []
