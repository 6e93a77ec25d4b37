with integration_sessions as (
    select
        integration_session_id,
        session_id,
        session_type,
        phq9_score,
        gad7_score,
        whoqol_bref_score,
        psqi_score,
        days_post_session,
        is_completed,
        integration_session_date,
        created_at
    from {{ ref('stg_integration_sessions') }}
    where
        quarantine_reason is null
        and {{ is_touched('session_id', of_view=true) }}
),

-- A row counts by its own instrument's score; another's says nothing about it.
with_own_score as (
    select
        integration_session_id,
        session_id,
        case session_type
            when 'PHQ9_ASSESSMENT' then 'PHQ-9'
            when 'GAD7_ASSESSMENT' then 'GAD-7'
            when 'WHOQOL_BREF' then 'WHOQOL-BREF'
            when 'PSQI_ASSESSMENT' then 'PSQI'
        end as instrument,
        case session_type
            when 'PHQ9_ASSESSMENT' then phq9_score
            when 'GAD7_ASSESSMENT' then gad7_score
            when 'WHOQOL_BREF' then whoqol_bref_score
            when 'PSQI_ASSESSMENT' then psqi_score
        end as score,
        days_post_session,
        is_completed,
        integration_session_date,
        created_at
    from integration_sessions
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
    where
        instrument is not null
        and (is_completed or score is not null)
)

-- A session's rows lie together, so that a day fetches those of the touched ones alone.
select * from final
order by session_id
