-- Days in a row with the same answers differ from their own number by the same amount.
{{ config(severity='warn') }}

with complete_days as (
    select
        session_id,
        {{ answer_columns() | join(',\n        ') }},
        days_post_session,
        days_post_session - row_number() over (
            partition by
                session_id, {{ answer_columns() | join(', ') }}
            order by days_post_session
        ) as run_of_days
    from {{ ref('int_pulse_days') }}
    where answers_given = {{ answer_columns() | length }}
)

select session_id
from complete_days
group by
    session_id, {{ answer_columns() | join(', ') }}, run_of_days
having count(*) >= 14
