with session_weeks as (
    select
        session_id,
        week_post_session,
        due_days,
        observed_days
    from {{ ref('int_session_weeks') }}
    where due_days > 0
),

sessions as {{ not_kept() }} (
    {{ sessions_of_patients(ref('int_sessions')) }}
),

-- Most patients have one session, and nothing to be put together.
weeks_by_patient as (
    select
        session_weeks.week_post_session,
        sum(session_weeks.due_days) as expected_days,
        sum(session_weeks.observed_days) as observed_days
    from session_weeks
    inner join sessions on session_weeks.session_id = sessions.session_id
    where not sessions.is_only_one
    group by session_weeks.week_post_session, sessions.patient_id
    union all
    select
        session_weeks.week_post_session,
        session_weeks.due_days as expected_days,
        session_weeks.observed_days
    from session_weeks
    inner join sessions on session_weeks.session_id = sessions.session_id
    where sessions.is_only_one
),

final as (
    select
        week_post_session,
        count(*)::integer as patients,
        sum(expected_days)::integer as expected_days,
        sum(observed_days)::integer as observed_days,
        sum(expected_days - observed_days)::integer as missed_days,
        count(*) filter (
            where observed_days between 1 and expected_days - 1
        ) as partly_observed_patients
    from weeks_by_patient
    group by week_post_session
)

select * from final
