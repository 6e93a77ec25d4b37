-- The days elapsed move for every session.
{{ config(meta={'moves_with_as_of': true}) }}

with sessions as (
    select
        session_id,
        practitioner_id,
        patient_id,
        session_date,
        cohort_month
    from {{ ref('int_sessions') }}
    where {{ is_touched('session_id') }}
),

elapsed as (
    select
        *,
        {{ days_between(as_of(), 'session_date') }} as days_elapsed
    from sessions
),

final as (
    select
        session_id,
        practitioner_id,
        patient_id,
        case when days_elapsed <= 180 then 'active' else 'complete' end as state,
        days_elapsed,
        session_date,
        cohort_month
    from elapsed
)

select * from final
