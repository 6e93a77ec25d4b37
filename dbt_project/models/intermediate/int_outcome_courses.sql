with outcome_windows as (
    select
        session_id,
        patient_id,
        instrument,
        response_class,
        outcome_window_days,
        score,
        session_date
    from {{ ref('int_outcome_windows') }}
    where
        is_eligible
        and {{ is_touched('session_id') }}
),

assessments as (
    select
        session_id,
        instrument,
        days_post_session,
        outcome_window_days
    from {{ ref('int_assessment_changes') }}
    where
        outcome_window_days is not null
        and {{ is_touched('session_id') }}
),

ends as (
    select
        session_id,
        ended_days_post_session
    from {{ ref('int_session_ends') }}
    where
        ended_days_post_session is not null
        and {{ is_touched('session_id') }}
),

instruments as (
    select
        instrument,
        caseness_score,
        recall_days
    from {{ ref('ref_instruments') }}
    where response_share is not null
),

windows as (
    select
        window_days,
        first_day,
        last_day
    from {{ ref('ref_outcome_windows') }}
),

-- An earlier score also asks about days before the session. A score from the end of the journey on
-- is of another one, and so is a window that begins then.
judged as (
    select
        outcome_windows.*,
        ends.ended_days_post_session is null
        or windows.first_day < ends.ended_days_post_session as is_followed,
        assessments.days_post_session as score_day,
        assessments.days_post_session is not null
        and outcome_windows.response_class = 'response' as is_response,
        outcome_windows.response_class = 'no_response'
        and outcome_windows.score >= instruments.caseness_score as is_relapse
    from outcome_windows
    inner join instruments on outcome_windows.instrument = instruments.instrument
    inner join windows
        on
            outcome_windows.outcome_window_days = windows.window_days
            and instruments.recall_days < windows.first_day
    left join ends on outcome_windows.session_id = ends.session_id
    left join assessments
        on
            outcome_windows.session_id = assessments.session_id
            and outcome_windows.instrument = assessments.instrument
            and outcome_windows.outcome_window_days = assessments.outcome_window_days
            and assessments.days_post_session
            < coalesce(ends.ended_days_post_session, assessments.days_post_session + 1)
),

first_responses as (
    select
        *,
        min(case when is_response then outcome_window_days end) over journey
            as response_window_days,
        min(case when is_response then score_day end) over journey as response_day
    from judged
    window journey as (partition by session_id, instrument)
),

journeys as (
    select
        session_id,
        patient_id,
        instrument,
        session_date,
        max(response_window_days) as response_window_days,
        max(case when is_followed then outcome_window_days end) as last_window_days,
        min(case when is_relapse and score_day > response_day then score_day - response_day end)
            as days_to_relapse,
        max(case when score_day > response_day then score_day - response_day end) as days_seen
    from first_responses
    group by session_id, patient_id, instrument, session_date
),

-- A missing score counts as no response. It may hide a relapse.
courses as (
    select
        journeys.session_id,
        journeys.patient_id,
        journeys.instrument,
        journeys.session_date,
        events.event,
        events.has_event,
        events.days_followed
    from journeys
    cross join {{ rows_of('event', {
        'response': {
            'has_event': 'journeys.response_window_days is not null',
            'days_followed': 'coalesce(journeys.response_window_days, journeys.last_window_days)',
        },
        'relapse': {
            'has_event': 'journeys.days_to_relapse is not null',
            'days_followed': 'coalesce(journeys.days_to_relapse, journeys.days_seen)',
        },
    }) }} as events
),

final as (
    select
        courses.session_id,
        courses.patient_id,
        courses.instrument,
        courses.event,
        windows.window_days as followed_window_days,
        courses.has_event,
        courses.session_date
    from courses
    left join windows
        on courses.days_followed between windows.first_day and windows.last_day
)

select * from final
