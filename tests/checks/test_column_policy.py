"""The column policy against real catalogues, each fault in a rolled-back transaction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from checkout import ROOT
from database import Connection
from nightly import nightly
from policies import FAULTS, by_id, compare, red
from wellness_journey.checks.privacy.column_names import IDENTIFIERS, _pattern, as_words
from wellness_journey.checks.privacy.policy_file import FILE
from wellness_journey.database.settings import Target, connect


@pytest.fixture
def connection(whole: Target) -> Iterator[Connection]:
    """As its owner, inside a transaction that is rolled back."""
    with connect(whole) as connection:
        yield connection
        connection.rollback()


def test_a_full_build_is_wholly_classified(connection: Connection) -> None:
    """Every column there is classified, and every name in the policy is there."""
    results = by_id(compare(connection, ROOT / FILE))
    assert red(list(results.values())) == {}
    assert list(results) == [
        *("PH-001", "PH-002", "PH-003", "PH-004", "PH-005", "PH-760", "PH-761", "PH-006")
    ]
    tables = yaml.safe_load((ROOT / FILE).read_text())["tables"].values()
    named = sum(len(columns) for by_class in tables for columns in by_class.values())
    assert results["PH-005"].checked == named
    assert results["PH-001"].checked == named


@pytest.mark.parametrize(("ddl", "rules", "place"), FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_turns_its_rules_red(
    connection: Connection, ddl: str, rules: set[str], place: str
) -> None:
    """Exactly the intended rules, each naming exactly that column."""
    connection.execute(ddl.encode())
    results = compare(connection, ROOT / FILE)
    assert red(results) == dict.fromkeys(rules, (place,))
    for result in results:
        stale = result.rule_id == "PH-005"
        expected = ("warn" if stale else "fail", 1) if result.rule_id in rules else ("pass", 0)
        assert (result.status, result.failing) == expected


TYPES_THAT_HIDE_TEXT = """
    json jsonb json[] bytea inet cidr macaddr macaddr8 xml hstore citext int4range tstzrange
    datemultirange tsvector "char" varbit oid regclass
    marts.free_form marts.small_number marts.mood marts.mood[] marts.pair marts.dim_sessions
    marts.date
""".split()  # noqa: SIM905, a list of 30 strings is harder to read

TYPES_THAT_HIDE_NOTHING = """
    uuid boolean smallint integer bigint real float8 numeric numeric(6,4) date interval uuid[]
    timestamptz timestamptz(3) time text text[] varchar(20) char(3) name
""".split()  # noqa: SIM905, a list of 30 strings is harder to read


# One of four; `make nightly` tries each.
@pytest.mark.parametrize(
    "kind",
    [
        kind if number % 4 == 0 else nightly(kind)
        for number, kind in enumerate([*TYPES_THAT_HIDE_TEXT, *TYPES_THAT_HIDE_NOTHING])
    ],
)
def test_types_that_can_hide_text_are_red(connection: Connection, kind: str) -> None:
    """Even as a code. Made here, a type can be altered while its columns look the same: red."""
    connection.execute(
        """
        create extension if not exists hstore;
        create extension if not exists citext;
        create domain marts.free_form as text;
        create domain marts.small_number as integer;
        create type marts.mood as enum ('low');
        create type marts.pair as (one integer, two integer);
        create type marts.date as enum ('not a day');
        """
    )
    connection.execute(
        "alter table marts.fct_session_trends drop column metric;"
        f" alter table marts.fct_session_trends add column metric {kind}".encode()
    )
    expected = (
        {"PH-003": ("marts.fct_session_trends.metric",)} if kind in TYPES_THAT_HIDE_TEXT else {}
    )
    assert red(compare(connection, ROOT / FILE)) == expected


def names(fixture: str) -> dict[str, list[str]]:
    """The names of a fixture by the identifier in the comment above them."""
    found: dict[str, list[str]] = {}
    text = (ROOT / "tests" / "fixtures" / fixture).read_text(encoding="utf-8")
    for line in text.splitlines()[1:]:
        if line.startswith("# "):
            found[line[2:]] = []
        elif line:
            found[next(reversed(found))].append(line)
    return found


FLAGGED, ALLOWED = names("column_names_flagged.txt"), names("column_names_allowed.txt")


def test_names_alarm_on_whole_words_only(connection: Connection) -> None:
    """HIPAA's identifiers and free text alarm by name; what an analytics warehouse has does not."""
    bad, good = (
        [name for of_identifier in fixture.values() for name in of_identifier]
        for fixture in (FLAGGED, ALLOWED)
    )
    assert len(set(bad)) == len(bad) >= 60
    assert len(set(good)) == len(good) >= 60
    columns = ", ".join(f'"{name}" integer' for name in bad + good)
    connection.execute(f"create table marts.names ({columns})".encode())
    result = by_id(compare(connection, ROOT / FILE))["PH-002"]
    assert set(result.places) == {f"marts.names.{name}" for name in bad}
    assert (result.status, result.failing) == ("fail", len(bad))


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_every_word_of_an_identifier_is_needed(identifier: str) -> None:
    """Each name is found as what it is, and without any one word of the pattern some are not."""
    assert len(FLAGGED) == len(ALLOWED) == len(IDENTIFIERS)
    words = " ".join(IDENTIFIERS[identifier].split()).split(" | ")
    texts = [as_words(name) for name in FLAGGED[identifier]]
    assert all(_pattern("|".join(words)).search(text) for text in texts)
    for word in words:
        others = "|".join(other for other in words if other != word) or "(?!)"
        assert not all(_pattern(others).search(text) for text in texts), word


def test_before_the_first_build(connection: Connection) -> None:
    """Without models their entries are not stale, and nothing published is nothing checked."""
    for schema in ("staging", "intermediate", "marts", "published"):
        connection.execute(f"drop schema {schema} cascade".encode())
        connection.execute(f"create schema {schema}".encode())
    results = by_id(compare(connection, ROOT / FILE))
    assert {rule: result.status for rule, result in results.items()} == {
        "PH-001": "pass",
        "PH-002": "pass",
        "PH-003": "pass",
        "PH-004": "not_applicable",
        "PH-005": "pass",
        "PH-760": "not_applicable",
        "PH-761": "pass",
        "PH-006": "pass",
    }


EDITS = {
    "unknown class": ("    code: [metric]", "    kode: [metric]", "kode"),
    "two classes": (
        "    code: [state, end_reason]",
        "    code: [state, end_reason, session_id]",
        "session_id has two",
    ),
    "unknown schema": ("  marts.dim_sessions:", "  martz.dim_sessions:", "martz.dim_sessions"),
    "not YAML": ("tables:", "tables: [", "line "),
    "a table twice": (
        "\nadopted:",
        "\n  marts.dim_sessions:\n    code: [state]\nadopted:",
        "marts.dim_sessions is there twice, first in line ",
    ),
    "a vocabulary without a list": ("withheld: [rows, shares]", "withheld: rows", "list of codes"),
    "another key": ("harmless_names:", "harmless:", "harmless_names"),
    "a reason that is none": (
        "milestone_description: >\n    The kind of milestone in words, one of a few that the "
        "function's own text fixes.",
        "milestone_description:",
        "has no reason",
    ),
    "a name that is not there": (
        "  marts.fct_integration_milestones.milestone_description: >",
        "  marts.dim_sessions.patient_email: >",
        "patient_email is not in tables",
    ),
}


def edited(folder: Path, before: str, after: str) -> Path:
    text = (ROOT / FILE).read_text()
    assert before in text
    path = folder / FILE
    path.parent.mkdir(parents=True)
    path.write_text(text.replace(before, after, 1))
    return path


@pytest.mark.parametrize(("before", "after", "said"), EDITS.values(), ids=EDITS)
def test_a_policy_that_cannot_be_used_is_never_green(
    connection: Connection, tmp_path: Path, before: str, after: str, said: str
) -> None:
    """Every rule is in error and says which file and what in it; comments need no policy."""
    *results, comments = compare(connection, edited(tmp_path, before, after))
    assert (comments.rule_id, comments.status) == ("PH-006", "pass")
    assert {result.status for result in results} == {"error"}
    assert len(results) == 7
    for result in results:
        assert result.problem is not None
        assert result.problem.startswith(f"{FILE}: ")
        assert said in result.problem
        assert result.checked is result.failing is None


def test_a_missing_policy_is_never_green(connection: Connection, tmp_path: Path) -> None:
    """Without the file there is no allow-list, not an empty one that passes."""
    *results, _ = compare(connection, tmp_path / FILE)
    assert {result.status for result in results} == {"error"}


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        ("    code: [state, end_reason]", "    free_text: [state, end_reason]", {"PH-003"}),
        ("    code: [source_table]", "    quasi: [source_table]", {"PH-003"}),
        (
            "trends_by_day:\n    code: [metric]",
            "trends_by_day:\n    key: [metric]",
            {"PH-003", "PH-004"},
        ),
        ("    free_text: [notes]", "    code: [notes]", {"PH-002"}),
        ("    free_text: [notes]\n", "", {"PH-001", "PH-002"}),
    ],
)
def test_a_class_in_the_wrong_place_is_red(
    connection: Connection, tmp_path: Path, before: str, after: str, rules: set[str]
) -> None:
    """Free text only in public, text only as a code, keys not in published, notes only as text."""
    assert red(compare(connection, edited(tmp_path, before, after))).keys() == rules
