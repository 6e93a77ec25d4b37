"""Random histories in random batches: tables are what a full refresh makes of the last one."""

# One in `make test`, the same each time: every run of the models takes seconds.
# HYPOTHESIS_PROFILE=nightly draws many and new ones.

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from database import Connection
from increments import dump, run, versions, whole
from nightly import NIGHTLY, examples
from rows import ALICE, BOB, Session, day
from wellness_journey.database.settings import Target
from wellness_journey.errors import TransformError

MODELS = (
    "staging",
    "seeds",
    "int_sessions",
    "int_next_sessions",
    "int_recorded_ends",
    "int_session_ends",
    "int_pulse_days",
    "int_assessments",
    "dim_sessions",
    "int_session_weeks",
    "int_slope_lines",
    "int_slope_errors",
    "int_session_slopes",
    "int_review_spans",
    "int_review_weeks",
    "int_behavior_memory",
    "int_behavior_differences",
    "int_behavior_tests",
    "fct_pulse_days",
    "fct_session_compliance",
    "fct_session_trends",
    "fct_assessments",
    "fct_review_flags",
    "fct_integration_milestones",
    "fct_behavioral_changes",
    "cross_checks",
    "published",
)
numbers = st.integers(1, 5)
offsets = st.integers(-1, 220)
# Around the days on which journeys end, and any.
days = st.one_of(st.sampled_from([0, 29, 30, 179, 180, 181, 182]), st.integers(-20, 250))


@dataclass(frozen=True)
class Write:
    """A transaction of the clinic's: what it does to which of five sessions of three patients."""

    number: int
    kind: str
    offset: int
    more: int

    def __call__(self, target: Target, database: Connection) -> None:
        # What the tables refuse is no part of the history.
        with suppress(psycopg.Error), database.transaction():
            getattr(self, self.kind)(database)

    @property
    def session(self) -> Session:
        return Session(self.number, (ALICE, BOB)[self.number % 2], self.number % 3 + 1)

    def _there(self, database: Connection) -> Session:
        """The session with the patient that it has by now."""
        session = self.session
        row = database.execute(
            "select patient_id from public.log_sessions where session_id = %s",
            (session.session_id,),
        ).fetchone()
        if row is None:
            return session.create(database, day(0))
        session.patient_id = row[0]
        return session

    def create(self, database: Connection) -> None:
        self.session.create(database, day(self.offset // 4))

    def delete(self, database: Connection) -> None:
        database.execute(
            "delete from public.log_sessions where session_id = %s", (self.session.session_id,)
        )

    def move(self, database: Connection) -> None:
        database.execute(
            "update public.log_sessions set session_date = %s, patient_id = %s "
            "where session_id = %s",
            (
                day(self.offset // 2),
                Session(9, patient=self.more % 3 + 1).patient_id,
                self.session.session_id,
            ),
        )

    def check(self, database: Connection) -> None:
        self._there(database).pulse_check(
            database, self.offset, mood_level=self.more % 5 + 1, created_at=str(day(self.more))
        )

    def diary(self, database: Connection) -> None:
        """Every day for a while, and what goes along with it every other week."""
        session = self._there(database)
        for offset in range(self.offset, self.offset + 5 * self.more):
            mood = 1 + (offset * self.more) % 5
            session.pulse_check(database, offset, mood_level=mood, sleep_quality=3, energy_level=2)
            if offset % 14 == 0:
                session.change(database, "HABIT", offset)

    def plan(self, database: Connection) -> None:
        session, kinds = self._there(database), ("PHQ9_ASSESSMENT", "INTEGRATION_THERAPY")
        session.integration_session(database, kinds[self.more % 2], self.offset)

    def complete(self, database: Connection) -> None:
        database.execute(
            "update public.log_integration_sessions set completed = true, "
            "phq9_score = case when session_type = 'PHQ9_ASSESSMENT' then %s::integer end "
            "where session_id = %s and session_date >= %s",
            (self.more % 28, self.session.session_id, day(self.offset - 60)),
        )

    def change(self, database: Connection) -> None:
        sentiment = ("POSITIVE", "NEGATIVE")[self.more % 2]
        self._there(database).change(database, "SOCIAL", self.offset, change_sentiment=sentiment)

    def end(self, database: Connection) -> None:
        reason = ("WITHDRAWAL", "DEATH", "NOT_ENDED")[self.more % 3]
        self._there(database).end(
            database, self.offset, end_type=reason, created_at=str(day(self.more // 3))
        )


@dataclass(frozen=True)
class Run:
    """A run of some models, or of all, for a day; perhaps its connections are cut in the middle."""

    as_of: int
    models: frozenset[str]
    cut_after_ms: int | None

    def __call__(self, target: Target, database: Connection) -> None:
        select = ("--select", *sorted(self.models)) if self.models else ()
        select = tuple("path:dbt_project/seeds" if name == "seeds" else name for name in select)
        cut = threading.Timer((self.cut_after_ms or 0) / 1000, _cut, [database])
        if self.cut_after_ms:
            cut.start()
        with suppress(TransformError):
            run(target, day(self.as_of), *select)
        cut.cancel()
        cut.join() if self.cut_after_ms else None


def _cut(database: Connection) -> None:
    database.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and application_name = 'journey dbt'"
    )


writes = st.builds(
    Write,
    numbers,
    st.sampled_from(
        ["create", "delete", "move", "check", "diary", "diary", "plan", "complete", "change", "end"]
    ),
    offsets,
    st.integers(0, 30),
)
runs = st.builds(
    Run,
    days,
    st.one_of(st.just(frozenset()), st.frozensets(st.sampled_from(MODELS), min_size=1)),
    st.one_of(st.none(), st.integers(300, 2500)),
)
batches = st.lists(st.tuples(st.lists(writes, max_size=8), runs), min_size=1, max_size=4)


@settings(
    examples,
    max_examples=200 if NIGHTLY else 1,
    suppress_health_check=list(HealthCheck),
)
@given(batches=batches, last=st.lists(writes, max_size=6), as_of=days)
def test_any_history_in_any_batches(
    target: Target,
    database: Connection,
    batches: Sequence[tuple[Sequence[Write], Run]],
    last: Sequence[Write],
    as_of: int,
) -> None:
    """Written, changed, deleted, run for whatever day, in part, cut off and run again: the tables
    of the last run equal a full refresh byte for byte, and running again changes nothing."""
    # The first that is drawn is that nothing ever happens: tables without rows, time and again.
    assume(any(some for some, _ in batches))
    for some, then in batches:
        for write in some:
            write(target, database)
        then(target, database)
    for write in last:
        write(target, database)
    whole(target, day(as_of))
    found, written = dump(database), versions(database)
    whole(target, day(as_of))
    assert dump(database) == found
    assert versions(database) == written
    whole(target, day(as_of), "--full-refresh")
    assert dump(database) == found
