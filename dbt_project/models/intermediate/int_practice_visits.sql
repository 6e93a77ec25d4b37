with integration_sessions as (
    select
        integration_session_id,
        session_id,
        session_type,
        session_number,
        {{ score_columns().values() | join(',\n        ') }},
        days_post_session,
        is_completed,
        integration_session_date,
        {{ utc_day('completed_at') }} as completed_date,
        {{ utc_day('created_at') }} as written_date
    from {{ ref('stg_integration_sessions') }}
    where
        coalesce(quarantine_reason, 'session_set_aside') = 'session_set_aside'
        and integration_session_date <= {{ as_of() }}
        and {{ is_touched('session_id', of_view=true) }}
),

sessions as (
    select
        session_id,
        practice_id
    from {{ ref('int_practice_sessions') }}
    where {{ is_touched('session_id') }}
),

session_types as (
    select
        session_type,
        instrument
    from {{ ref('ref_session_types') }}
),

final as (
    select
        integration_sessions.integration_session_id,
        integration_sessions.session_id,
        sessions.practice_id,
        integration_sessions.session_type,
        session_types.instrument,
        integration_sessions.session_number,
        case session_types.instrument
            {%- for instrument, score in score_columns().items() %}
            when '{{ instrument }}' then integration_sessions.{{ score }}
            {%- endfor %}
        end as score,
        integration_sessions.days_post_session,
        integration_sessions.is_completed,
        integration_sessions.integration_session_date as visit_date,
        integration_sessions.completed_date,
        integration_sessions.written_date
    from integration_sessions
    inner join sessions on integration_sessions.session_id = sessions.session_id
    left join session_types
        on integration_sessions.session_type = session_types.session_type
)

select * from final
