with patient_means as (
    select
        measure,
        practitioner_id,
        patient_id
    from {{ ref('sum_benchmark_patients') }}
),

rates as (
    select
        of_windows,
        compared_practitioner_id,
        practitioner_id,
        measure,
        patients
    from {{ ref('sum_benchmark_rates') }}
),

practitioners as (
    select distinct practitioner_id
    from {{ ref('int_sessions') }}
),

patients_by_practitioner as (
    select
        measure,
        practitioner_id,
        count(*) as patients
    from patient_means
    group by measure, practitioner_id
    union all
    select
        measure,
        practitioner_id,
        patients
    from rates
    where of_windows = 'one_per_patient'
),

-- The most of all others: the most, or where that is the practitioner's own the next.
ranked_practitioners as (
    select
        *,
        row_number() over (
            partition by measure
            order by patients desc, practitioner_id asc
        ) as number
    from patients_by_practitioner
),

counted_practitioners as (
    select
        measure,
        count(*) as practitioners,
        max(patients) as most_patients,
        max(patients) filter (where number = 2) as second_patients
    from ranked_practitioners
    group by measure
),

of_measure as (
    select
        counted_practitioners.*,
        ranked_practitioners.practitioner_id as largest_practitioner_id
    from counted_practitioners
    inner join ranked_practitioners
        on
            counted_practitioners.measure = ranked_practitioners.measure
            and ranked_practitioners.number = 1
),

others as (
    select
        practitioners.practitioner_id as compared_practitioner_id,
        of_measure.measure,
        of_measure.practitioners - (own.practitioner_id is not null)::integer as practitioners,
        case
            when practitioners.practitioner_id = of_measure.largest_practitioner_id
                then of_measure.second_patients
            else of_measure.most_patients
        end as most_patients
    from practitioners
    cross join of_measure
    left join patients_by_practitioner as own
        on
            practitioners.practitioner_id = own.practitioner_id
            and of_measure.measure = own.measure
    union all
    select
        elsewhere.compared_practitioner_id,
        elsewhere.measure,
        (patients_by_practitioner.practitioner_id is null)::integer as practitioners,
        elsewhere.patients + coalesce(patients_by_practitioner.patients, 0) as most_patients
    from rates as elsewhere
    left join patients_by_practitioner
        on
            elsewhere.practitioner_id = patients_by_practitioner.practitioner_id
            and elsewhere.measure = patients_by_practitioner.measure
    where elsewhere.of_windows = 'elsewhere_per_patient'
),

final as (
    select
        compared_practitioner_id,
        measure,
        sum(practitioners)::integer as practitioners,
        max(most_patients) as most_patients
    from others
    group by compared_practitioner_id, measure
)

select * from final
