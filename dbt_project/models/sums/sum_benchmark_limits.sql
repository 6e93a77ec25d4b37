with expected as (
    select *
    from {{ ref('sum_benchmark_expected') }}
    where is_comparable
),

dispersion as (
    select *
    from {{ ref('sum_benchmark_dispersion') }}
),

-- How far practitioners lie apart is told of three others, too, none of whom is most of it.
judged as (
    select
        expected.practitioner_id,
        expected.measure,
        expected.expected_value,
        sqrt(expected.error_square + dispersion.between_variance) as error,
        case expected.measure when 'composite_slope_per_30_days' then -7 else 0 end as lowest,
        case expected.measure when 'composite_slope_per_30_days' then 7 else 100 end as highest
    from expected
    inner join dispersion on expected.measure = dispersion.measure
    where
        2 * case
            when expected.compared_patients = dispersion.most_patients
                then dispersion.second_most_patients
            else dispersion.most_patients
        end <= dispersion.patients - expected.compared_patients
),

final as (
    select
        practitioner_id,
        measure,
        {%- for level, z in {'95': '1.959964', '998': '3.090232'}.items() %}
        {{ round_once('greatest(expected_value - ' ~ z ~ ' * error, lowest)', 4) }}
            as lower_{{ level }},
        {{ round_once('least(expected_value + ' ~ z ~ ' * error, highest)', 4) }}
            as upper_{{ level }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from judged
)

select * from final
