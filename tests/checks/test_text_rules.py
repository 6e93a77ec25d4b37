"""The rules of free text: each finds what it must, however it is typed, nothing else."""

from __future__ import annotations

import pytest

from catalogued import RULES
from database import Connection
from texts import ALLOWED, BY_ID, NEAR_MISSES, TO_FIND, found
from waiting import LIMIT
from wellness_journey.checks.privacy.text_rules import KINDS, Kind, Pattern


def test_every_rule_has_texts_to_find_and_near_misses() -> None:
    """No rule without both; ids run on, and are taken once."""
    assert sorted(BY_ID) == [f"PH-{number:03}" for number in range(11, 11 + len(KINDS))]
    assert TO_FIND.keys() == NEAR_MISSES.keys() == BY_ID.keys()
    for texts in (*TO_FIND.values(), *NEAR_MISSES.values()):
        assert len(set(texts)) == len(texts) >= 3


def is_escaped(text: str) -> bool:
    return "&" in text or "%" in text


@pytest.mark.parametrize("kind", KINDS, ids=BY_ID)
def test_a_rule_finds_what_it_must(connection: Connection, kind: Kind) -> None:
    """Wherever it stands and however it is typed: signs that look alike, letters of full width,
    signs without any, escapes of HTML, line breaks instead of spaces."""
    for change in (
        str,
        lambda text: f"Slept well, {text}",
        lambda text: f"({text}) calm",
        lambda text: f"Calm.\r\n{text},\r\nslept well.",
        lambda text: f"100 mg; {text}; 100 mg",
        lambda text: "Calm. " * 300 + text,
        lambda text: text.replace("-", "\N{NON-BREAKING HYPHEN}").replace(
            " ", "\N{NO-BREAK SPACE}"
        ),
        lambda text: text.replace(" ", "\n"),
        lambda text: "\N{ZERO WIDTH SPACE}".join(text),
        lambda text: "".join(
            chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text
        ),
        lambda text: "".join(
            f"&#{ord(sign)};" if " " < sign <= "~" and not sign.isalnum() else sign for sign in text
        ),
    ):
        given = TO_FIND[kind.rule_id]
        # An escape that is escaped once more is not read twice.
        texts = [change(text) for text in given if not is_escaped(text) or text in change(text)]
        assert found(connection, kind, texts) == texts


@pytest.mark.parametrize("kind", KINDS, ids=BY_ID)
def test_a_rule_raises_no_false_alarm(connection: Connection, kind: Kind) -> None:
    """Not on 500 ordinary notes, whatever their case and neighbours, nor on near misses."""
    assert len(ALLOWED) >= 500
    for change in (
        str,
        str.upper,
        str.lower,
        lambda note: f"({note})",
        lambda note: f"{note}. On.",
    ):
        assert found(connection, kind, map(change, ALLOWED)) == []
    for between in ("; ", "\n"):
        pairs = [f"{one}{between}{two}" for one, two in zip(ALLOWED, ALLOWED[7:], strict=False)]
        assert found(connection, kind, pairs) == []
    assert found(connection, kind, [text for texts in NEAR_MISSES.values() for text in texts]) == []


def test_what_fails_is_refused_by_the_guard() -> None:
    """What the guard lets in can no longer be corrected: it must not fail for ever."""
    failing = {rule_id for rule_id in BY_ID if RULES[rule_id].when_broken == "fail"}
    assert failing <= {kind.rule_id for kind in KINDS if kind.refused}


def test_the_quick_expressions_sort_out_nothing_that_counts(connection: Connection) -> None:
    """What the last expression finds, the quick one before it does not lose."""
    for kind in KINDS:
        sure = Kind(
            kind.rule_id,
            None,
            tuple(Pattern(one.sure, None, one.is_of_numbers) for one in kind.patterns),
        )
        texts = TO_FIND[kind.rule_id]
        assert found(connection, kind, texts) == found(connection, sure, texts) == texts


def test_every_pattern_finds_something(connection: Connection) -> None:
    """No pattern that could be left out."""
    for kind in KINDS:
        for pattern in kind.patterns:
            assert found(connection, Kind(kind.rule_id, None, (pattern,)), TO_FIND[kind.rule_id])


def test_no_expression_is_compiled_twice() -> None:
    """PostgreSQL keeps 32 compiled expressions a connection; one more, and every row compiles.

    Five more make a text plain; two of them are for texts with an escape only."""
    expressions = {
        expression
        for kind in KINDS
        for pattern in kind.patterns
        for expression in (pattern.quick, pattern.sure)
        if expression
    }
    assert len(expressions) + 5 <= 32


def test_the_rules_are_quick_on_hostile_text(connection: Connection) -> None:
    """No note that fits hangs the scan, not the longest of the worst."""
    worst = [
        *("a", "1 ", "12.", "+1 ", "((", "phone ", "0412 34 ", "a.", "a@", "a@a.", "no 1 ", "-"),
        *(
            "Aa ",
            "1 A ",
            "9 years ",
            "a:",
            "1:",
            "born ",
            "id card ",
            "insta ",
            "&#49;",
            "%31",
            "&",
        ),
        *(
            "a at ",
            "a dot ",
            "call a ",
            "mrn no ",
            "lives at 1 a ",
            "1 rue a ",
            "calle a ",
            "1.2345 ",
        ),
        *("tel 1 ", "ssn no. ", "Wohnt A ", "u/a", "@a_", "insta user ", "n° ", "1 A.", "A1 1A "),
    ]
    connection.execute(f"set local statement_timeout = '{LIMIT:.0f}s'".encode())
    for kind in KINDS:
        for text in worst:
            found(connection, kind, [(text * 4000)[:4000]])
