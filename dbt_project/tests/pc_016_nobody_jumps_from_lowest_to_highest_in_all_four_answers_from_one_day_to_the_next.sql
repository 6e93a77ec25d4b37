{{ config(severity='warn') }}

with pulse_days as (
    select
        session_id,
        days_post_session,
        least({{ answer_columns() | join(', ') }}) as lowest,
        greatest({{ answer_columns() | join(', ') }}) as highest
    from {{ ref('int_pulse_days') }}
    where answers_given = {{ answer_columns() | length }}
)

select today.session_id
from pulse_days as today
inner join pulse_days as day_before
    on
        today.session_id = day_before.session_id
        and today.days_post_session = day_before.days_post_session + 1
where
    (today.lowest = 5 and day_before.highest = 1)
    or (today.highest = 1 and day_before.lowest = 5)
