with sessions as (
    select
        session_id,
        practitioner_id,
        patient_id,
        session_date
    from {{ ref('int_sessions') }}
    where {{ is_touched('session_id') }}
),

assessments as (
    select
        session_id,
        instrument,
        response_class,
        remission_class,
        reliable_change_class,
        score,
        outcome_window_days,
        is_baseline
    from {{ ref('int_assessment_changes') }}
    where
        (is_baseline or outcome_window_days is not null)
        and {{ is_touched('session_id') }}
),

instruments as (
    select
        instrument,
        caseness_score,
        first_outcome_window_days
    from {{ ref('ref_instruments') }}
),

outcome_windows as (
    select
        window_days,
        last_day
    from {{ ref('ref_outcome_windows') }}
),

-- Only windows that are over: in an open one the early scores stand for all, and may be replaced.
closed as (
    select
        sessions.*,
        instruments.instrument,
        instruments.caseness_score,
        outcome_windows.window_days as outcome_window_days
    from instruments
    inner join outcome_windows
        on instruments.first_outcome_window_days <= outcome_windows.window_days
    inner join sessions
        on outcome_windows.last_day <= {{ days_between(as_of(), 'sessions.session_date') }}
),

final as (
    select
        closed.session_id,
        closed.practitioner_id,
        closed.patient_id,
        closed.instrument,
        outcomes.response_class,
        outcomes.remission_class,
        outcomes.reliable_change_class,
        closed.outcome_window_days,
        outcomes.score,
        baselines.score as baseline_score,
        coalesce(baselines.score >= closed.caseness_score, false) as is_eligible,
        closed.session_date
    from closed
    left join assessments as baselines
        on
            closed.session_id = baselines.session_id
            and closed.instrument = baselines.instrument
            and baselines.is_baseline
    left join assessments as outcomes
        on
            closed.session_id = outcomes.session_id
            and closed.instrument = outcomes.instrument
            and closed.outcome_window_days = outcomes.outcome_window_days
)

select * from final
