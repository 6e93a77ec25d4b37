with sessions as (
    select
        session_id,
        {{ days_between(as_of(), 'session_date') }} as days_elapsed,
        session_date
    from {{ ref('int_sessions') }}
    where {{ is_touched('session_id') }}
),

pulse_days as (
    select
        session_id,
        days_post_session
    from {{ ref('int_pulse_days') }}
    where {{ is_touched('session_id') }}
),

spine as (
    select
        sessions.session_id,
        days.days_post_session,
        {{ days_after('sessions.session_date', 'days.days_post_session') }} as calendar_date
    from sessions
    cross join lateral {{ numbers(0, 'least(sessions.days_elapsed, 180)') }}
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
