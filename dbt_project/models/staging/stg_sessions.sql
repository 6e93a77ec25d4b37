with sessions as (
    select
        session_id,
        practitioner_id,
        patient_id,
        {{ utc_day('session_date') }} as session_date,
        created_at
    from {{ source('operational', 'log_sessions') }}
),

renamed as (
    select
        session_id,
        practitioner_id,
        patient_id,
        case
            {{ no_day_reason('session_date') }}
            when patient_id is null then 'no_patient'
            {%- if not is_adopted() %}
            when practitioner_id is null then 'no_practitioner'
            {%- endif %}
            {{ after_as_of_reason('session_date') }}
        end as quarantine_reason,
        session_date,
        created_at
    from sessions
)

select * from renamed
