with expected as (
    select *
    from {{ ref('sum_benchmark_expected') }}
    where is_comparable
),

dispersion as (
    select *
    from {{ ref('sum_benchmark_dispersion') }}
),

compared as (
    select
        expected.practitioner_id,
        expected.measure,
        expected.expected_value,
        sqrt(expected.error_square + dispersion.between_variance) as error,
        dispersion.patients - expected.compared_patients as others_patients,
        case
            when expected.compared_patients = dispersion.most_patients
                then dispersion.second_most_patients
            else dispersion.most_patients
        end as most_patients,
        case expected.measure when 'composite_slope_per_30_days' then -7 else 0 end as lowest,
        case expected.measure when 'composite_slope_per_30_days' then 7 else 100 end as highest
    from expected
    inner join dispersion on expected.measure = dispersion.measure
),

-- How far practitioners lie apart is told of three others, too, none of whom is most of it.
judged as (
    select *
    from compared
    where 2 * most_patients <= others_patients
),

final as (
    select
        practitioner_id,
        measure,
        {{ round_once('greatest(expected_value - 1.959964 * error, lowest)', 4) }} as lower_95,
        {{ round_once('least(expected_value + 1.959964 * error, highest)', 4) }} as upper_95,
        {{ round_once('greatest(expected_value - 3.090232 * error, lowest)', 4) }} as lower_998,
        {{ round_once('least(expected_value + 3.090232 * error, highest)', 4) }} as upper_998
    from judged
)

select * from final
