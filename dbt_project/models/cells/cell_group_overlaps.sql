with compared as (
    select
        people.session_id,
        people.patient_id,
        people.instrument,
        patient_groups.patient_group,
        people.outcome_window_days as days
    from {{ ref('cell_outcome_people') }} as people
    inner join {{ ref('int_patient_groups') }} as patient_groups
        on people.patient_id = patient_groups.patient_id
    where people.change_from_baseline is not null
),

windows as (
    select window_days as days
    from {{ ref('ref_outcome_windows') }}
),

-- As in cell_outcome_overlaps, of each group.
in_one_of_both as (
    select
        compared.instrument,
        compared.patient_group,
        longer.days as outcome_window_days,
        shorter.days as shorter_days,
        compared.patient_id
    from windows as longer
    inner join windows as shorter on longer.days > shorter.days
    inner join compared on compared.days in (longer.days, shorter.days)
    group by
        compared.instrument, compared.patient_group, longer.days, shorter.days,
        compared.patient_id, compared.session_id
    having count(*) = 1
),

differing as (
    select
        instrument,
        patient_group,
        outcome_window_days,
        count(distinct patient_id)::integer as patients
    from in_one_of_both
    group by instrument, patient_group, outcome_window_days, shorter_days
),

final as (
    select
        instrument,
        patient_group,
        outcome_window_days,
        min(patients) as fewest_differing
    from differing
    group by instrument, patient_group, outcome_window_days
)

select * from final
