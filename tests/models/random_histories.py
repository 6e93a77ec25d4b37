"""Random histories of one session, drawn then written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

import reference
from database import Connection
from rows import ALICE, BOB, Session

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


number = st.integers(0, 20000).map(str)
