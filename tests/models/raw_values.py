"""What people answered on the days of a journey, from the raw rows."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import numpy as np

from cohorts import Cohort

METRICS = ("connection", "sleep", "mood", "energy", "composite")
# One check a day: the most complete, then the latest, then the smallest id.
CHECKS = """
select distinct on (session_id, check_date)
    session_id,
    check_date - session_date as day,
    connection_level, sleep_quality, mood_level, energy_level
from public.log_pulse_checks
inner join public.log_sessions using (session_id)
where check_date - session_date between 0 and 180 and check_date <= %s
order by
    session_id, check_date,
    num_nonnulls(connection_level, sleep_quality, mood_level, energy_level) desc,
    log_pulse_checks.created_at desc, pulse_check_id
"""


def journey_values(cohort: Cohort) -> Iterator[tuple[UUID, int, str, float]]:
    """Session, day after it, metric and value, in the order of days; none after a journey's end."""
    for session_id, day, *levels in cohort.rows(CHECKS, cohort.as_of):
        end = cohort.ends.get(session_id)
        if end and day > end.last_journey_day:
            continue
        given = [level for level in levels if level is not None]
        mean = np.mean(given) if len(given) >= 3 else None
        for metric, value in zip(METRICS, [*levels, mean], strict=True):
            if value is not None:
                yield session_id, day, metric, float(value)
