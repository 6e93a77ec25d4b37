{{ config(
    materialized='by_key',
    schema='marts',
    grants={'select': ['journey_restricted']},
    indexes=[{'columns': ['cohort_month']}],
    meta={'key': 'cohort_month', 'moves_until': 0},
) }}

-- It reads the days themselves, too, which know no cohort: the announcement stands for both.
with patients as (
    select *
    from {{ ref('ex_patients') }}
    where {{ is_touched('cohort_month') }}
),

answers as (
    select
        sessions.patient_id,
        count(*) as answered_days
    from {{ ref('ex_sessions') }} as sessions
    inner join {{ ref('int_pulse_days') }} as pulse_days
        on sessions.session_id = pulse_days.session_id
    group by sessions.patient_id
)

select
    patients.cohort_month,
    count(*) as patients,
    sum(patients.sessions) as sessions,
    sum(patients.mood_points) as mood_points,
    sum(patients.days_elapsed) as days_elapsed,
    coalesce(sum(answers.answered_days), 0) as answered_days
from patients
left join answers on patients.patient_id = answers.patient_id
group by patients.cohort_month
