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
    where {{ is_touched('session_id') }}
),

instruments as (
    select
        instrument,
        is_higher_better,
        caseness_score,
        reliable_change,
        response_share,
        remission_score,
        first_outcome_window_days
    from {{ ref('ref_instruments') }}
),

severity_bands as (
    select
        instrument,
        band,
        lowest_score,
        highest_score
    from {{ ref('ref_severity_bands') }}
),

outcome_windows as (
    select
        window_days,
        first_day,
        last_day
    from {{ ref('ref_outcome_windows') }}
),

-- The last score up to the session's own day; an older one than 90 days says nothing about it.
ranked_baselines as (
    select
        *,
        row_number() over (
            partition by session_id, instrument
            order by days_post_session desc, created_at desc, integration_session_id asc
        ) as place
    from assessments
    where
        score is not null
        and days_post_session between -90 and 0
),

baselines as (
    select
        integration_session_id,
        session_id,
        instrument,
        score,
        days_post_session
    from ranked_baselines
    where place = 1
),

-- One score a window, the nearest to its target: a diligent person is not counted twice.
ranked_outcomes as (
    select
        assessments.integration_session_id,
        outcome_windows.window_days,
        row_number() over (
            partition by
                assessments.session_id, assessments.instrument, outcome_windows.window_days
            order by
                abs(assessments.days_post_session - outcome_windows.window_days) asc,
                assessments.days_post_session asc,
                assessments.created_at desc,
                assessments.integration_session_id asc
        ) as place
    from assessments
    inner join instruments on assessments.instrument = instruments.instrument
    inner join outcome_windows
        on
            assessments.days_post_session
            between outcome_windows.first_day and outcome_windows.last_day
            and instruments.first_outcome_window_days <= outcome_windows.window_days
    where assessments.score is not null
),

outcomes as (
    select
        integration_session_id,
        window_days
    from ranked_outcomes
    where place = 1
),

compared as (
    select
        assessments.*,
        severity_bands.band as severity_band,
        baselines.score as baseline_score,
        baselines.days_post_session as baseline_days_post_session,
        assessments.score - baselines.score as change_from_baseline,
        case when instruments.is_higher_better then 1 else -1 end
        * (assessments.score - baselines.score) as points_better,
        outcomes.window_days as outcome_window_days,
        assessments.days_post_session > 0 as is_follow_up,
        coalesce(assessments.integration_session_id = baselines.integration_session_id, false)
            as is_baseline,
        instruments.caseness_score,
        instruments.reliable_change,
        instruments.response_share,
        instruments.remission_score
    from assessments
    inner join instruments on assessments.instrument = instruments.instrument
    left join severity_bands
        on
            assessments.instrument = severity_bands.instrument
            and assessments.score
            between severity_bands.lowest_score and severity_bands.highest_score
    left join baselines
        on
            assessments.session_id = baselines.session_id
            and assessments.instrument = baselines.instrument
    left join outcomes
        on assessments.integration_session_id = outcomes.integration_session_id
),

final as (
    select
        integration_session_id,
        session_id,
        instrument,
        severity_band,
        case
            when not is_follow_up then 'not_follow_up'
            when response_share is null then 'not_defined'
            when score is null then 'no_score'
            when baseline_score is null then 'no_baseline'
            when baseline_score < caseness_score then 'not_eligible'
            when score <= baseline_score * (1 - response_share) then 'response'
            else 'no_response'
        end as response_class,
        case
            when not is_follow_up then 'not_follow_up'
            when remission_score is null then 'not_defined'
            when score is null then 'no_score'
            when baseline_score is null then 'no_baseline'
            when baseline_score < caseness_score then 'not_eligible'
            when score <= remission_score then 'remission'
            else 'no_remission'
        end as remission_class,
        case
            when not is_follow_up then 'not_follow_up'
            when points_better >= reliable_change then 'reliable_improvement'
            when points_better <= -reliable_change then 'reliable_deterioration'
            when points_better is null or reliable_change is null then 'not_computable'
            else 'no_reliable_change'
        end as reliable_change_class,
        score,
        baseline_score,
        baseline_days_post_session,
        change_from_baseline,
        days_post_session,
        outcome_window_days,
        is_baseline,
        assessment_date
    from compared
)

-- A session's rows lie together, so that a day fetches those of the touched ones alone.
select * from final
order by session_id
