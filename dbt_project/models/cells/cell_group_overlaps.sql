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

pairs as (
    select distinct
        longer.instrument,
        longer.patient_group,
        longer.days,
        shorter.days as shorter_days
    from compared as longer
    inner join compared as shorter
        on
            longer.instrument = shorter.instrument
            and longer.patient_group = shorter.patient_group
            and longer.days > shorter.days
),

-- As in cell_outcome_overlaps, of each group.
in_one_of_both as (
    select
        pairs.*,
        compared.patient_id
    from pairs
    inner join compared
        on
            pairs.instrument = compared.instrument
            and pairs.patient_group = compared.patient_group
            and compared.days in (pairs.days, pairs.shorter_days)
    group by
        pairs.instrument,
        pairs.patient_group,
        pairs.days,
        pairs.shorter_days,
        compared.patient_id,
        compared.session_id
    having count(*) = 1
),

differing as (
    select
        instrument,
        patient_group,
        days,
        shorter_days,
        count(distinct patient_id)::integer as patients
    from in_one_of_both
    group by instrument, patient_group, days, shorter_days
),

final as (
    select
        instrument,
        patient_group,
        days as outcome_window_days,
        min(patients) as fewest_differing
    from differing
    group by instrument, patient_group, days
)

select * from final
