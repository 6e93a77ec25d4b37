with behavior_weeks as (
    select
        session_id,
        change_type,
        metric,
        week,
        exposure_residual,
        outcome_residual,
        weeks,
        weeks_with
    from {{ ref('int_behavior_weeks') }}
    where {{ is_touched('session_id') }}
),

-- Two observed weeks are neighbours when no week lies between them.
neighbours as (
    select
        *,
        lead(week) over test = week + 1 as has_neighbour,
        lead(exposure_residual) over test as next_exposure_residual,
        lead(outcome_residual) over test as next_outcome_residual
    from behavior_weeks
    window test as (partition by session_id, change_type, metric order by week)
),

-- Each product of two residuals fits bigint: an outcome's residual is below 2e9.
sums as (
    select
        session_id,
        change_type,
        metric,
        weeks,
        weeks_with,
        count(*) filter (where has_neighbour) as pairs,
        {%- for value in ['exposure', 'outcome'] %}
        {{ whole_sum(value ~ '_residual * ' ~ value ~ '_residual') }} as {{ value }}_square_sum,
        {{ whole_sum(value ~ '_residual * next_' ~ value ~ '_residual') }} filter (
            where has_neighbour
        ) as {{ value }}_pair_sum,
        {%- endfor %}
        sum(exposure_residual * outcome_residual)::bigint as product_sum
    from neighbours
    group by session_id, change_type, metric, weeks, weeks_with
),

-- The correlation r of neighbours is pair_sum / square_sum * weeks / pairs, that is
-- weeks * together / apart. It is taken as 0 with fewer than six pairs, or when the line on the
-- week leaves nothing of the outcome.
correlations as (
    select
        {%- for value in ['exposure', 'outcome'] %}
        case when pairs >= 6 then {{ value }}_pair_sum else 0 end as {{ value }}_together,
        greatest({{ value }}_square_sum, 1) * greatest(pairs, 1) as {{ value }}_apart,
        {%- endfor %}
        *
    from sums
),

-- A short series shows too little memory. The test adds (1 + 2 * max(r, 0)) / weeks to r, the
-- interval twice that. Both are cut to 0 to 0.9. They stay exact as whole numbers of parts, of
-- which `_parts` make 1.
memories as (
    select
        {%- for value in ['exposure', 'outcome'] %}
        10 * weeks * {{ value }}_apart as {{ value }}_parts,
        {%- for use, times in {'test': 1, 'interval': 2}.items() %}
        least(
            9 * weeks * {{ value }}_apart,
            greatest(
                0,
                10 * weeks * weeks * {{ value }}_together
                + {{ 10 * times }} * {{ value }}_apart
                + {{ 20 * times }} * weeks * greatest({{ value }}_together, 0)
            )
        ) as {{ value }}_{{ use }}_memory,
        {%- endfor %}
        {%- endfor %}
        *
    from correlations
),

-- With memories a and b the square of a factor is (1 + a * b) / (1 - a * b). Its dividend and its
-- divisor have at most 37 digits.
final as (
    select
        session_id,
        change_type,
        metric,
        weeks,
        weeks_with,
        exposure_square_sum,
        outcome_square_sum,
        product_sum,
        {%- for factor, use in {'discount': 'test', 'widening': 'interval'}.items() %}
        exposure_parts * outcome_parts + exposure_{{ use }}_memory * outcome_{{ use }}_memory
            as {{ factor }}_dividend,
        exposure_parts * outcome_parts - exposure_{{ use }}_memory * outcome_{{ use }}_memory
            as {{ factor }}_divisor,
        {%- endfor %}
        {{ ratio('exposure_test_memory', 'exposure_parts') }} as report_memory,
        {{ ratio('outcome_test_memory', 'outcome_parts') }} as metric_memory
    from memories
)

select * from final
