"""Ends of journeys that the invented clinics record, and what they correct of them.

Drawn from a stream of its own, after the diary: an end comes some days after the last answer, so no
other row is another for it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from wellness_journey.cohort.people import Frame, Journey, key

Row = tuple[object, ...]

COLUMNS = "journey_end_id, patient_id, practitioner_id, session_id, end_type, end_date, created_at"


def recorded_ends(rng: random.Random, frame: Frame, journey: Journey, last: int) -> Iterator[Row]:
    """A third of those who stopped answering before day `last` have an end; a few others have one
    that was a mistake."""
    stopped = 1 + max((day for day, share in enumerate(journey.adherence) if share > 0), default=-1)
    day = stopped + 5 + rng.randrange(25)
    drawn, is_corrected = rng.random(), rng.random() < 0.15
    if day <= last and drawn < 0.35:
        yield _end(rng, frame, _reason(rng), day, written=day)
        if is_corrected and day < frame.age:
            yield _end(rng, frame, "WITHDRAWAL", day - 3, written=day + 1)
    elif 10 < last < stopped and drawn > 0.99:
        day = 5 + rng.randrange(last - 9)
        yield _end(rng, frame, "OTHER", day, written=day)
        yield _end(rng, frame, "NOT_ENDED", day, written=day + 1)


def _reason(rng: random.Random) -> str:
    drawn = rng.random()
    if drawn < 0.6:
        return "WITHDRAWAL"
    if drawn < 0.85:
        return "DISCHARGE"
    return "OTHER" if drawn < 0.96 else "DEATH"


def _end(rng: random.Random, frame: Frame, reason: str, day: int, *, written: int) -> Row:
    return (
        *(key(rng), frame.patient, frame.practitioner, frame.session),
        *(reason, frame.date(day)),
        frame.at(written, 9 + rng.randrange(8), rng.randrange(60)),
    )
