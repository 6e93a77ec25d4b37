with networks as (
    select
        *,
        case when is_shown then {{ ratio('total', 'patients') }} end as level
    from {{ ref('sum_benchmark_networks') }}
),

-- Of a share the variance of a patient is that of a coin; of a mean it is pooled over the bands.
spreads as (
    select
        *,
        case kind
            when 'rate' then level * (100 - level)
            else {{ ratio(
                'sum(squares - level * total) over comparison',
                'nullif(sum(patients - 1) filter (where is_shown) over comparison, 0)'
            ) }}
        end as variance,
        sum(own_patients) filter (where is_shown) over comparison as compared_patients
    from networks
    window comparison as (partition by practitioner_id, measure)
),

summed as (
    select
        practitioner_id,
        measure,
        kind,
        sum(own_patients)::integer as own_patients,
        {{ ratio('sum(own_total)', 'sum(own_patients)') }} as own_value,
        coalesce(max(compared_patients), 0)::integer as compared_patients,
        {{ ratio('sum(own_total) filter (where is_shown)', 'max(compared_patients)') }}
            as compared_value,
        {{ ratio('sum(own_patients * level)', 'max(compared_patients)') }} as expected_value,
        sum(patients) filter (where is_shown)::integer as network_patients,
        min(practitioners) filter (where is_shown)::integer as network_practitioners,
        {{ ratio(
            'sum(own_patients * own_patients * variance * ('
            ~ ratio('1', 'own_patients') ~ ' + ' ~ ratio('1', 'patients') ~ '))'
            ~ ' filter (where is_shown)', '(max(compared_patients) * max(compared_patients))'
        ) }} as error_square
    from spreads
    group by practitioner_id, measure, kind
),

-- The normal approximation needs ten patients, of a share five with and five without the outcome.
final as (
    select
        practitioner_id,
        measure,
        kind,
        own_patients,
        compared_patients,
        network_patients,
        network_practitioners,
        round(own_value, 15) as own_value,
        round(compared_value, 15) as compared_value,
        round(expected_value, 15) as expected_value,
        round(error_square, 15) as error_square,
        coalesce(
            compared_patients >= 10
            and error_square > 0
            and (
                kind = 'mean'
                or expected_value * compared_patients between 500 and 100 * compared_patients - 500
            ), false
        ) as is_comparable
    from summed
)

select * from final
