"""People whose journeys end by a next session, with entries that go on under the earlier one."""

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


def fill(connection: Connection) -> None:
    """The synthetic cohort; of each session with a next one, entries of days around that one."""
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
