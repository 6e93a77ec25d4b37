-- No column moves with the day of reference, so that what is kept by session may read it.
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

final as (
    select
        session_id,
        practitioner_id,
        patient_id,
        session_date,
        {{ days_after('session_date', '1 - extract(day from session_date)::integer') }}
            as cohort_month
    from sessions
)

select * from final
