with sessions as (
    select
        session_id,
        {{ days_between(as_of(), 'session_date') }} as days_elapsed,
        session_date
    from {{ ref('int_sessions') }}
),

ends as (
    select
        session_id,
        last_day_before_end
    from {{ ref('int_session_ends') }}
),

final as (
    select
        sessions.session_id,
        least(
            sessions.days_elapsed, coalesce(ends.last_day_before_end, sessions.days_elapsed)
        ) as days_run,
        sessions.session_date
    from sessions
    left join ends on sessions.session_id = ends.session_id
)

select * from final
