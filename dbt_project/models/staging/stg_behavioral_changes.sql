-- The description is free text: it stays in the operational table.
with behavioral_changes as (
    select
        change_id,
        session_id,
        patient_id,
        change_type,
        change_sentiment,
        days_post_session as stored_days_post_session,
        {{ utc_day('change_date') }} as change_date,
        created_at
    from {{ source('operational', 'log_behavioral_changes') }}
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
        behavioral_changes.change_id,
        behavioral_changes.session_id,
        case
            {{ shared_quarantine_reasons('behavioral_changes', 'change_date') }}
            {{ unknown_type_reason('behavioral_changes.change_type', [
                'RELATIONSHIP', 'HABIT', 'EMPLOYMENT', 'HEALTH', 'SOCIAL', 'CREATIVE', 'OTHER',
            ]) }}
            when
                behavioral_changes.change_sentiment is null
                or behavioral_changes.change_sentiment not in ('POSITIVE', 'NEGATIVE', 'NEUTRAL')
                then 'unknown_sentiment'
        end as quarantine_reason,
        behavioral_changes.change_type,
        behavioral_changes.change_sentiment,
        behavioral_changes.stored_days_post_session,
        {{ days_between('behavioral_changes.change_date', 'sessions.session_date') }}
            as days_post_session,
        behavioral_changes.change_date,
        behavioral_changes.created_at
    from behavioral_changes
    left join sessions on behavioral_changes.session_id = sessions.session_id
)

select * from renamed
