-- The squared z of each practitioner, with its sign: it has the order of z.
with scores as (
    select
        practitioner_id,
        measure,
        compared_patients,
        {{ ratio('1', 'error_square') }} as weight,
        {{ ratio(
            '(compared_value - expected_value) * abs(compared_value - expected_value)',
            'error_square'
        ) }} as z_square
    from {{ ref('sum_benchmark_expected') }}
    where is_comparable
),

ranked as (
    select
        *,
        row_number() over (
            partition by measure
            order by z_square asc, practitioner_id asc
        ) as place,
        row_number() over (
            partition by measure
            order by compared_patients desc, practitioner_id asc
        ) as size_place,
        count(*) over (partition by measure) as practitioners,
        {{ quotient('count(*) over (partition by measure) + 9', '10') }} as tenth
    from scores
),

-- A tenth at each end, and one at least, takes the value of the next: nobody alone makes the
-- funnel wide.
bounds as (
    select
        *,
        max(case when place = tenth + 1 then z_square end) over (partition by measure) as lowest,
        max(
            case when place = practitioners - tenth then z_square end
        ) over (partition by measure) as highest
    from ranked
),

summed as (
    select
        measure,
        count(*) as practitioners,
        sum(compared_patients) as patients,
        max(compared_patients) filter (where size_place = 1) as most_patients,
        max(compared_patients) filter (where size_place = 2) as second_most_patients,
        sum(abs(least(greatest(z_square, lowest), highest))) as z_squares,
        sum(weight) as weights,
        sum(weight * weight) as squared_weights
    from bounds
    group by measure
),

-- The variance between practitioners that chance does not explain (DerSimonian and Laird).
final as (
    select
        measure,
        practitioners,
        patients,
        most_patients,
        second_most_patients,
        round({{ ratio('z_squares', 'practitioners') }}, 15) as phi,
        round(
            {{ ratio(
                'greatest(z_squares - (practitioners - 1), 0)',
                '(weights - ' ~ ratio('squared_weights', 'weights') ~ ')'
            ) }}, 15
        ) as between_variance
    from summed
    where practitioners >= 4
)

select * from final
