with outcome_windows as (
    select
        session_id,
        patient_id,
        instrument,
        response_class,
        outcome_window_days,
        score,
        baseline_score,
        is_eligible,
        session_date
    from {{ ref('int_outcome_windows') }}
),

patient_groups as (
    select
        patient_id,
        patient_group
    from {{ ref('int_patient_groups') }}
),

-- A group is there as soon as the window of one of its patients is over, with a score or without.
reached as (
    select
        outcome_windows.instrument,
        patient_groups.patient_group,
        outcome_windows.outcome_window_days,
        count(distinct outcome_windows.patient_id)::integer as reached_patients
    from outcome_windows
    inner join patient_groups on outcome_windows.patient_id = patient_groups.patient_id
    group by
        outcome_windows.instrument,
        patient_groups.patient_group,
        outcome_windows.outcome_window_days
),

-- The session of rpt_assessment_outcomes.
one_per_patient as (
    {{ one_per_patient('outcome_windows', ['instrument', 'outcome_window_days']) }}
),

judged as (
    select
        one_per_patient.*,
        patient_groups.patient_group,
        one_per_patient.score - one_per_patient.baseline_score as change_from_baseline
    from one_per_patient
    inner join patient_groups on one_per_patient.patient_id = patient_groups.patient_id
),

across_patients as (
    select
        instrument,
        patient_group,
        outcome_window_days,
        count(change_from_baseline)::integer as patients,
        avg(baseline_score) filter (where change_from_baseline is not null) as baseline_mean,
        avg(change_from_baseline) as mean,
        stddev_samp(change_from_baseline) as standard_deviation,
        (count(score) filter (where is_eligible))::integer as eligible_observed,
        (count(*) filter (where response_class = 'response'))::integer as responders
    from judged
    group by instrument, patient_group, outcome_window_days
),

final as (
    select
        reached.instrument,
        reached.patient_group,
        reached.outcome_window_days,
        reached.reached_patients,
        coalesce(across_patients.patients, 0) as patients,
        {{ round_once('across_patients.baseline_mean', 12) }} as baseline_mean,
        {{ round_once('across_patients.mean', 12) }} as mean,
        {{ round_once('across_patients.standard_deviation', 12) }} as standard_deviation,
        coalesce(across_patients.eligible_observed, 0) as eligible_observed,
        coalesce(across_patients.responders, 0) as responders
    from reached
    left join across_patients
        on
            reached.instrument = across_patients.instrument
            and reached.patient_group = across_patients.patient_group
            and reached.outcome_window_days = across_patients.outcome_window_days
)

select * from final
