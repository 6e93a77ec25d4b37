with outcome_windows as (
    select
        session_id,
        patient_id,
        instrument,
        outcome_window_days,
        score,
        baseline_score,
        is_eligible,
        session_date
    from {{ ref('int_outcome_windows') }}
    where baseline_score is not null
),

last_window as (
    select max(window_days) as window_days
    from {{ ref('ref_outcome_windows') }}
),

-- Before the last window is over, who has no score may still come back.
complete as (
    select
        session_id,
        patient_id,
        instrument,
        session_date,
        baseline_score,
        is_eligible,
        count(score) > 0 as has_follow_up
    from outcome_windows
    group by session_id, patient_id, instrument, session_date, baseline_score, is_eligible
    having max(outcome_window_days) = (select last_window.window_days from last_window)
),

-- The choice of the session does not depend on a follow-up, because those with one are compared
-- with those without.
ranked as (
    select
        *,
        row_number() over (
            partition by patient_id, instrument
            order by is_eligible desc, session_date asc, session_id asc
        ) as place
    from complete
),

final as (
    select
        session_id,
        patient_id,
        instrument,
        baseline_score,
        has_follow_up
    from ranked
    where place = 1
)

select * from final
