-- Nothing is due under a session from the day on which the patient's next one begins.
with sessions as (
    select session_id
    from {{ ref('int_sessions') }}
    where {{ is_touched('session_id') }}
),

next_sessions as (
    select
        session_id,
        next_session_days_post_session
    from {{ ref('int_next_sessions') }}
    where {{ is_touched('session_id') }}
),

ends as (
    select
        sessions.session_id,
        case
            when next_sessions.next_session_days_post_session is not null then 'next_session'
        end as end_reason,
        next_sessions.next_session_days_post_session as ended_days_post_session
    from sessions
    left join next_sessions on sessions.session_id = next_sessions.session_id
),

-- The session's own day belongs to its journey in any case.
final as (
    select
        session_id,
        end_reason,
        ended_days_post_session,
        case
            when ended_days_post_session is not null then greatest(ended_days_post_session - 1, 0)
        end as last_day_before_end
    from ends
)

select * from final
