"""When a journey ends, once more in plain Python: see `reference`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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


def ends(sessions: Sequence[Session]) -> dict[Id, End]:
    """Return, of the sessions seen, the end of each that has one.

    A session ends on the day of the patient's next one. Two of one day do not end each other.
    """
    found = {}
    for session in sessions:
        later = [
            other.session_day
            for other in sessions
            if key_text(other.patient_id) == key_text(session.patient_id)
            and other.session_day > session.session_day
        ]
        if later:
            day = (min(later) - session.session_day).days
            found[session.session_id] = End(day, "next_session")
    return found


def last_day(end: End | None, days_so_far: int) -> int:
    """Return the last day of the journey that has come, of 0 to 180."""
    last = min(days_so_far, LAST_JOURNEY_DAY)
    return last if end is None else min(last, end.last_journey_day)


def journey_days(days: Iterable[PulseDay], end: End | None) -> list[PulseDay]:
    """Return the observed days that are days of the journey."""
    last = last_day(end, LAST_JOURNEY_DAY)
    return [row for row in days if 0 <= row.days_post_session <= last]
