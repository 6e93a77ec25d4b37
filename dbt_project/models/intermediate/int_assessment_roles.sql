with assessments as (
    select
        integration_session_id,
        session_id,
        instrument,
        score,
        days_post_session,
        assessment_date,
        created_at
    from {{ ref('int_assessments') }}
),

instruments as (
    select
        instrument,
        first_outcome_window_days
    from {{ ref('ref_instruments') }}
),

outcome_windows as (
    select
        window_days,
        first_day,
        last_day
    from {{ ref('ref_outcome_windows') }}
),

-- A baseline is the last score up to the session's own day; one older than 90 days says nothing
-- about it. Of a window the score nearest to its target counts: a diligent person is not counted
-- twice.
ranked as (
    select
        assessments.*,
        outcome_windows.window_days,
        row_number() over (
            partition by
                assessments.session_id,
                assessments.instrument,
                assessments.score is not null
                and assessments.days_post_session between -90 and 0
            order by
                assessments.days_post_session desc,
                assessments.created_at desc,
                assessments.integration_session_id asc
        ) as baseline_place,
        row_number() over (
            partition by
                assessments.session_id,
                assessments.instrument,
                outcome_windows.window_days,
                assessments.score is null
            order by
                abs(assessments.days_post_session - outcome_windows.window_days) asc,
                assessments.days_post_session asc,
                assessments.created_at desc,
                assessments.integration_session_id asc
        ) as window_place
    from assessments
    inner join instruments on assessments.instrument = instruments.instrument
    left join outcome_windows
        on
            assessments.days_post_session
            between outcome_windows.first_day and outcome_windows.last_day
            and instruments.first_outcome_window_days <= outcome_windows.window_days
),

final as (
    select
        integration_session_id,
        session_id,
        instrument,
        score,
        days_post_session,
        case when score is not null and window_place = 1 then window_days end
            as outcome_window_days,
        score is not null and days_post_session between -90 and 0 and baseline_place = 1
            as is_baseline,
        assessment_date,
        created_at
    from ranked
)

select * from final
