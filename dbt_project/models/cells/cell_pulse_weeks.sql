with session_weeks as (
    select *
    from {{ ref('int_session_weeks') }}
),

sessions as {{ not_kept() }} (
    {{ sessions_of_patients(ref('int_sessions')) }}
),

-- One value per person first: a patient with two sessions is not two patients.
weeks_by_patient as (
    select
        sessions.patient_id,
        session_weeks.week_post_session,
        {{ pulse_sums('session_weeks') }}
    from session_weeks
    inner join sessions on session_weeks.session_id = sessions.session_id
    where not sessions.is_only_one
    group by sessions.patient_id, session_weeks.week_post_session
),

-- Most patients have one session, and nothing to be put together.
weeks_of_only_sessions as (
    select session_weeks.*
    from session_weeks
    inner join sessions on session_weeks.session_id = sessions.session_id
    where sessions.is_only_one
),

-- Patients with as many observed days each: a sum of their means needs no division yet.
alike as (
    {{ pulse_groups(['weeks_by_patient', 'weeks_of_only_sessions'], ['week_post_session']) }}
),

parts as (
    {{ pulse_parts('alike', 'week_post_session') }}
),

across_patients as (
    {{ across_patients('parts', ['metric', 'week_post_session'], 'days', twelfths()) }}
),

final as (
    select
        across_patients.metric,
        across_patients.week_post_session,
        {{ mean_figures('across_patients') }}
    from across_patients
    {{ student_t_lookup('across_patients') }}
)

select * from final
