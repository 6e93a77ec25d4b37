"""What the report says of the rules that ask for a review."""

from __future__ import annotations

from decimal import Decimal

import pytest

from database import Connection
from markup import made
from runs import record
from wellness_journey import report
from wellness_journey.report import summary, words
from wellness_journey.report.published import FlagWeek, ReviewRule

WEEKS = (
    FlagWeek(24, 60, 20, Decimal(24), True, 3),
    FlagWeek(25, None, None, None, True, None),
)


def rule(
    name: str, is_enabled: bool = True, is_listed: bool = True, weeks: tuple[FlagWeek, ...] = ()
) -> ReviewRule:
    return ReviewRule(name, is_listed, is_enabled, "Low for weeks.", "Often wrong.", weeks)


def test_flags_stand_beside_what_chance_makes() -> None:
    """Found, and by chance alone, in the last week that is shown."""
    assert words.flags(rule("drop", weeks=WEEKS)) == (
        "Week 24: 20 of 60 sessions flagged (24 %); by chance alone it would be 3. 1 week withheld."
    )
    assert words.head_of_chance(rule("drop")) == "By chance"


def test_chance_of_silence_says_what_it_assumes() -> None:
    """People miss days in clusters, and the number is of days missed at random."""
    assert words.flags(rule("silence", weeks=WEEKS)) == (
        "Week 24: 20 of 60 sessions flagged (24 %); by chance it would be 3 if days were missed "
        "at random; people miss them in clusters, so that it is far more. 1 week withheld."
    )
    assert words.head_of_chance(rule("silence")) == "By chance, if days were missed at random"


def test_a_week_tells_what_chance_makes_of_it() -> None:
    """Where the share is withheld, too; and nothing where nobody can be flagged yet."""
    assert words.by_chance(FlagWeek(3, 20, None, None, True, 1)) == "1"
    assert words.by_chance(FlagWeek(3, None, None, None, True, None)) == "withheld"
    assert words.by_chance(FlagWeek(3, 0, 0, None, False, 0)) == "not due"


def test_rules_that_watch_nobody_are_named() -> None:
    """Silence about a rule must not be taken for calm."""
    rules = [rule("drop", False), rule("silence"), rule("phq9_worsening", False)]
    assert words.rules_off(rules) == "Switched off in ref_review_rules: Drop, PHQ-9 worsening."
    assert words.rules_off(rules[1:2]) == ""
    missing = [*rules[:2], rule("gad7_worsening", False, is_listed=False)]
    assert words.rules_off(missing) == (
        "Switched off in ref_review_rules: Drop. "
        "Missing from ref_review_rules, so that it watches nobody: GAD-7 worsening."
    )


@pytest.mark.parametrize("listed", [("drop", "below_baseline"), ()])
def test_every_file_names_the_rules_that_watch_nobody(
    connection: Connection, listed: tuple[str, ...]
) -> None:
    """One is switched off, the others are gone from the table: from a part of it, or from all."""
    record(connection, 0, {"SE-001": "pass"})
    connection.execute(
        "create table published.ref_review_rules"
        " (rule text, is_enabled boolean, sentence text, known_error_rates text)"
    )
    for name in listed:
        connection.execute(
            "insert into published.ref_review_rules values (%s, %s, 'Low.', 'Often wrong.')",
            (name, name != "drop"),
        )
    names = ("drop", "below_baseline", "silence", "phq9_worsening", "gad7_worsening")
    gone = [name for name in names if name not in listed]
    told = (
        "Missing from ref_review_rules, so that it watches nobody: "
        f"{', '.join(rule(name).name for name in gone)}."
    )
    off = "Switched off in ref_review_rules: Drop. " if listed else ""
    read = report.read(connection)
    assert off + told in made(connection).one("section", id="flags").text
    assert f"- rules of review: {(off + told)[0].lower()}{(off + told)[1:]}" in summary.as_markdown(
        read
    )
    assert report.as_dict(read)["review_rules_off"] == [
        *([{"rule": "drop", "reason": "switched_off"}] if listed else []),
        *({"rule": name, "reason": "missing"} for name in gone),
    ]


def test_before_the_rules_are_built_nothing_is_said_of_them(connection: Connection) -> None:
    """The page says that they are not there yet."""
    record(connection, 0, {"SE-001": "pass"})
    read = report.read(connection)
    assert report.as_dict(read)["review_rules_off"] == []
    assert "rules of review" not in summary.as_markdown(read)
    assert "Flags have not been built yet." in made(connection).one("section", id="flags").text
