"""What the tables take and refuse: free text, days and bounds; known-defects S11, S12, F02."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from database import Connection
from rows import ALICE, Session, acting_as, day
from tables import FREE_TEXT, each_table, refused, write
from waiting import LIMIT

FIXTURES = Path(__file__).parents[1] / "fixtures"
KINDS = (
    "an e-mail address",
    "a web address",
    "a social security number",
    "a record number",
    "a telephone number",
)
# Characters that an editor could lose stand here and not in the fixture.
TYPESET = {
    "212\N{NON-BREAKING HYPHEN}555\N{NON-BREAKING HYPHEN}0100": "a telephone number",
    "212\N{EN DASH}555\N{EN DASH}0100": "a telephone number",
    "+44\N{NO-BREAK SPACE}20\N{NO-BREAK SPACE}7946\N{NO-BREAK SPACE}0958": "a telephone number",
    "+33 1\N{NARROW NO-BREAK SPACE}99 00\N{THIN SPACE}12 34": "a telephone number",
    "078\N{EN DASH}05\N{FIGURE DASH}1120": "a social security number",
    "MRN\N{NO-BREAK SPACE}0045821": "a record number",
    "Calm\r\nMRN 0045821\r\nSlept well": "a record number",
    "Calm\n\njane@example.org": "an e-mail address",
    "Calm\t212-555-0100\tSlept well": "a telephone number",
    "Slept 23:30\N{EN DASH}06:45, 6\N{EN DASH}7\N{NO-BREAK SPACE}h": None,
    "Phone 10.30\N{EN DASH}11.15": None,
    "PHQ\N{NON-BREAKING HYPHEN}9 14 \N{RIGHTWARDS ARROW} 9 (\N{MINUS SIGN}5)": None,
    "Steps +250 (1000\N{EN DASH}1250), 120/80 \N{MICRO SIGN}g": None,
}

zones = pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Auckland"])


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


def column(connection: Connection, query: str) -> list[Any]:
    return [row[0] for row in connection.execute(query.encode())]


# Free text -----------------------------------------------------------------------------------


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
    assert set(column(connection, f"select {field} from public.{table}")) == set(
        lines("notes_allowed.txt")
    )


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


# Bounds --------------------------------------------------------------------------------------


@each_table
def test_length_counts_characters_up_to_the_bound(connection: Connection, table: str) -> None:
    """S11: the bound is in characters, whatever their bytes; one more is refused."""
    session = Session().create(connection)
    field = FREE_TEXT[table]
    most = {"log_pulse_checks": 2000, "log_integration_sessions": 4000}.get(table, 1000)
    for letter in ("x", "µ", "😀"):
        write(connection, table, session, **{field: letter * most})
        error = refused(connection, table, session, **{field: letter * (most + 1)})
        assert error.diag.constraint_name == f"{table}_{field}_length"


@pytest.mark.parametrize("blank", ["", " ", "\n", "\t \r\n"])
def test_a_change_is_described_in_words(connection: Connection, blank: str) -> None:
    """S11: a behavioural change of nothing but white space is refused; one letter is enough."""
    session = Session().create(connection)
    write(connection, "log_behavioral_changes", session, change_description="x")
    error = refused(connection, "log_behavioral_changes", session, change_description=blank)
    assert error.diag.constraint_name == "log_behavioral_changes_change_description_length"


def test_spaces_count_as_length(connection: Connection) -> None:
    """S11: a thousand characters are the bound with the spaces at their ends."""
    session = Session().create(connection)
    error = refused(
        connection, "log_behavioral_changes", session, change_description="x" + " " * 1000
    )
    assert error.diag.constraint_name == "log_behavioral_changes_change_description_length"


@pytest.mark.parametrize(
    ("table", "field", "known"),
    [
        (
            "log_integration_sessions",
            "session_type",
            "PULSE_CHECK PHQ9_ASSESSMENT GAD7_ASSESSMENT WHOQOL_BREF PSQI_ASSESSMENT "
            "INTEGRATION_THERAPY FOLLOW_UP_CALL",
        ),
        (
            "log_behavioral_changes",
            "change_type",
            "RELATIONSHIP HABIT EMPLOYMENT HEALTH SOCIAL CREATIVE OTHER",
        ),
        ("log_behavioral_changes", "change_sentiment", "POSITIVE NEGATIVE NEUTRAL"),
    ],
)
def test_codes_are_exactly_the_known_ones(
    connection: Connection, table: str, field: str, known: str
) -> None:
    """S11: each known code is taken; another case, a space around it or nothing is refused."""
    session = Session().create(connection)
    for code in known.split():
        write(connection, table, session, **{field: code})
        for wrong in (code.lower(), f" {code}", f"{code} ", ""):
            error = refused(connection, table, session, **{field: wrong})
            assert error.diag.constraint_name == f"{table}_{field}_known", wrong
    written = column(connection, f"select distinct {field} from public.{table}")
    assert set(written) >= set(known.split())


@pytest.mark.parametrize(
    ("table", "field"),
    [
        *((table, "created_at") for table in FREE_TEXT),
        ("log_integration_sessions", "updated_at"),
        ("log_integration_sessions", "completed_at"),
    ],
)
def test_times_are_finite(connection: Connection, table: str, field: str) -> None:
    """S11: a trusted writer's times are kept, but infinity is refused by the field's own check."""
    session = Session().create(connection)
    kept = datetime(2025, 3, 2, 4, 5, 6, 789012, UTC)
    write(connection, table, session, **{field: kept})
    assert column(connection, f"select {field} from public.{table}") == [kept]
    for endless in ("infinity", "-infinity"):
        error = refused(connection, table, session, **{field: endless})
        assert error.diag.constraint_name == f"{table}_{field}_finite"


def test_session_numbers_count_from_one_as_far_as_they_go(connection: Connection) -> None:
    """S11: 1 and the largest integer are taken, 0 and less are refused."""
    session = Session().create(connection)
    for number in (1, 2**31 - 1):
        write(connection, "log_integration_sessions", session, session_number=number)
    for number in (0, -1, -(2**31)):
        error = refused(connection, "log_integration_sessions", session, session_number=number)
        assert error.diag.constraint_name == "log_integration_sessions_session_number_positive"


@pytest.mark.parametrize("endless", ["infinity", "-infinity"])
@each_table
def test_nothing_follows_a_session_without_a_day(
    connection: Connection, table: str, endless: str
) -> None:
    """S11: a dosing session at infinity takes no rows, with a message that says why."""
    session = Session().create(connection, endless)
    error = refused(connection, table, session)
    assert (error.sqlstate, error.diag.message_primary) == (
        "23514",
        "the dosing session has no finite session_date",
    )


# Days ----------------------------------------------------------------------------------------

DAYS = [
    # A leap year, from both sides of its day.
    ("2024-02-28", "2024-02-29", 1),
    ("2024-02-28", "2024-03-01", 2),
    ("2024-02-29", "2024-02-28", -1),
    ("2024-02-29", "2024-03-01", 1),
    ("2024-02-29", "2025-02-28", 365),
    ("2024-02-29", "2025-03-01", 366),
    # None; a century that is one and one that is none.
    ("2025-02-28", "2025-03-01", 1),
    ("2000-02-28", "2000-03-01", 2),
    ("1900-02-28", "1900-03-01", 1),
    # The end of a year, of a leap year, and a whole one of each.
    ("2025-12-31", "2026-01-01", 1),
    ("2024-12-31", "2025-01-01", 1),
    ("2024-01-01", "2024-12-31", 365),
    ("2025-01-01", "2025-12-31", 364),
    ("1999-12-31", "2000-01-01", 1),
    # Clocks change: Los Angeles, Auckland.
    ("2025-03-08", "2025-03-10", 2),
    ("2025-03-09", "2025-03-10", 1),
    ("2025-11-01", "2025-11-03", 2),
    ("2025-11-02", "2025-11-03", 1),
    ("2025-04-05", "2025-04-07", 2),
    ("2025-09-27", "2025-09-29", 2),
]


@zones
@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz"])
def test_day_offsets_over_leap_days_year_ends_and_clock_changes(
    connection: Connection, kind: str, zone: str
) -> None:
    """F02, S07: the offset is the calendar's difference, in tables and functions alike."""
    session_date_is(connection, kind)
    connection.execute("select set_config('timezone', %s, true)", (zone,))
    for number, (first, then, offset) in enumerate(DAYS, start=1):
        at: Any = date.fromisoformat(first)
        if kind != "date":
            # The last moment of the day, in UTC.
            at = datetime(at.year, at.month, at.day, 23, 59, 59, 999999)
            at = at.replace(tzinfo=UTC) if kind == "timestamptz" else at
        session = Session(number).create(connection, at)
        session.pulse_check(connection, check_date=then)
        session.change(connection, change_date=then)
        session.integration_session(
            connection, "INTEGRATION_THERAPY", session_date=then, completed=True
        )
        assert offsets(connection, session) == [offset] * 3, (first, then)
        counts = [
            done(connection, session, window) for window in (max(offset, 1), max(offset - 1, 1))
        ]
        inside = int(offset >= 0)
        assert counts == [(inside, inside), (int(0 <= offset <= max(offset - 1, 1)),) * 2]


def session_date_is(connection: Connection, kind: str) -> None:
    """Another application's log_sessions: its session_date is of another type."""
    if kind != "date":
        connection.execute(
            sql.SQL("alter table public.log_sessions alter session_date type {}").format(
                sql.SQL(kind)
            )
        )


def offsets(connection: Connection, session: Session) -> list[int]:
    """Days post session as both tables store them and as the milestones tell them."""
    key = (session.session_id,)
    found = [
        connection.execute(
            f"select days_post_session from public.{table} where session_id = %s".encode(), key
        ).fetchone()
        for table in ("log_pulse_checks", "log_behavioral_changes")
    ]
    with acting_as(connection, "authenticated", ALICE):
        found.append(
            connection.execute(
                "select days_post_session from public.get_integration_milestones(%s)", key
            ).fetchone()
        )
    return [row[0] for row in found if row]


def done(connection: Connection, session: Session, window: int) -> tuple[int, int]:
    """Pulse checks and therapy sessions in the window."""
    with acting_as(connection, "authenticated", ALICE):
        row = connection.execute(
            "select pulse_check_count, integration_session_count "
            "from public.calculate_compliance_score(%s, %s)",
            (session.session_id, window),
        ).fetchone()
    assert row is not None
    return row[0], row[1]


@zones
@pytest.mark.parametrize(
    ("at", "utc_day"),
    [
        ("2025-03-01 00:00:00+00", "2025-03-01"),
        ("2025-02-28 23:59:59.999999+00", "2025-02-28"),
        # Half an hour into the new year there, the old one in UTC, and the other way round.
        ("2025-01-01 00:30:00 Pacific/Auckland", "2024-12-31"),
        ("2024-12-31 16:00:00 America/Los_Angeles", "2025-01-01"),
        ("2024-12-31 15:59:59 America/Los_Angeles", "2024-12-31"),
        # Leap day there, the day after or before it in UTC.
        ("2024-02-29 18:00:00 America/Los_Angeles", "2024-03-01"),
        ("2024-02-29 09:00:00 Pacific/Auckland", "2024-02-28"),
        ("2024-03-01 09:00:00 Pacific/Auckland", "2024-02-29"),
        # Around the hour that does not exist, and the one that comes twice.
        ("2025-03-09 01:59:59 America/Los_Angeles", "2025-03-09"),
        ("2025-03-09 17:00:00 America/Los_Angeles", "2025-03-10"),
        ("2025-03-09 16:59:59 America/Los_Angeles", "2025-03-09"),
        ("2025-11-02 01:30:00 PDT", "2025-11-02"),
        ("2025-11-02 16:00:00 America/Los_Angeles", "2025-11-03"),
        ("2025-11-02 15:59:59 America/Los_Angeles", "2025-11-02"),
        ("2025-04-06 11:59:59 Pacific/Auckland", "2025-04-05"),
        ("2025-04-06 12:00:00 Pacific/Auckland", "2025-04-06"),
        ("2025-09-28 12:59:59 Pacific/Auckland", "2025-09-27"),
        ("2025-09-28 13:00:00 Pacific/Auckland", "2025-09-28"),
    ],
)
def test_a_moment_belongs_to_its_day_in_utc(
    connection: Connection, zone: str, at: str, utc_day: str
) -> None:
    """F02: session_date as timestamptz: its day in UTC is day 0, whoever asks from wherever."""
    session_date_is(connection, "timestamptz")
    connection.execute("select set_config('timezone', %s, true)", (zone,))
    session = Session().create(connection, at)
    session.pulse_check(connection, check_date=utc_day)
    session.change(connection, change_date=utc_day)
    session.integration_session(
        connection, "INTEGRATION_THERAPY", session_date=utc_day, completed=True
    )
    assert offsets(connection, session) == [0, 0, 0]
    assert done(connection, session, 1) == (1, 1)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
@each_table
def test_tomorrow_is_utcs_wherever_the_caller_is(
    connection: Connection, table: str, zone: str
) -> None:
    """S11: the last day taken is tomorrow in UTC, fourteen hours ahead and twelve behind it too."""
    session = Session().create(connection)
    field = {"log_pulse_checks": "check_date", "log_behavioral_changes": "change_date"}.get(
        table, "session_date"
    )
    connection.execute("select set_config('timezone', %s, true)", (zone,))
    tomorrow, later = connection.execute(
        "select (now() at time zone 'UTC')::date + 1, (now() at time zone 'UTC')::date + 2"
    ).fetchone() or (None, None)
    with acting_as(connection, "authenticated", ALICE):
        write(connection, table, session, **{field: tomorrow})
        error = refused(connection, table, session, **{field: later})
    assert (error.sqlstate, error.diag.message_primary) == (
        "23514",
        f"{field} must be between 1900-01-01 and tomorrow (UTC)",
    )


@pytest.mark.parametrize("table", ["log_behavioral_changes", "log_integration_sessions"])
def test_the_first_day_is_the_first_of_1900(connection: Connection, table: str) -> None:
    """S11: 1900-01-01 is taken and the day before it refused; a day that never was is no date."""
    session = Session().create(connection)
    field = {"log_behavioral_changes": "change_date"}.get(table, "session_date")
    write(connection, table, session, **{field: date(1900, 1, 1)})
    assert refused(connection, table, session, **{field: date(1899, 12, 31)}).sqlstate == "23514"
    assert refused(connection, table, session, **{field: "1900-02-29"}).sqlstate == "22008"


def test_a_changed_row_is_dated_by_the_database(connection: Connection) -> None:
    """S07: whatever updated_at a caller brings, an update that changes a value sets it to now."""
    session = Session().create(connection)
    session.integration_session(connection, "FOLLOW_UP_CALL", updated_at="2001-01-01 00:00+00")
    for role in ("authenticated", "service_role"):
        with acting_as(connection, role, ALICE):
            connection.execute(
                "update public.log_integration_sessions "
                "set completed = true, updated_at = '2001-01-01 00:00+00'"
            )
        assert column(
            connection, "select updated_at = now() from public.log_integration_sessions"
        ) == [True], role
    assert (
        day(1) == column(connection, "select session_date from public.log_integration_sessions")[0]
    )


@pytest.mark.parametrize(
    ("table", "field"),
    [("log_pulse_checks", "check_date"), ("log_integration_sessions", "session_date")],
)
def test_a_sessions_window_has_an_index(connection: Connection, table: str, field: str) -> None:
    """Speed: days of one session are found by one index: else the date's joins in, rows of all."""
    found = column(connection, f"select indexdef from pg_indexes where tablename = '{table}'")
    assert any(definition.endswith(f"(session_id, {field})") for definition in found)
