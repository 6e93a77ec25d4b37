-- Nothing is due under a session from its recorded end, or from the day on which the patient's next
-- one begins, whichever comes first.
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

recorded_ends as (
    select
        session_id,
        recorded_reason,
        ended_days_post_session
    from {{ ref('int_recorded_ends') }}
    where
        ended_days_post_session is not null
        and {{ is_touched('session_id') }}
),

-- On the same day the recorded reason says more.
ends as (
    select
        sessions.session_id,
        recorded_ends.recorded_reason,
        recorded_ends.ended_days_post_session as recorded_days,
        next_sessions.next_session_days_post_session as next_session_days,
        coalesce(
            recorded_ends.ended_days_post_session <= next_sessions.next_session_days_post_session,
            recorded_ends.session_id is not null
        ) as is_recorded
    from sessions
    left join next_sessions on sessions.session_id = next_sessions.session_id
    left join recorded_ends on sessions.session_id = recorded_ends.session_id
),

first_ends as (
    select
        session_id,
        case
            when is_recorded then recorded_reason
            when next_session_days is not null then 'next_session'
        end as end_reason,
        case when is_recorded then recorded_days else next_session_days end
            as ended_days_post_session
    from ends
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
    from first_ends
)

select * from final
