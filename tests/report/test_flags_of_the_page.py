"""What the page says of the rules that ask for a review."""

from __future__ import annotations

from decimal import Decimal

from wellness_journey.report import words
from wellness_journey.report.published import FlagWeek, ReviewRule


def rule(name: str, is_enabled: bool = True) -> ReviewRule:
    return ReviewRule(name, is_enabled, "Low for weeks.", "Often wrong.", ())


def test_flags_stand_beside_what_chance_makes() -> None:
    """Found, and by chance alone, in the last week that is shown."""
    weeks = (
        FlagWeek(24, 60, 14, True, Decimal("3.1")),
        FlagWeek(25, None, None, True, None),
    )
    assert words.flags(weeks) == (
        "Week 24: 14 of 60 sessions flagged (23 %); by chance alone it would be 3.1. "
        "1 week withheld."
    )


def test_a_week_tells_what_chance_makes_of_it() -> None:
    """Where the share is withheld, too; and nothing where nobody can be flagged yet."""
    assert words.by_chance(FlagWeek(3, 24, None, True, Decimal("0.40"))) == "0.4"
    assert words.by_chance(FlagWeek(3, None, None, True, None)) == "withheld"
    assert words.by_chance(FlagWeek(3, 0, 0, False, Decimal(0))) == "not due"


def test_rules_that_are_off_are_named() -> None:
    """Silence about a rule must not be taken for calm."""
    rules = [rule("drop", False), rule("silence"), rule("phq9_worsening", False)]
    assert words.rules_off(rules) == "Switched off in ref_review_rules: Drop, PHQ-9 worsening."
    assert words.rules_off(rules[1:2]) == ""
