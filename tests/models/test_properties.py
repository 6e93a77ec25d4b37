"""Random histories: the functions equal the reference, whatever the order, zone and caller.

25 examples a property in `make test`, the same each time; HYPOTHESIS_PROFILE=nightly draws many
and new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

import reference
from database import Connection
from nightly import examples
from rows import ALICE, BOB, Session, acting_as

ASSESSMENTS = {
    "PHQ9_ASSESSMENT": ("phq9_score", 27),
    "GAD7_ASSESSMENT": ("gad7_score", 21),
    "WHOQOL_BREF": ("whoqol_bref_score", 100),
    "PSQI_ASSESSMENT": ("psqi_score", 21),
}
COLUMNS = {
    reference.PulseCheck: (
        "public.log_pulse_checks",
        "pulse_check_id, session_id, check_date, connection_level, sleep_quality, mood_level, "
        "energy_level, created_at",
    ),
    reference.IntegrationSession: (
        "public.log_integration_sessions",
        "integration_session_id, session_id, session_number, session_date, session_type, "
        "completed, phq9_score, gad7_score, whoqol_bref_score, psqi_score, created_at",
    ),
    reference.BehavioralChange: (
        "public.log_behavioral_changes",
        "change_id, session_id, change_type, change_sentiment, change_date, created_at",
    ),
}
ZONES = ("UTC", "America/Los_Angeles", "Pacific/Auckland", "Pacific/Kiritimati", "Etc/GMT+12")
DATE_STYLES = ("ISO, MDY", "SQL, DMY", "German", "Postgres, MDY")

Row = reference.PulseCheck | reference.IntegrationSession | reference.BehavioralChange


@dataclass(frozen=True)
class History:
    """Two dosing sessions of two practitioners, and what was logged after either."""

    session_day: date
    window: int
    rows: tuple[Row, ...]

    @property
    def session(self) -> reference.Session:
        own = Session()
        return reference.Session(*astuple_of(own), self.session_day)

    def of(self, kind: type[Any]) -> list[Any]:
        return [row for row in self.rows if isinstance(row, kind)]

    def compliance(self) -> reference.Compliance:
        checks, others = self.of(reference.PulseCheck), self.of(reference.IntegrationSession)
        return reference.compliance(self.session, checks, others, self.window)


def astuple_of(session: Session) -> tuple[UUID, UUID, UUID]:
    return session.session_id, session.practitioner_id, session.patient_id


NEW_KEY, LATER = UUID(int=1 << 120), datetime(2025, 7, 2, tzinfo=UTC)
OWN, FOREIGN = Session(1, ALICE), Session(2, BOB)
ids = st.integers(1, 2**128 - 1).map(lambda number: UUID(int=number))
answers = st.none() | st.integers(1, 5)
# Few different times: ties are what an order is for.
times = st.integers(0, 1).map(lambda hour: datetime(2025, 7, 1, hour, tzinfo=UTC))
days = st.dates(date(1999, 12, 1), date(2025, 12, 31)) | st.sampled_from(
    [date(2024, 2, 28), date(2024, 2, 29), date(2024, 12, 31), date(2025, 3, 9), date(2025, 9, 28)]
)
windows = st.sampled_from([1, 6, 7, 8, 29, 30, 31, 90, 180, 3650]) | st.integers(1, 60)
offsets = st.integers(-1, 8) | st.integers(-1, 70)


@st.composite
def pulse_checks(draw: st.DrawFn, day_0: date, session: UUID) -> reference.PulseCheck:
    given_answers = draw(st.tuples(answers, answers, answers, answers).filter(any))
    at = day_0 + timedelta(draw(offsets))
    return reference.PulseCheck(draw(ids), session, at, *given_answers, draw(times))


@st.composite
def integration_sessions(
    draw: st.DrawFn, day_0: date, session: UUID
) -> reference.IntegrationSession:
    at = day_0 + timedelta(draw(offsets | st.integers(-40, 40)))
    scores = [draw(st.none() | st.integers(0, most)) for _, most in ASSESSMENTS.values()]
    return reference.IntegrationSession(
        draw(ids),
        session,
        draw(st.integers(1, 3)),
        at,
        draw(st.sampled_from(sorted(reference.DESCRIPTIONS))),
        draw(st.booleans()),
        *scores,
        draw(times),
    )


@st.composite
def changes(draw: st.DrawFn, day_0: date, session: UUID) -> reference.BehavioralChange:
    return reference.BehavioralChange(
        draw(ids),
        session,
        draw(st.sampled_from(["HABIT", "HABIT", "OTHER", "HEALTH"])),
        draw(st.sampled_from(["POSITIVE", "POSITIVE", "NEGATIVE", "NEUTRAL"])),
        day_0 + timedelta(draw(st.integers(0, 2) | offsets)),
        draw(times),
    )


@st.composite
def histories(draw: st.DrawFn) -> History:
    day_0 = draw(days)
    rows: list[Row] = []
    for session, most in ((OWN, 40), (FOREIGN, 4)):
        for one in (pulse_checks, integration_sessions, changes):
            least = draw(st.sampled_from([0, 0, most // 3]))
            rows += draw(st.lists(one(day_0, session.session_id), min_size=least, max_size=most))
    keys = [astuple(row)[0] for row in rows]
    if len(set(keys)) < len(keys):
        rows = [replace_key(row, UUID(int=number)) for number, row in enumerate(rows, start=1)]
    return History(day_0, draw(windows), tuple(rows))


def replace_key(row: Row, key: UUID) -> Row:
    name = next(iter(row.__dataclass_fields__))
    return replace(row, **{name: key})


@contextmanager
def written(
    connection: Connection, history: History, rows: Sequence[Row] | None = None
) -> Iterator[None]:
    """The history in the database, in the order of `rows`; gone at the end."""
    with connection.transaction(force_rollback=True):
        for session in (OWN, FOREIGN):
            session.create(connection, history.session_day)
        add(connection, history.rows if rows is None else rows)
        yield


def add(connection: Connection, rows: Sequence[Row]) -> None:
    for kind, (table, names) in COLUMNS.items():
        extra = ", change_description" if kind is reference.BehavioralChange else ""
        statement = f"copy {table} (patient_id, practitioner_id, {names}{extra}) from stdin"
        with connection.cursor().copy(statement.encode()) as copy:
            for row in rows:
                if isinstance(row, kind):
                    of = OWN if row.session_id == OWN.session_id else FOREIGN
                    text = [described(row)] if isinstance(row, reference.BehavioralChange) else []
                    copy.write_row([of.patient_id, of.practitioner_id, *astuple(row), *text])


def described(change: reference.BehavioralChange) -> str:
    # Letters only: no number in it, no alarm.
    return "change " + str(change.change_id).translate(str.maketrans("0123456789-", "ghijklmnopq"))


def answer(
    connection: Connection, history: History, role: str = "authenticated"
) -> tuple[list[tuple[Any, ...]], ...]:
    """All rows of the three functions, as a caller who may see them."""
    key = OWN.session_id
    with acting_as(connection, role, ALICE if role == "authenticated" else None):
        return tuple(
            connection.execute(f"select * from public.{call}".encode(), values).fetchall()
            for call, values in (
                ("calculate_compliance_score(%s, %s)", (key, history.window)),
                ("get_integration_milestones(%s)", (key,)),
                ("get_behavioral_changes_summary(%s)", (key,)),
            )
        )


def score(connection: Connection, history: History) -> tuple[Any, ...]:
    with acting_as(connection, "authenticated", ALICE):
        row = connection.execute(
            "select * from public.calculate_compliance_score(%s, %s)",
            (OWN.session_id, history.window),
        ).fetchone()
    assert row is not None
    return row


@examples
@given(history=histories())
def test_functions_equal_the_reference(connection: Connection, history: History) -> None:
    """F01 to F10: score, timeline and summary are the definitions', in plain Python, row by row."""
    own_changes = [
        change
        for change in history.of(reference.BehavioralChange)
        if change.session_id == OWN.session_id and change.change_sentiment == "POSITIVE"
    ]
    own_changes.sort(key=lambda change: str(change.change_id))
    own_changes.sort(key=lambda change: (change.change_date, change.created_at), reverse=True)
    summary = [
        (kind, count, [described(c) for c in own_changes if c.change_type == kind])
        for kind, count in reference.behavior_summary(history.session, own_changes)
    ]
    timeline = reference.milestones(history.session, history.of(reference.IntegrationSession))
    with written(connection, history):
        found = answer(connection, history)
        for window in (1, 6, 7, 8, 30, 31, history.window):
            of_window = replace(history, window=window)
            assert score(connection, of_window) == astuple(of_window.compliance())
    assert found[1] == timeline
    assert found[2] == summary


@examples
@given(history=histories())
def test_stored_days_equal_the_reference(connection: Connection, history: History) -> None:
    """S07: days_post_session is the difference of the calendar, in every row."""
    dated = {reference.PulseCheck: "check_date", reference.BehavioralChange: "change_date"}
    with written(connection, history):
        for kind, field in dated.items():
            table, names = COLUMNS[kind]
            key = names.split(",")[0]
            stored = dict(
                connection.execute(f"select {key}, days_post_session from {table}".encode())
            )
            assert stored == {
                astuple(row)[0]: (getattr(row, field) - history.session_day).days
                for row in history.of(kind)
            }


@examples
@given(history=histories(), order=st.randoms(use_true_random=False))
def test_the_order_of_insertion_does_not_matter(
    connection: Connection, history: History, order: Any
) -> None:
    """F10: the same rows in another order give the same answer, ties included."""
    shuffled = list(history.rows)
    order.shuffle(shuffled)
    with written(connection, history):
        first = answer(connection, history)
    with written(connection, history, shuffled):
        second = answer(connection, history)
    assert first == second


@examples
@given(
    history=histories(),
    writer=st.sampled_from(ZONES),
    reader=st.sampled_from(ZONES),
    style=st.sampled_from(DATE_STYLES),
    role=st.sampled_from(["service_role", "journey_pipeline"]),
)
def test_the_callers_zone_style_and_role_do_not_matter(
    connection: Connection, history: History, writer: str, reader: str, style: str, role: str
) -> None:
    """F02, S03: whoever may ask, from wherever, gets the same answer as in UTC."""
    with written(connection, history):
        expected = answer(connection, history)
    set_zone = "select set_config('timezone', %s, true), set_config('datestyle', %s, true)"
    with connection.transaction(force_rollback=True):
        connection.execute(set_zone, (writer, "ISO, MDY"))
        with written(connection, history):
            connection.execute(set_zone, (reader, style))
            assert answer(connection, history) == expected
            assert answer(connection, history, role) == expected


def completed_pulse_check(at: date) -> Row:
    return reference.PulseCheck(
        UUID(int=1 << 120),
        OWN.session_id,
        at,
        None,
        None,
        None,
        1,
        datetime(2025, 7, 2, tzinfo=UTC),
    )


def completed_session(kind: str, completed: bool = True) -> Callable[[date], Row]:
    def make(at: date) -> Row:
        own = [
            most if not completed and kind == name else None
            for name, (_, most) in ASSESSMENTS.items()
        ]
        return reference.IntegrationSession(
            NEW_KEY,
            OWN.session_id,
            9,
            at,
            kind,
            completed,
            *own,
            LATER,
        )

    return make


# What counts, with the column of its count; an assessment also by its own score alone.
COUNTS: list[tuple[Callable[[date], Row], int]] = [
    (completed_pulse_check, 0),
    *((completed_session(kind), 2) for kind in ASSESSMENTS),
    *((completed_session(kind, completed=False), 2) for kind in ASSESSMENTS),
    (completed_session("INTEGRATION_THERAPY"), 4),
]


@examples
@given(history=histories(), place=st.floats(0, 1))
def test_a_completed_row_never_lowers_the_score(
    connection: Connection, history: History, place: float
) -> None:
    """F04 to F07: 0 to 100 throughout; done once more inside the window, nothing falls."""
    # Not beyond today: nothing may be dated more than a day ahead.
    at = history.session_day + timedelta(round(place * history.window))
    at = min(at, datetime.now(UTC).date())
    taken = any(
        check.check_date == at and check.session_id == OWN.session_id
        for check in history.of(reference.PulseCheck)
    )
    with written(connection, history):
        before = score(connection, history)
        for make, column in COUNTS:
            with connection.transaction(force_rollback=True):
                add(connection, [make(at)])
                after = score(connection, history)
            for found in (before, after):
                assert all(0 <= share <= 100 for share in (found[1], found[3], found[5], found[6]))
            assert all(old <= new for old, new in zip(before, after, strict=True))
            assert after[column] == before[column] + (0 if column == 0 and taken else 1)


@examples
@given(history=histories(), what=st.sampled_from(COUNTS), beyond=st.integers(1, 400))
def test_a_row_outside_the_window_changes_no_score(
    connection: Connection, history: History, what: tuple[Callable[[date], Row], int], beyond: int
) -> None:
    """F04: what was done before day 0 or after the window's last day does not count."""
    make, column = what
    last = history.session_day + timedelta(history.window)
    earlier = history.session_day - timedelta(1 if column == 0 else beyond)
    outside = [earlier, last + timedelta(beyond)]
    with written(connection, history):
        before = score(connection, history)
        for at in outside:
            if at <= datetime.now(UTC).date():
                with connection.transaction(force_rollback=True):
                    add(connection, [make(at)])
                    assert score(connection, history) == before


# Free text -----------------------------------------------------------------------------------

number = st.integers(0, 20000).map(str)
small = st.integers(1, 9).map(str)
two = st.integers(10, 99).map(str)
blood_pressure = st.builds("{}/{}".format, st.integers(90, 190), st.integers(50, 120))
dates_of_notes = st.tuples(
    days, st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%y", "%m-%d-%Y", "%B %d, %Y", "%d %b"])
).map(lambda pair: pair[0].strftime(pair[1]))
clock = st.builds(
    "{}{}{:02d}".format, st.integers(0, 23), st.sampled_from(":."), st.integers(0, 59)
)
snippets = st.one_of(
    st.builds("PHQ-9 {} -> {}".format, two, small),
    st.builds("GAD-7 +{} ({}-{})".format, small, two, two),
    st.builds("BP {} then {}".format, blood_pressure, blood_pressure),
    st.builds("pulse {}-{}".format, two, two),
    st.builds("steps {}, {}, {}".format, number, number, number),
    st.builds("steps +{} ({}-{})".format, number, number, number),
    st.builds("{}-{} steps a day".format, number, number),
    st.builds("{} mg at {}".format, number, clock),
    st.builds("{}.5 µg/kg, {} ml".format, small, number),
    st.builds("phone {} {}".format, dates_of_notes, clock),
    st.builds("phone call {}-{}".format, clock, clock),
    st.builds("slept {}-{} h, {}-{}".format, small, small, clock, clock),
    st.builds("seen {}".format, dates_of_notes),
    st.builds("from {} to {}".format, dates_of_notes, dates_of_notes),
    st.builds("session #{} in room {}".format, small, two),
    st.builds("{}-{}-{} breathing".format, small, small, small),
    st.builds("{} % of {}".format, two, number),
    st.builds("weight {}.{} kg (-{}.{})".format, two, small, small, small),
    st.builds("ratio {}:{}".format, small, small),
)
fillers = st.text(st.sampled_from("x ,.;:()/-+#%\n"), max_size=4)
digits = st.integers(0, 9).map(str)
formats = st.sampled_from(
    [
        ("a telephone number", "+44 20 7946 0###"),
        ("a telephone number", "+49 (0)30 23125 ###"),
        ("a telephone number", "+1 (212) 555-01##"),
        ("a telephone number", "(212) 555-01##"),
        ("a telephone number", "212.555.01##"),
        ("a telephone number", "07700 900###"),
        ("a telephone number", "0491 570 ###"),
        ("a telephone number", "tel. ###-##-##"),
        ("a record number", "MRN 1######"),
        ("a record number", "patient ID: 2####"),
        ("a record number", "Chart no. 3####"),
        ("an e-mail address", "p###@example.org"),
        ("a web address", "https://example.org/###"),
    ]
)


def kind_of(connection: Connection, text: str) -> Any:
    row = connection.execute("select public.journey_identifier_in(%s)", (text,)).fetchone()
    return row and row[0]


@examples
@given(text=st.lists(snippets, min_size=1, max_size=6).map("; ".join))
def test_numbers_of_everyday_notes_raise_no_alarm(connection: Connection, text: str) -> None:
    """S12: doses, vitals, scores, dates, times and steps in any numbers are no identifiers."""
    assert kind_of(connection, text) is None


@examples
@given(
    wanted=formats,
    drawn=st.lists(digits, min_size=8, max_size=8),
    before=st.lists(snippets, max_size=2).map("; ".join),
    after=st.lists(snippets, max_size=2).map("; ".join),
)
def test_an_identifier_among_everyday_numbers_is_found(
    connection: Connection, wanted: tuple[str, str], drawn: list[str], before: str, after: str
) -> None:
    """S12: whatever its digits and whatever stands around it, a number in a known writing goes."""
    kind, text = wanted
    for digit in drawn:
        text = text.replace("#", digit, 1)
    assert kind_of(connection, f"{before}; {text}; {after}") == kind
