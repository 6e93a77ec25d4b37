with assessment_changes as (
    select
        integration_session_id,
        session_id,
        instrument,
        severity_band,
        response_class,
        remission_class,
        reliable_change_class,
        score,
        baseline_score,
        baseline_days_post_session,
        change_from_baseline,
        days_post_session,
        outcome_window_days,
        is_baseline,
        assessment_date
    from {{ ref('int_assessment_changes') }}
    where {{ is_touched('session_id') }}
)

-- A session's rows lie together, so that a day fetches those of the touched ones alone.
select * from assessment_changes
order by session_id
