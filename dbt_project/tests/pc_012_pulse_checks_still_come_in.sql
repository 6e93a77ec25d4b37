-- While a journey runs, no more than three days pass without any pulse check. A feed that died stays red
-- when all journeys are over: they went on for two weeks without one. Of the sessions the source is asked,
-- so that one that is set aside still counts.
{{ config(severity='warn') }}

with newest as (
    select max(check_date) as check_date
    from {{ ref('stg_pulse_checks') }}
    where quarantine_reason is null
),

sessions as (
    select
        session_id,
        {{ utc_day('session_date') }} as first_day,
        least({{ utc_day('session_date') }} + 180, {{ as_of() }}) as last_day
    from {{ source('operational', 'log_sessions') }}
),

-- An ended journey asks for no more answers.
silences as (
    select
        sessions.last_day - greatest(sessions.first_day, newest.check_date) as days,
        sessions.last_day = {{ as_of() }} as is_under_way
    from sessions
    cross join newest
    left join {{ ref('int_session_ends') }} as ends on sessions.session_id = ends.session_id
    where ends.ended_days_post_session is null
)

select 1 as broken
from silences
having
    coalesce(max(days) filter (where is_under_way) > 3, false)
    or coalesce(max(days) filter (where not is_under_way) > 14, false)
