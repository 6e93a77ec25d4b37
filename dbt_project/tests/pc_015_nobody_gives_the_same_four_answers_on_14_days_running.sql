-- Days in a row with the same answers differ from their own number by the same amount.
{{ config(severity='warn') }}

with complete_days as (
    select
        session_id,
        connection_level,
        sleep_quality,
        mood_level,
        energy_level,
        days_post_session,
        days_post_session - row_number() over (
            partition by
                session_id, connection_level, sleep_quality, mood_level, energy_level
            order by days_post_session
        ) as run_of_days
    from {{ ref('int_pulse_days') }}
    where answers_given = 4
)

select session_id
from complete_days
group by
    session_id, connection_level, sleep_quality, mood_level, energy_level, run_of_days
having count(*) >= 14
