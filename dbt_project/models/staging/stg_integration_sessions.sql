with integration_sessions as (
    select
        integration_session_id,
        session_id,
        patient_id,
        session_number,
        session_type,
        {{ score_columns().values() | join(',\n        ') }},
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

session_types as (
    select session_type
    from {{ ref('ref_session_types') }}
),

bounds as (
    {{ score_bounds(ref('ref_instruments')) }}
),

renamed as (
    select
        integration_sessions.integration_session_id,
        integration_sessions.session_id,
        case
            {{ shared_quarantine_reasons('integration_sessions', 'integration_session_date') }}
            {{ unknown_type_reason('session_types.session_type') }}
            {{ score_out_of_range_reason(bounds_of_scores('integration_sessions', 'bounds')) }}
        end as quarantine_reason,
        integration_sessions.session_type,
        integration_sessions.session_number,
        {{ whole_scores('integration_sessions') }},
        {{ days_between('integration_sessions.integration_session_date', 'sessions.session_date') }}
            as days_post_session,
        integration_sessions.is_completed,
        integration_sessions.integration_session_date,
        integration_sessions.completed_at,
        integration_sessions.created_at
    from integration_sessions
    cross join bounds
    left join sessions on integration_sessions.session_id = sessions.session_id
    left join session_types on integration_sessions.session_type = session_types.session_type
)

select * from renamed
