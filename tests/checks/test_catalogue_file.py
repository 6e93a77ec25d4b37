"""The catalogue's file is read as it is meant, or refused with the place."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from wellness_journey.errors import UsageError
from wellness_journey.rules import catalogue
from wellness_journey.rules.catalogue import Rule

WHOLE = """
- table: public.log_x
  acts: clinic
  action: Mend it.
  rules:
    XX-001: {sentence: "It's 1 to 5, or -- not there"}
    XX-002: {sentence: It holds, severity: minor, threshold: 0.5, acts: engineer, table: other.one}
"""

BAD = {
    "not a list": (WHOLE, "table: public.log_x", "expected a list of tables"),
    "nothing": (WHOLE, "", "expected a list of tables"),
    "no table at all": (WHOLE, "[]", "expected a list of tables"),
    "not YAML": ("acts: clinic", "acts: [clinic", "line 4: not YAML"),
    "no rules": ("  rules:", "  rulez:", "expected table, acts, action and rules"),
    "rules as a list": ("    XX-001:", "    - XX-001:", "not YAML"),
    "unknown of a table": ("acts: clinic", "actz: clinic", "public.log_x: unknown key actz"),
    "columns of a table": ("acts: clinic", "columns: [a]", "public.log_x: unknown key columns"),
    "an id of another kind": ("XX-001", "X-001", "X-001: expected an id such as PC-004"),
    "an id with more to it": ("XX-001", "XX-0011", "XX-0011: expected an id such as PC-004"),
    "no mapping": (
        '{sentence: "It\'s 1 to 5, or -- not there"}',
        "It",
        "XX-001: expected sentence",
    ),
    "unknown of a rule": ("severity", "severty", "XX-002: unknown key severty"),
    "no sentence": ("sentence: It holds, ", "", "XX-002: sentence is missing"),
    "an empty sentence": ("It holds", '" "', "XX-002: sentence is missing"),
    "nobody acts": ("  acts: clinic\n", "", "XX-001: acts is missing"),
    "no action": ("  action: Mend it.\n", "", "XX-001: action is missing"),
    "no table": ("table: public.log_x", "category: completeness", "XX-001: table is missing"),
    "another severity": ("minor", "info", "XX-002: severity is not one of critical, major, minor"),
    "another category": ("minor", "minor, category: x", "XX-002: category is not one of conf"),
    "another context": ("minor", "minor, context: x", "XX-002: context is not one of verification"),
    "a column that is no list": ("minor", "minor, columns: x", "XX-002: columns is not a list"),
    "a constraint that is no name": ("minor", "minor, constraints: [1]", "XX-002: constraints is"),
    "all tolerated": ("0.5", "100", "XX-002: threshold is not a percentage"),
    "less than none tolerated": ("0.5", "-1", "XX-002: threshold is not a percentage"),
    "a threshold that is no number": ("0.5", "true", "XX-002: threshold is not a percentage"),
    "an id twice in one table": (
        "XX-002:",
        "XX-001:",
        "line 7: XX-001 is there twice, first in line 6",
    ),
    "a key twice in one rule": (
        "minor",
        "minor, severity: major",
        "line 7: severity is there twice",
    ),
    "a key twice on one level": (
        "  rules:",
        "  acts: nobody\n  rules:",
        "line 5: acts is there tw",
    ),
    "an id in two tables": (WHOLE, WHOLE + WHOLE, "XX-001 is there twice"),
}


def written(folder: Path, content: str) -> Path:
    path = folder / "expectations" / "rules.yml"
    path.parent.mkdir()
    path.write_text(content)
    return path


@pytest.mark.parametrize(("before", "after", "said"), BAD.values(), ids=BAD)
def test_a_bad_catalogue_is_refused_with_the_place(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    """Never half read: a rule that is left out would be one that nobody checks."""
    assert before in WHOLE
    with pytest.raises(UsageError, match=rf"^expectations/rules\.yml.*{re.escape(said)}"):
        catalogue.read(written(tmp_path, WHOLE.replace(before, after, 1)))


def test_an_alias_is_not_a_second_key(tmp_path: Path) -> None:
    """What is written once may be meant in several places."""
    text = WHOLE.replace("acts: clinic", "acts: &who clinic").replace(
        "acts: engineer", "acts: *who"
    )
    assert {rule.acts for rule in catalogue.read(written(tmp_path, text)).values()} == {"clinic"}


def test_a_catalogue_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """Not there, or not text."""
    path = tmp_path / "expectations" / "rules.yml"
    with pytest.raises(UsageError, match="cannot be read \\(FileNotFoundError\\)"):
        catalogue.read(path)
    written(tmp_path, "").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="cannot be read \\(UnicodeDecodeError\\)"):
        catalogue.read(path)


def test_a_rule_takes_from_its_table_and_then_from_the_defaults(tmp_path: Path) -> None:
    """What it says itself comes first."""
    first, second = catalogue.read(written(tmp_path, WHOLE)).values()
    assert first == Rule(
        rule_id="XX-001",
        sentence="It's 1 to 5, or -- not there",
        table="public.log_x",
        columns=(),
        needs=(),
        category="conformance",
        context="verification",
        severity="critical",
        threshold=Decimal(0),
        acts="clinic",
        action="Mend it.",
        constraints=(),
        is_usual=False,
    )
    assert first.test_name == "xx_001_its_1_to_5_or_not_there"
    assert (first.when_broken, second.when_broken) == ("fail", "warn")
    assert (second.table, second.acts, second.action) == ("other.one", "engineer", "Mend it.")
    assert [second.tolerates(failing, 1000) for failing in (5, 6)] == [True, False]
    assert [first.tolerates(failing, 1000) for failing in (0, 1)] == [True, False]
