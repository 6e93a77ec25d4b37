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
        and instrument in ('PHQ-9', 'GAD-7')
),

one_per_patient as (
    {{ one_per_patient('outcome_windows', ['instrument']) }}
),

own_per_patient as (
    {{ one_per_patient('outcome_windows', ['practitioner_id', 'instrument']) }}
),

-- Only in the network of whoever treated a patient in the session that counts is it another one.
closed_elsewhere as (
    select
        outcome_windows.*,
        one_per_patient.practitioner_id as compared_practitioner_id
    from outcome_windows
    inner join one_per_patient
        on
            outcome_windows.patient_id = one_per_patient.patient_id
            and outcome_windows.instrument = one_per_patient.instrument
            and outcome_windows.practitioner_id <> one_per_patient.practitioner_id
),

elsewhere_per_patient as (
    {{ one_per_patient('closed_elsewhere', ['instrument']) }}
),

outcomes as (
    {%- for windows, compared in {
        'own_per_patient': 'practitioner_id',
        'one_per_patient': 'practitioner_id',
        'elsewhere_per_patient': 'compared_practitioner_id',
    }.items() %}
    select
        '{{ windows }}' as of_windows,
        {{ compared }} as compared_practitioner_id,
        practitioner_id,
        {{ instrument_code('instrument') }} as instrument,
        case response_class
            when 'response' then 1
            when 'no_response' then 0
        end as response,
        case reliable_change_class
            when 'reliable_deterioration' then 1
            when 'no_reliable_change' then 0
            when 'reliable_improvement' then 0
        end as reliable_deterioration
    from {{ windows }}
    {{- '
    union all' if not loop.last }}
    {%- endfor %}
),

final as (
    {%- for outcome in ['response', 'reliable_deterioration'] %}
    select
        of_windows,
        compared_practitioner_id,
        practitioner_id,
        instrument || '_{{ outcome }}_pct' as measure,
        count(*) as patients,
        sum({{ outcome }}) as total
    from outcomes
    where {{ outcome }} is not null
    group by of_windows, compared_practitioner_id, practitioner_id, instrument
    {{- '
    union all' if not loop.last }}
    {%- endfor %}
)

select * from final
