with compared as (
    select
        session_id,
        patient_id,
        instrument,
        outcome_window_days
    from {{ ref('cell_outcome_people') }}
    where change_from_baseline is not null
),

pairs as (
    select distinct
        longer.instrument,
        longer.outcome_window_days,
        shorter.outcome_window_days as shorter_window_days
    from compared as longer
    inner join compared as shorter
        on
            longer.instrument = shorter.instrument
            and longer.outcome_window_days > shorter.outcome_window_days
),

-- A baseline that both windows compare cancels out of the difference of their sums.
in_one_of_both as (
    select
        pairs.instrument,
        pairs.outcome_window_days,
        pairs.shorter_window_days,
        compared.patient_id
    from pairs
    inner join compared
        on
            pairs.instrument = compared.instrument
            and compared.outcome_window_days
            in (pairs.outcome_window_days, pairs.shorter_window_days)
    group by
        pairs.instrument,
        pairs.outcome_window_days,
        pairs.shorter_window_days,
        compared.patient_id,
        compared.session_id
    having count(*) = 1
),

differing as (
    select
        instrument,
        outcome_window_days,
        shorter_window_days,
        count(distinct patient_id)::integer as patients
    from in_one_of_both
    group by instrument, outcome_window_days, shorter_window_days
),

final as (
    select
        instrument,
        outcome_window_days,
        min(patients) as fewest_differing
    from differing
    group by instrument, outcome_window_days
)

select * from final
