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
),

-- The session of rpt_assessment_outcomes, and of those it leaves out the first with a baseline.
one_per_patient as (
    {{ one_per_patient('outcome_windows', ['instrument', 'outcome_window_days'], true) }}
),

final as (
    select
        session_id,
        patient_id,
        instrument,
        outcome_window_days,
        score,
        baseline_score,
        score - baseline_score as change_from_baseline,
        is_eligible
    from one_per_patient
)

select * from final
