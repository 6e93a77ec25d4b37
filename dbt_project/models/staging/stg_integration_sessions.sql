with integration_sessions as (
    select
        integration_session_id,
        session_id,
        patient_id,
        session_number,
        session_type,
        phq9_score,
        gad7_score,
        whoqol_bref_score,
        psqi_score,
        completed as is_completed,
        {{ utc_day('session_date') }} as integration_session_date,
        completed_at,
        created_at
    from {{ source('operational', 'log_integration_sessions') }}
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
        integration_sessions.integration_session_id,
        integration_sessions.session_id,
        case
            {{ shared_quarantine_reasons('integration_sessions', 'integration_session_date') }}
            when
                integration_sessions.session_type is null
                or integration_sessions.session_type not in (
                    'PULSE_CHECK', 'PHQ9_ASSESSMENT', 'GAD7_ASSESSMENT', 'WHOQOL_BREF',
                    'PSQI_ASSESSMENT', 'INTEGRATION_THERAPY', 'FOLLOW_UP_CALL'
                )
                then 'unknown_type'
            when
                integration_sessions.phq9_score not between 0 and 27
                or integration_sessions.gad7_score not between 0 and 21
                or integration_sessions.whoqol_bref_score not between 0 and 100
                or integration_sessions.psqi_score not between 0 and 21
                then 'score_out_of_range'
        end as quarantine_reason,
        integration_sessions.session_type,
        integration_sessions.session_number,
        integration_sessions.phq9_score,
        integration_sessions.gad7_score,
        integration_sessions.whoqol_bref_score,
        integration_sessions.psqi_score,
        {{ days_between('integration_sessions.integration_session_date', 'sessions.session_date') }}
            as days_post_session,
        integration_sessions.is_completed,
        integration_sessions.integration_session_date,
        integration_sessions.completed_at,
        integration_sessions.created_at
    from integration_sessions
    left join sessions on integration_sessions.session_id = sessions.session_id
)

select * from renamed
