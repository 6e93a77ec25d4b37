-- The days elapsed move for every session.
{{ config(meta={'moves_with_as_of': true}) }}

with sessions as (
    select
        session_id,
        practitioner_id,
        patient_id,
        session_date
    from {{ ref('stg_sessions') }}
    where
        quarantine_reason is null
        and {{ is_touched('session_id', of_view=true) }}
),

elapsed as (
    select
        session_id,
        practitioner_id,
        patient_id,
        {{ days_between(as_of(), 'session_date') }} as days_elapsed,
        session_date
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
        {{ days_after('session_date', '1 - extract(day from session_date)::integer') }}
            as cohort_month
    from elapsed
)

select * from final
