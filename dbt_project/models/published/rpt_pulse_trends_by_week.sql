with session_weeks as (
    select
        session_id,
        {%- for metric in pulse_columns() %}
        {{ metric }}_twelfths,
        {{ metric }}_days,
        {%- endfor %}
        week_post_session
    from {{ ref('int_session_weeks') }}
),

sessions as {{ not_kept() }} (
    select
        session_id,
        patient_id,
        count(*) over (partition by patient_id) = 1 as is_only_one
    from {{ ref('dim_sessions') }}
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
    {{ pulse_groups('weeks_by_patient', ['week_post_session']) }}
    union all
    {{ pulse_groups('weeks_of_only_sessions', ['week_post_session']) }}
),

parts as (
    {{ pulse_parts('alike', 'week_post_session') }}
),

across_patients as (
    {{ across_patients(['metric', 'week_post_session'], 'days', 12) }}
),

-- A withheld row stays: absence would tell as much as a number.
spine as (
    select
        metrics.metric,
        periods.week_post_session
    from {{ constants(pulse_columns()) }} as metrics (metric)
    cross join {{ numbers(0, 25) }} as periods (week_post_session)
),

-- The metrics of a week go together, since the composite tells of each question how many at least
-- have answered it. A question that nobody answered is no group.
weeks as (
    select
        spine.metric,
        spine.week_post_session,
        across_patients.patients,
        across_patients.mean,
        across_patients.standard_deviation,
        min(across_patients.patients) over (
            partition by spine.week_post_session
        ) as least_patients
    from spine
    left join across_patients
        on
            spine.metric = across_patients.metric
            and spine.week_post_session = across_patients.week_post_session
),

final as (
    select
        across_patients.metric,
        across_patients.week_post_session,
        {{ trend_columns('across_patients.least_patients') }}
    from weeks as across_patients
    {{ student_t_lookup() }}
)

select * from final
