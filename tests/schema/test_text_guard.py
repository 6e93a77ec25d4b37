"""The guard of free text on fixtures of notes (S12)."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from psycopg import errors

import guard_sql
from database import Connection
from rows import ALICE, Session, acting_as
from tables import FREE_TEXT, column_of, each_table, refused, write
from texts import ALLOWED, GUARDED, NEAR_MISSES, TO_FIND, found
from waiting import LIMIT
from wellness_journey.checks.privacy.text_rules import KINDS as RULES

FIXTURES = Path(__file__).parents[1] / "fixtures"

KINDS = (
    "an e-mail address",
    "a web address",
    "a social security or national number",
    "a record number",
    "a telephone number",
)

# Characters that an editor could lose stand here and not in the fixture.
TYPESET = {
    "212\N{NON-BREAKING HYPHEN}555\N{NON-BREAKING HYPHEN}0100": "a telephone number",
    "212\N{EN DASH}555\N{EN DASH}0100": "a telephone number",
    "+44\N{NO-BREAK SPACE}20\N{NO-BREAK SPACE}7946\N{NO-BREAK SPACE}0958": "a telephone number",
    "+33 1\N{NARROW NO-BREAK SPACE}99 00\N{THIN SPACE}12 34": "a telephone number",
    "078\N{EN DASH}05\N{FIGURE DASH}1120": "a social security or national number",
    "MRN\N{NO-BREAK SPACE}0045821": "a record number",
    "Calm\r\nMRN 0045821\r\nSlept well": "a record number",
    "Calm\n\njane@example.org": "an e-mail address",
    "Calm\t212-555-0100\tSlept well": "a telephone number",
    "Slept 23:30\N{EN DASH}06:45, 6\N{EN DASH}7\N{NO-BREAK SPACE}h": None,
    "Phone 10.30\N{EN DASH}11.15": None,
    "PHQ\N{NON-BREAKING HYPHEN}9 14 \N{RIGHTWARDS ARROW} 9 (\N{MINUS SIGN}5)": None,
    "Steps +250 (1000\N{EN DASH}1250), 120/80 \N{MICRO SIGN}g": None,
}


def lines(name: str) -> list[str]:
    text = (FIXTURES / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("# ")]


def refused_notes() -> dict[str, list[str]]:
    """The notes of the fixture by the kind in brackets above them."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in lines("notes_refused.txt"):
        if line.startswith("["):
            kind = line.strip("[]")
        else:
            found[kind].append(line)
    return dict(found)


def misjudged(connection: Connection, expected: dict[str, str | None]) -> list[tuple[Any, ...]]:
    """Note, what it was taken for, what it is: of those that the guard takes for another kind."""
    return connection.execute(
        """
        select note, public.journey_identifier_in(note) as found, kind
        from unnest(%s::text[], %s::text[]) as n (note, kind)
        where public.journey_identifier_in(note) is distinct from kind
        """,
        (list(expected), list(expected.values())),
    ).fetchall()


def test_every_identifier_of_the_fixture_is_refused_by_its_kind(connection: Connection) -> None:
    """S12: e-mails, telephones, SSNs, record numbers and URLs in the writings of many places."""
    notes = refused_notes()
    assert set(notes) == set(KINDS)
    assert sum(map(len, notes.values())) >= 80
    expected: dict[str, str | None] = {note: kind for kind in notes for note in notes[kind]}
    assert len(expected) == sum(map(len, notes.values()))
    assert misjudged(connection, expected) == []


def test_no_ordinary_note_is_refused(connection: Connection) -> None:
    """S12: a guard that cries wolf gets switched off: none of 200 ordinary notes is refused."""
    notes = lines("notes_allowed.txt")
    assert len(set(notes)) == len(notes) >= 200
    assert misjudged(connection, dict.fromkeys(notes)) == []


def test_case_place_and_typesetting_hide_nothing(connection: Connection) -> None:
    """S12: capitals, a sentence around it, line ends, dashes and hard spaces change nothing."""
    assert misjudged(connection, dict(TYPESET)) == []
    notes = refused_notes()
    for change in (
        str.upper,
        lambda note: f"Slept well, {note}",
        lambda note: f"({note}) calm",
        lambda note: "Calm. " * 300 + note,
    ):
        expected: dict[str, str | None] = {
            change(note): kind for kind in notes for note in notes[kind]
        }
        assert misjudged(connection, expected) == []


def test_capitals_and_a_sentence_around_it_raise_no_alarm(connection: Connection) -> None:
    """S12: an ordinary note stays one in capitals, in brackets, after and before another one."""
    notes = lines("notes_allowed.txt")
    for change in (str.upper, str.lower, lambda note: f"({note})", lambda note: f"{note}. Calm."):
        assert misjudged(connection, {change(note): None for note in notes}) == []
    pairs = {f"{one}; {two}": None for one, two in zip(notes, notes[7:], strict=False)}
    assert misjudged(connection, dict(pairs)) == []


@each_table
def test_the_table_itself_refuses_and_takes_them(connection: Connection, table: str) -> None:
    """S12: the guard stands in each table, for the practitioner, and never repeats the text."""
    session = Session().create(connection)
    field = FREE_TEXT[table]
    with acting_as(connection, "authenticated", ALICE):
        for kind, notes in refused_notes().items():
            for note in (notes[0], notes[-1]):
                error = refused(connection, table, session, **{field: note})
                assert error.sqlstate == "23514"
                assert error.diag.message_primary == (
                    f"{field} looks as if it holds {kind}: leave identifiers out of free text"
                )
                told = (error.diag.message_detail, error.diag.message_hint, error.diag.context)
                assert note not in " ".join(filter(None, told))
        for note in lines("notes_allowed.txt"):
            write(connection, table, session, **{field: note})
    assert set(column_of(connection, f"select {field} from public.{table}")) == set(
        lines("notes_allowed.txt")
    )


def test_the_guard_has_the_patterns_of_the_scan(connection: Connection) -> None:
    """S12: they are the same, word for word; who changes one is told to write a migration."""
    source = connection.execute(
        "select prosrc from pg_catalog.pg_proc where proname = 'journey_identifier_in'"
    ).fetchone()
    assert source == (f"\n{guard_sql.body()}\n",)


def test_the_guard_refuses_what_the_scan_finds(connection: Connection) -> None:
    """S12: no more, no less, on every example there is, alone and in company."""
    texts = [text for some in (*TO_FIND.values(), *NEAR_MISSES.values(), ALLOWED) for text in some]
    texts += [f"{one}\n{two}" for one, two in zip(texts, texts[11:], strict=False)]
    kinds = [(kind.refused, set(found(connection, kind, texts))) for kind in RULES if kind.refused]
    first = {text: next((name for name, held in kinds if text in held), None) for text in texts}
    assert misjudged(connection, first) == []
    assert {None, *GUARDED} == set(first.values())


def test_no_text_is_no_identifier(connection: Connection) -> None:
    """S12: NULL and nothing are let in where a note is optional."""
    session = Session().create(connection)
    for note in (None, ""):
        write(connection, "log_pulse_checks", session, notes=note)
        write(connection, "log_integration_sessions", session, session_notes=note)


def test_the_guard_is_quick_on_hostile_text(connection: Connection) -> None:
    """S12: no note that fits makes the guard hang, not the longest of the worst."""
    worst = ["a", "1 ", "12.", "+1 ", "((", "phone ", "0412 34 ", "a.", "a@", "a@a.", "no 1 ", "-"]
    connection.execute(f"set local statement_timeout = '{LIMIT:.0f}s'".encode())
    for text in worst:
        connection.execute("select public.journey_identifier_in(%s)", ((text * 4000)[:4000],))


def test_the_text_guard_reads_its_patterns_its_own_way(connection: Connection) -> None:
    """S12: a caller's setting about backslashes neither opens the guard nor stops every note."""
    session = Session().create(connection)
    connection.execute("set local standard_conforming_strings = off")
    session.pulse_check(connection, notes="slept well")
    with pytest.raises(errors.CheckViolation, match="telephone"), connection.transaction():
        session.pulse_check(connection, notes="phone 555 867 5309")


def test_free_text_is_guarded_on_update(connection: Connection) -> None:
    """S12: notes added later are guarded as those written at once."""
    Session().create(connection).integration_session(connection, "FOLLOW_UP_CALL")
    with pytest.raises(errors.CheckViolation, match="e-mail"):
        connection.execute(
            "update public.log_integration_sessions set session_notes = 'a@example.org'"
        )


def test_a_note_that_is_stored_may_stay(connection: Connection) -> None:
    """S12: one that came in before the guard knew its spelling stops no other change of its row,
    sent alone or with the whole row; it cannot come in again, nor under another key."""
    old, new = "a (at) example.org", "b (at) example.org"
    table = "public.log_integration_sessions"
    Session().create(connection).integration_session(connection, "FOLLOW_UP_CALL")
    connection.execute(f"alter table {table} disable trigger all")
    connection.execute(f"update {table} set session_notes = %s", (old,))
    connection.execute(f"alter table {table} enable always trigger guard_integration_session")
    columns = (
        "integration_session_id, session_id, patient_id, practitioner_id, session_number,"
        " session_date, session_type, completed, session_notes"
    )
    row = connection.execute(f"select {columns} from {table}").fetchone()
    assert row
    upsert = (
        f"insert into {table} ({columns}) values (%s{', %s' * 8})"
        " on conflict (integration_session_id) do update"
        " set completed = true, session_notes = excluded.session_notes"
    )
    update = f"update {table} set session_notes = %s"
    for role in ("authenticated", "service_role"):
        with acting_as(connection, role, ALICE):
            connection.execute(f"update {table} set phq9_score = 4")
            connection.execute(upsert, row)
            for statement, values in (
                (upsert, (*row[:8], new)),
                (upsert, (uuid4(), *row[1:])),
                (update, (new,)),
            ):
                with pytest.raises(errors.CheckViolation), connection.transaction():
                    connection.execute(statement, values)
