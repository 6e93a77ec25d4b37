with sessions as (
    select
        session_id,
        days_run,
        session_date
    from {{ ref('int_journeys') }}
    where {{ is_touched('session_id', of_view=true) }}
),

pulse_days as (
    select
        session_id,
        days_post_session
    from {{ ref('int_journey_pulse_days') }}
    where {{ is_touched('session_id', of_view=true) }}
),

spine as (
    select
        sessions.session_id,
        days.days_post_session,
        {{ days_after('sessions.session_date', 'days.days_post_session') }} as calendar_date
    from sessions
    cross join lateral {{ numbers(0, 'least(sessions.days_run, 180)') }}
        as days (days_post_session)
),

final as (
    select
        spine.session_id,
        spine.days_post_session,
        -- The session's own day may count but is never due.
        spine.days_post_session > 0 as is_due,
        pulse_days.session_id is not null as is_observed,
        spine.calendar_date
    from spine
    left join pulse_days
        on
            spine.session_id = pulse_days.session_id
            and spine.days_post_session = pulse_days.days_post_session
)

select * from final
