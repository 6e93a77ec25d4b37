with integration_sessions as (
    select
        integration_session_id,
        session_id,
        session_type,
        session_number,
        days_post_session,
        is_completed,
        integration_session_date,
        created_at
    from {{ ref('stg_integration_sessions') }}
    where
        quarantine_reason is null
        and {{ is_touched('session_id', of_view=true) }}
),

session_types as (
    select
        session_type,
        milestone
    from {{ ref('ref_session_types') }}
),

final as (
    select
        integration_sessions.integration_session_id,
        integration_sessions.session_id,
        {{ plain_text('integration_sessions.session_type') }} as milestone_type,
        {{ plain_text('session_types.milestone') }} as milestone_description,
        (
            row_number() over (
                partition by integration_sessions.session_id
                order by
                    integration_sessions.integration_session_date,
                    {{ bytewise('integration_sessions.session_type') }},
                    integration_sessions.session_number,
                    integration_sessions.created_at,
                    integration_sessions.integration_session_id
            )
        )::integer as milestone_number,
        integration_sessions.days_post_session,
        integration_sessions.is_completed as completed,
        integration_sessions.integration_session_date as milestone_date
    from integration_sessions
    inner join session_types on integration_sessions.session_type = session_types.session_type
)

select * from final
