with integration_sessions as (
    select
        integration_session_id,
        session_id,
        session_type,
        {{ score_columns().values() | join(',\n        ') }},
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
        instrument
    from {{ ref('ref_session_types') }}
    where instrument is not null
),

-- A row counts by its own instrument's score; another's says nothing about it.
with_own_score as (
    select
        integration_sessions.*,
        session_types.instrument,
        case session_types.instrument
            {%- for instrument, score in score_columns().items() %}
            when '{{ instrument }}' then integration_sessions.{{ score }}
            {%- endfor %}
        end as score
    from integration_sessions
    inner join session_types on integration_sessions.session_type = session_types.session_type
),

final as (
    select
        integration_session_id,
        session_id,
        instrument,
        score,
        days_post_session,
        is_completed,
        integration_session_date as assessment_date,
        created_at
    from with_own_score
    where is_completed or score is not null
)

-- A session's rows lie together, so that a day fetches those of the touched ones alone.
select * from final
order by session_id
