with session_weeks as (
    select
        session_id,
        week_post_session,
        due_days,
        observed_days
    from {{ ref('int_session_weeks') }}
),

sessions as (
    select
        session_id,
        patient_id
    from {{ ref('int_sessions') }}
),

last_answers as (
    select
        session_id,
        coalesce(max(case when observed_days > 0 then week_post_session end), -1)
            as last_answered_week
    from session_weeks
    group by session_id
),

-- A journey has come through a week when all its days were due: one that ended before has not, and
-- nobody who can still answer in the week is taken for gone.
reached_weeks as (
    select
        session_id,
        week_post_session
    from session_weeks
    where
        due_days = least(7 * week_post_session + 6, 180) - greatest(7 * week_post_session, 1) + 1
),

-- A patient with two sessions is not two patients, and is there as long as under one of them.
patient_weeks as (
    select
        sessions.patient_id,
        reached_weeks.week_post_session,
        least(max(last_answers.last_answered_week), reached_weeks.week_post_session)
            as last_answered_week
    from reached_weeks
    inner join sessions on reached_weeks.session_id = sessions.session_id
    inner join last_answers on reached_weeks.session_id = last_answers.session_id
    group by sessions.patient_id, reached_weeks.week_post_session
),

final as (
    select
        week_post_session,
        last_answered_week,
        count(*)::integer as patients
    from patient_weeks
    group by week_post_session, last_answered_week
)

select * from final
