"""What of a person's identifiers can be recognised in a text: patterns with few false alarms.

The scan and the tables' own guard (public.journey_identifier_in) have the same patterns; the
guard has those of a kind that is `refused`. They are regular expressions of PostgreSQL, so that no
text leaves the server. Names without a cue cannot be recognised.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from wellness_journey.checks.privacy import text_patterns as patterns


@dataclass(frozen=True)
class Pattern:
    """A regular expression, which looks at the text as `plain` gives it or at its `numbers`.

    `quick` is cheap, finds whatever `sure` finds, and sorts most texts out. It always looks at the
    same text as `sure`.
    """

    sure: str
    quick: str | None = None
    is_of_numbers: bool = False


@dataclass(frozen=True)
class Kind:
    """One kind of identifier, found by any of its patterns, and the rule against it.

    `refused` is what the guard calls it; None where the guard lets it in.
    """

    rule_id: str
    refused: str | None
    patterns: tuple[Pattern, ...]


# In the order in which the guard looks.
KINDS = (
    Kind("PH-011", "an e-mail address", (Pattern(patterns.EMAIL, patterns.WEB_SIGNS),)),
    Kind("PH-015", "a web address", (Pattern(patterns.WEB, patterns.WEB_SIGNS),)),
    Kind(
        "PH-013",
        "a social security or national number",
        (Pattern(patterns.NATIONAL, patterns.SIX_DIGITS, is_of_numbers=True),),
    ),
    Kind(
        "PH-014",
        "a record number",
        (Pattern(patterns.RECORD, patterns.RECORD_SIGNS, is_of_numbers=True),),
    ),
    Kind("PH-018", "a date of birth", (Pattern(patterns.BORN, patterns.BIRTH_SIGNS),)),
    Kind(
        "PH-021",
        "the number of a document or device",
        (Pattern(patterns.DOCUMENT, patterns.DOCUMENT_SIGNS, is_of_numbers=True),),
    ),
    Kind(
        "PH-012",
        "a telephone number",
        (Pattern(patterns.PHONE, patterns.SIX_DIGITS, is_of_numbers=True),),
    ),
    Kind(
        "PH-017",
        "a postal address",
        (
            Pattern(patterns.STREET, patterns.STREET_SIGNS),
            Pattern(patterns.PLACE, patterns.PLACE_SIGNS),
            Pattern(patterns.ZIP, r"[0-9]{5}", is_of_numbers=True),
        ),
    ),
    Kind(
        "PH-019",
        "the number of a card or account",
        (Pattern(patterns.LONG_NUMBER, is_of_numbers=True),),
    ),
    Kind("PH-022", "the name of an account", (Pattern(patterns.ACCOUNT, patterns.ACCOUNT_SIGNS),)),
    Kind("PH-016", None, (Pattern(patterns.ADDRESS_OF_MACHINE, patterns.MACHINE_SIGNS),)),
    Kind("PH-020", None, (Pattern(patterns.NAMED),)),
    Kind("PH-023", None, (Pattern(patterns.OLD),)),
)


def finds(kind: Kind, text: sql.Composable, numbers: sql.Composable) -> sql.Composed:
    """The condition that `kind` is found in a text, `plain` and as its `numbers`."""
    conditions = []
    for pattern in kind.patterns:
        where = numbers if pattern.is_of_numbers else text
        both = filter(None, (pattern.quick, pattern.sure))
        matches = [sql.SQL("{} ~ {}").format(where, sql.Literal(one)) for one in both]
        conditions.append(sql.SQL(" and ").join(matches))
    return sql.SQL("({})").format(sql.SQL(" or ").join(conditions))
