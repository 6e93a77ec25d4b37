with session_weeks as (
    select
        session_id,
        rule,
        week_post_session,
        is_flagged,
        chance_pct
    from {{ ref('int_review_weeks') }}
),

sessions as (
    {{ sessions_of_patients(ref('int_sessions')) }}
),

-- Most patients have one session, and nothing to be put together.
weeks_by_patient as (
    select
        session_weeks.rule,
        session_weeks.week_post_session,
        count(*) as sessions_under_watch,
        count(*) filter (where session_weeks.is_flagged) as sessions_flagged,
        sum(session_weeks.chance_pct) as chances_pct
    from session_weeks
    inner join sessions on session_weeks.session_id = sessions.session_id
    where not sessions.is_only_one
    group by session_weeks.rule, session_weeks.week_post_session, sessions.patient_id
    union all
    select
        session_weeks.rule,
        session_weeks.week_post_session,
        1 as sessions_under_watch,
        session_weeks.is_flagged::integer as sessions_flagged,
        session_weeks.chance_pct as chances_pct
    from session_weeks
    inner join sessions on session_weeks.session_id = sessions.session_id
    where sessions.is_only_one
),

final as (
    select
        rule,
        week_post_session,
        count(*)::integer as patients,
        sum(sessions_under_watch)::integer as sessions_under_watch,
        sum(sessions_flagged)::integer as sessions_flagged,
        0.01 * sum(chances_pct) as sessions_flagged_by_chance,
        count(*) filter (where sessions_flagged > 0) as flagged_patients,
        count(*) filter (where sessions_flagged < sessions_under_watch) as unflagged_patients
    from weeks_by_patient
    group by rule, week_post_session
)

select * from final
