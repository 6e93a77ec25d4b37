"""People whose journeys end, with entries that go on afterwards."""

from __future__ import annotations

from database import Connection
from wellness_journey.cohort import seed

# Of sessions that a later one of the patient follows: the days from three before that one on.
_AFTER_THE_NEXT = """
    with followed as (
        select
            session_id, patient_id, practitioner_id, session_date,
            lead(session_date) over (partition by patient_id order by session_date) as next_date,
            row_number() over (order by session_id) as number
        from public.log_sessions
    ),
    days as (
        select
            followed.*,
            next_date + day as entry_date,
            (number * 31 + (day + 3) * 17) %% 5 as drawn
        from followed
        cross join generate_series(-3, 45) as day
        where next_date > session_date and next_date + day >= session_date
        and (number + day) %% 3 <> 0 and next_date + day <= %(as_of)s
    )
"""

# Recorded ends by the number of the session: reason, day, and the hour in which it was written.
_RECORDED = """
    with numbered as (
        select
            session_id, patient_id, practitioner_id, session_date,
            coalesce(
                lead(session_date) over (partition by patient_id order by session_date),
                session_date + 60
            ) as next_date,
            row_number() over (order by session_id) %% 12 as kind
        from public.log_sessions
    )
    insert into public.log_journey_ends
        (session_id, patient_id, practitioner_id, end_type, end_date, created_at)
    select
        session_id, patient_id, practitioner_id, reason, end_date,
        timestamptz '2026-01-01 00:00+00' + hour * interval '1 hour'
    from numbered
    cross join lateral (
        values
        (1, 'DEATH', session_date, 1),
        (2, 'WITHDRAWAL', session_date + 40, 1),
        (3, 'OTHER', greatest(next_date, session_date), 1),
        (4, 'DISCHARGE', next_date + 5, 1),
        (5, 'DISCHARGE', greatest(next_date - 5, session_date), 1),
        -- Corrected to an earlier day; taken back; corrected to a day to come; ended after all.
        (6, 'WITHDRAWAL', session_date + 50, 1), (6, 'DISCHARGE', session_date + 20, 2),
        (7, 'WITHDRAWAL', session_date + 30, 1), (7, 'NOT_ENDED', session_date + 30, 2),
        (8, 'DEATH', session_date, 1), (8, 'DISCHARGE', %(as_of)s + 5, 2),
        (9, 'NOT_ENDED', session_date + 9, 1), (9, 'DEATH', session_date + 9, 2),
        -- Written at once.
        (10, 'DEATH', session_date + 12, 1), (10, 'WITHDRAWAL', session_date + 25, 1),
        (11, 'NOT_ENDED', session_date + 5, 1), (11, 'OTHER', session_date + 12, 1),
        (0, 'OTHER', session_date + 181, 1)
    ) as ends (of_kind, reason, end_date, hour)
    where of_kind = kind
"""


def fill(connection: Connection) -> None:
    """The synthetic cohort; of each session with a next one, entries of days around that one.

    Then ends of most sessions are recorded, of every kind, in the middle of their diaries.
    """
    seed.seed(connection, sessions=60)
    values = {"as_of": seed.SEED_AS_OF}
    with connection.transaction():
        # Two of one day: neither ends the other.
        connection.execute(
            "insert into public.log_sessions "
            "(session_id, patient_id, practitioner_id, session_date) "
            "select md5(session_id::text)::uuid, patient_id, practitioner_id, session_date "
            "from public.log_sessions order by session_id limit 6"
        )
        connection.execute(
            f"{_AFTER_THE_NEXT}"
            "insert into public.log_pulse_checks (session_id, patient_id, practitioner_id, "
            "check_date, connection_level, sleep_quality, mood_level, energy_level) "
            "select session_id, patient_id, practitioner_id, entry_date, 1 + drawn, 1, 2, "
            "nullif(drawn, 0) from days".encode(),
            values,
        )
        for kind, score in (("PHQ9_ASSESSMENT", "phq9_score"), ("INTEGRATION_THERAPY", None)):
            scored, value = (f", {score}", ", 20 + drawn") if score else ("", "")
            connection.execute(
                f"{_AFTER_THE_NEXT}"
                "insert into public.log_integration_sessions (session_id, patient_id, "
                f"practitioner_id, session_number, session_date, session_type, completed{scored}) "
                f"select session_id, patient_id, practitioner_id, 90, entry_date, '{kind}', true"
                f"{value} from days where drawn = 0".encode(),
                values,
            )
        connection.execute(
            f"{_AFTER_THE_NEXT}"
            "insert into public.log_behavioral_changes (session_id, patient_id, practitioner_id, "
            "change_date, change_type, change_description, change_sentiment) "
            "select session_id, patient_id, practitioner_id, entry_date, 'HABIT', 'walks', "
            "'POSITIVE' from days where drawn = 1".encode(),
            values,
        )
        connection.execute(_RECORDED.encode(), values)
