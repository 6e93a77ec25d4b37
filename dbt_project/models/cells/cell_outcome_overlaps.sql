with compared as (
    select
        session_id,
        patient_id,
        instrument,
        outcome_window_days as days
    from {{ ref('cell_outcome_people') }}
    where change_from_baseline is not null
),

pairs as (
    select distinct
        longer.instrument,
        longer.days,
        shorter.days as shorter_days
    from compared as longer
    inner join compared as shorter
        on longer.instrument = shorter.instrument and longer.days > shorter.days
),

-- A baseline that both windows compare cancels out of the difference of their sums.
in_one_of_both as (
    select
        pairs.*,
        compared.patient_id
    from pairs
    inner join compared
        on
            pairs.instrument = compared.instrument
            and compared.days in (pairs.days, pairs.shorter_days)
    group by
        pairs.instrument, pairs.days, pairs.shorter_days, compared.patient_id, compared.session_id
    having count(*) = 1
),

differing as (
    select
        instrument,
        days,
        shorter_days,
        count(distinct patient_id)::integer as patients
    from in_one_of_both
    group by instrument, days, shorter_days
),

final as (
    select
        instrument,
        days as outcome_window_days,
        min(patients) as fewest_differing
    from differing
    group by instrument, days
)

select * from final
