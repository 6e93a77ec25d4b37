-- The network is everybody else: else a large practice would be compared with itself. No network
-- is gone through: it is all patients, less the practitioner's own, and of these again what they
-- are with others.
with patient_means as (
    select
        measure,
        practitioner_id,
        patient_id,
        sessions,
        total,
        all_sessions,
        all_total,
        number
    from {{ ref('sum_benchmark_patients') }}
),

rates as (
    select
        of_windows,
        compared_practitioner_id,
        practitioner_id,
        measure,
        patients,
        total
    from {{ ref('sum_benchmark_rates') }}
),

practitioners as (
    select distinct practitioner_id
    from {{ ref('int_sessions') }}
),

everybody_means as (
    select
        measure,
        all_sessions as sessions,
        count(*) as patients,
        sum(all_total) as total,
        sum(all_total * all_total) as squares
    from patient_means
    where number = 1
    group by measure, all_sessions
),

everybody_rates as (
    select
        measure,
        sum(patients) as patients,
        sum(total) as total
    from rates
    where of_windows = 'one_per_patient'
    group by measure
),

-- Sums of so many patients who each have so many sessions; exact, and so is what is left of them.
parts as (
    select
        practitioner_id as compared_practitioner_id,
        true as is_own,
        measure,
        sessions,
        count(*) as patients,
        sum(total) as total,
        sum(total * total) as squares
    from patient_means
    group by practitioner_id, measure, sessions
    union all
    select
        practitioner_id as compared_practitioner_id,
        false as is_own,
        measure,
        all_sessions as sessions,
        -count(*) as patients,
        -sum(all_total) as total,
        -sum(all_total * all_total) as squares
    from patient_means
    group by practitioner_id, measure, all_sessions
    union all
    select
        practitioner_id as compared_practitioner_id,
        false as is_own,
        measure,
        all_sessions - sessions as sessions,
        count(*) as patients,
        sum(all_total - total) as total,
        sum((all_total - total) * (all_total - total)) as squares
    from patient_means
    where sessions < all_sessions
    group by practitioner_id, measure, all_sessions - sessions
    union all
    select
        practitioners.practitioner_id as compared_practitioner_id,
        false as is_own,
        everybody.measure,
        everybody.sessions,
        everybody.patients,
        everybody.total,
        everybody.squares
    from practitioners
    cross join everybody_means as everybody
    union all
    -- A 1 or 0 is its own square.
    select
        rates.compared_practitioner_id,
        sides.is_own,
        rates.measure,
        1 as sessions,
        sides.sign * rates.patients as patients,
        sides.sign * rates.total as total,
        sides.sign * rates.total as squares
    from rates
    inner join (
        values
        ('own_per_patient', true, 1),
        ('one_per_patient', false, -1),
        ('elsewhere_per_patient', false, 1)
    ) as sides (of_windows, is_own, sign)
        on rates.of_windows = sides.of_windows
    union all
    select
        practitioners.practitioner_id as compared_practitioner_id,
        false as is_own,
        everybody.measure,
        1 as sessions,
        everybody.patients,
        everybody.total,
        everybody.total as squares
    from practitioners
    cross join everybody_rates as everybody
),

final as (
    {{ across_patients('parts', ['compared_practitioner_id', 'is_own', 'measure'], 'sessions', 1) }}
)

select * from final
