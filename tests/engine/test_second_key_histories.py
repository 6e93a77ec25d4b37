"""Random histories in random batches: tables by another key are what a full refresh makes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from database import Connection
from example_models import STEPS, equals_full_refresh, run, whole
from nightly import in_nightly
from rows import Session, day
from wellness_journey.database.settings import Target


@dataclass(frozen=True)
class Write:
    """A transaction of the clinic's: what it does to which of six sessions of three patients."""

    number: int
    kind: str
    offset: int
    patient: int

    def __call__(self, database: Connection) -> None:
        # What the tables refuse did not happen.
        with suppress(psycopg.Error), database.transaction():
            getattr(self, self.kind)(database)

    @property
    def session(self) -> Session:
        return Session(self.number, patient=self.number % 3 + 1)

    def create(self, database: Connection) -> None:
        self.session.create(database, day(self.offset))

    def delete(self, database: Connection) -> None:
        database.execute(
            "delete from public.log_sessions where session_id = %s", (self.session.session_id,)
        )

    def move(self, database: Connection) -> None:
        database.execute(
            "update public.log_sessions set session_date = %s, patient_id = %s "
            "where session_id = %s",
            (day(self.offset), Session(patient=self.patient).patient_id, self.session.session_id),
        )

    def check(self, database: Connection) -> None:
        database.execute(
            "insert into public.log_pulse_checks "
            "(session_id, patient_id, practitioner_id, check_date, mood_level) "
            "select session_id, patient_id, practitioner_id, %s, %s "
            "from public.log_sessions where session_id = %s",
            (day(self.offset), self.patient, self.session.session_id),
        )


@dataclass(frozen=True)
class Run:
    """A run of one step or of all for a day, or one step built whole."""

    as_of: int
    step: str | None
    is_full: bool

    def __call__(self, project: Path, target: Target) -> None:
        select = ("--select", "stg_sessions", "stg_pulse_checks", self.step) if self.step else ()
        run(project, target, day(self.as_of), *select, *["--full-refresh"] * self.is_full)


writes = st.builds(
    Write,
    st.integers(1, 6),
    st.sampled_from(["create", "create", "delete", "move", "check", "check"]),
    st.integers(-5, 240),
    st.integers(1, 3),
)
# Around the day on which a patient stops moving, and any.
days = st.one_of(st.sampled_from([209, 210, 211]), st.integers(-10, 300))
runs = st.builds(Run, days, st.sampled_from([None, None, *STEPS]), st.booleans())
batches = st.lists(st.tuples(st.lists(writes, max_size=8), runs), min_size=2, max_size=6)


@in_nightly
@settings(
    max_examples=200,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
@given(batches=batches, last=st.lists(writes, max_size=6), as_of=days)
def test_any_history_in_any_batches(
    project: Path,
    target: Target,
    database: Connection,
    batches: Sequence[tuple[Sequence[Write], Run]],
    last: Sequence[Write],
    as_of: int,
) -> None:
    """Written, moved to other patients, deleted, run for whatever day, in part, in any order."""
    assume(any(some for some, _ in batches))
    for some, then in batches:
        for write in some:
            write(database)
        then(project, target)
    for write in last:
        write(database)
    whole(project, target, day(as_of))
    equals_full_refresh(project, target, database, day(as_of))
