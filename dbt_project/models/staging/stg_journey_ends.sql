with journey_ends as (
    select
        journey_end_id,
        session_id,
        patient_id,
        end_type,
        days_post_session as stored_days_post_session,
        {{ utc_day('end_date') }} as end_date,
        created_at
    from {{ source('operational', 'log_journey_ends') }}
),

sessions as (
    select
        session_id,
        patient_id,
        quarantine_reason,
        session_date
    from {{ ref('stg_sessions') }}
),

renamed as (
    select
        journey_ends.journey_end_id,
        journey_ends.session_id,
        case
            {{ shared_quarantine_reasons('journey_ends', 'end_date') }}
            {{ before_session_reason('journey_ends.end_date', 'sessions.session_date') }}
            {{ unknown_type_reason('journey_ends.end_type', [
                'WITHDRAWAL', 'DISCHARGE', 'DEATH', 'OTHER', 'NOT_ENDED',
            ]) }}
        end as quarantine_reason,
        journey_ends.end_type,
        journey_ends.stored_days_post_session,
        {{ days_between('journey_ends.end_date', 'sessions.session_date') }}
            as days_post_session,
        journey_ends.end_date,
        journey_ends.created_at
    from journey_ends
    left join sessions on journey_ends.session_id = sessions.session_id
)

select * from renamed
