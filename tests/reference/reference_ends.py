"""When a journey ends, once more in plain Python: see `reference`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from reference import LAST_JOURNEY_DAY, Id, PulseDay, Session, key_text


@dataclass(frozen=True)
class End:
    """The day from which nothing is due, counted from the session's own day, and why."""

    day: int
    reason: str

    @property
    def last_journey_day(self) -> int:
        """The day before it; the session's own day belongs to the journey in any case."""
        return max(self.day - 1, 0)


Ends = Mapping[Id, End]


@dataclass(frozen=True)
class RecordedEnd:
    """A row of log_journey_ends, whatever its day."""

    journey_end_id: Id
    session_id: Id
    end_type: str
    end_date: date
    created_at: datetime


def ends(
    sessions: Sequence[Session], recorded: Sequence[RecordedEnd], as_of: date
) -> dict[Id, End]:
    """Return, of the sessions seen, the end of each that has one.

    A session ends on its recorded day, or on the day of the patient's next one if that is earlier.
    Two of one day do not end each other.
    """
    rows = defaultdict(list)
    for row in recorded:
        rows[row.session_id].append(row)
    found = {}
    for session in sessions:
        candidates = []
        end = _recorded(session, rows[session.session_id], as_of)
        if end is not None:
            candidates.append(end)
        later = [
            other.session_day
            for other in sessions
            if key_text(other.patient_id) == key_text(session.patient_id)
            and other.session_day > session.session_day
        ]
        if later:
            candidates.append(End((min(later) - session.session_day).days, "next_session"))
        if candidates:
            # Of equal days the first: the recorded one.
            found[session.session_id] = min(candidates, key=lambda end: end.day)
    return found


def _recorded(session: Session, rows: Sequence[RecordedEnd], as_of: date) -> End | None:
    """Return the recorded end of a session: what the row written last says.

    Of rows written at once, one that takes an end back, then the latest day, then the smallest key.
    """
    possible = [row for row in rows if row.end_date >= session.session_day]
    if not possible:
        return None
    written = max(row.created_at for row in possible)
    last = min(
        (row for row in possible if row.created_at == written),
        key=lambda row: (
            row.end_type != "NOT_ENDED",
            -row.end_date.toordinal(),
            key_text(row.journey_end_id),
        ),
    )
    if last.end_type == "NOT_ENDED" or last.end_date > as_of:
        return None
    return End((last.end_date - session.session_day).days, last.end_type.lower())


def last_day(end: End | None, days_so_far: int) -> int:
    """Return the last day of the journey that has come, of 0 to 180."""
    last = min(days_so_far, LAST_JOURNEY_DAY)
    return last if end is None else min(last, end.last_journey_day)


def journey_days(days: Iterable[PulseDay], end: End | None) -> list[PulseDay]:
    """Return the observed days that are days of the journey."""
    last = last_day(end, LAST_JOURNEY_DAY)
    return [row for row in days if 0 <= row.days_post_session <= last]
