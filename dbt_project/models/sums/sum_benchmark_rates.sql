with outcome_windows as (
    select
        session_id,
        practitioner_id,
        patient_id,
        instrument,
        response_class,
        reliable_change_class,
        score,
        is_eligible,
        session_date
    from {{ ref('int_outcome_windows') }}
    where
        outcome_window_days = 90
        and practitioner_id is not null
        and instrument in ('PHQ-9', 'GAD-7')
),

baselines as (
    select
        session_id,
        instrument,
        severity_band
    from {{ ref('int_assessment_changes') }}
    where is_baseline
),

one_per_patient as (
    {{ one_per_patient('outcome_windows', ['instrument']) }}
),

outcomes as (
    select
        one_per_patient.practitioner_id,
        one_per_patient.patient_id,
        {{ instrument_code('one_per_patient.instrument') }} as instrument,
        baselines.severity_band as band,
        case one_per_patient.response_class
            when 'response' then 100
            when 'no_response' then 0
        end as response,
        case one_per_patient.reliable_change_class
            when 'reliable_deterioration' then 100
            when 'no_reliable_change' then 0
            when 'reliable_improvement' then 0
        end as reliable_deterioration
    from one_per_patient
    inner join baselines
        on
            one_per_patient.session_id = baselines.session_id
            and one_per_patient.instrument = baselines.instrument
),

final as (
    {%- for outcome in ['response', 'reliable_deterioration'] %}
    select
        practitioner_id,
        patient_id,
        instrument || '_{{ outcome }}_pct' as measure,
        band,
        {{ real(outcome) }} as value
    from outcomes
    where {{ outcome }} is not null
    {{- '
    union all' if not loop.last }}
    {%- endfor %}
)

select * from final
