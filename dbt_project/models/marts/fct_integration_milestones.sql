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

described as (
    select
        *,
        case session_type
            when 'PULSE_CHECK' then 'Daily Pulse Check'
            when 'PHQ9_ASSESSMENT' then 'PHQ-9 Assessment'
            when 'GAD7_ASSESSMENT' then 'GAD-7 Assessment'
            when 'WHOQOL_BREF' then 'Quality of Life Assessment'
            when 'PSQI_ASSESSMENT' then 'Sleep Quality Assessment'
            when 'INTEGRATION_THERAPY' then 'Integration Therapy Session'
            when 'FOLLOW_UP_CALL' then 'Follow-up Call'
        end as milestone_description
    from integration_sessions
),

final as (
    select
        integration_session_id,
        session_id,
        {{ plain_text('session_type') }} as milestone_type,
        {{ plain_text('milestone_description') }} as milestone_description,
        (
            row_number() over (
                partition by session_id
                order by
                    integration_session_date,
                    {{ bytewise('session_type') }},
                    session_number,
                    created_at,
                    integration_session_id
            )
        )::integer as milestone_number,
        days_post_session,
        is_completed as completed,
        integration_session_date as milestone_date
    from described
)

select * from final
