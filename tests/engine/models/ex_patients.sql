{{ config(
    materialized='by_key',
    schema='marts',
    grants={'select': ['journey_restricted']},
    indexes=[{'columns': ['patient_id']}],
    meta={'key': 'patient_id', 'announces': ['cohort_month'], 'moves_until': 210},
) }}

-- A patient's cohort is the month of their latest session.
select
    sessions.patient_id,
    count(distinct sessions.session_id) as sessions,
    coalesce(sum(pulse_days.mood_level), 0) as mood_points,
    least(min({{ as_of() }} - sessions.session_date), 210) as days_elapsed,
    date_trunc('month', max(sessions.session_date))::date as cohort_month
from {{ ref('ex_sessions') }} as sessions
left join {{ ref('int_pulse_days') }} as pulse_days
    on sessions.session_id = pulse_days.session_id
where {{ is_touched('sessions.patient_id') }}
group by sessions.patient_id
