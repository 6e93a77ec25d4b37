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

permutations as (
    select *
    from {{ ref('int_permutations') }}
),

student_t as (
    select
        degrees_of_freedom,
        quantile_975
    from {{ ref('ref_student_t') }}
),

-- Every place of a permutation has a week: those beyond the last one add nothing.
padding as (
    select distinct
        behavior_weeks.session_id,
        behavior_weeks.change_type,
        behavior_weeks.metric,
        25 + places.place as week,
        0 as exposure_residual,
        0 as outcome_residual,
        behavior_weeks.weeks,
        behavior_weeks.weeks_with
    from behavior_weeks
    cross join lateral {{ numbers('behavior_weeks.weeks + 1', 26) }} as places (place)
),

padded as (
    select * from behavior_weeks
    union all
    select * from padding
),

-- All of it fits bigint. The denominator is at most 26^2 * (26^2 - 1) / 12 = 38,025. A vector of
-- residuals is no longer than that of the distances from the middle of the range: sqrt(26) / 2 for
-- the exposure, sqrt(26) * 2 * 5040 for the outcome. Times the denominator an outcome's residual is
-- below 2e9 and, by Cauchy-Schwarz, each sum of products below 38,025^2 * 26 * 5040 < 2e14.
tests as (
    select
        session_id,
        change_type,
        metric,
        weeks,
        weeks_with,
        {{ list_of('exposure_residual', 'week') }} as exposure_residuals,
        {%- for place in range(1, 27) %}
        {{ member(list_of('outcome_residual', 'week'), place) }} as outcome_residual_{{ place }},
        {%- endfor %}
        sum(exposure_residual * exposure_residual) as exposure_square_sum,
        sum(outcome_residual * outcome_residual) as outcome_square_sum,
        sum(exposure_residual * outcome_residual)::bigint as product_sum
    from padded
    group by session_id, change_type, metric, weeks, weeks_with
),

permuted as (
    select
        tests.*,
        counts.permutations,
        counts.as_extreme
    from tests
    cross join lateral (
        select
            count(*) as permutations,
            count(*) filter (
                where abs(
                    {%- for place in range(1, 27) %}
                    {{ '+ ' if not loop.first -}}
                    {{ member('tests.exposure_residuals', 'permutations.week_at_' ~ place) }}
                    * tests.outcome_residual_{{ place }}
                    {%- endfor %}
                ) >= abs(tests.product_sum)
            ) as as_extreme
        from permutations
        where permutations.weeks = tests.weeks
    ) as counts
),

final as (
    select
        permuted.session_id,
        {{ plain_text('permuted.change_type') }} as change_type,
        permuted.metric,
        permuted.weeks_with::integer as weeks_with,
        (permuted.weeks - permuted.weeks_with)::integer as weeks_without,
        permuted.permutations::integer as permutations,
        permuted.as_extreme::integer as as_extreme_permutations,
        -- Exact or nearly so; marts round it. No binary exposure of 12 weeks is a line, so the
        -- divisor is not 0.
        {{ ratio('permuted.product_sum', '(5040 * permuted.exposure_square_sum)') }}
            as difference_points,
        student_t.quantile_975
        * {{ ratio(
            'sqrt(' ~ ratio(
                'nullif('
                ~ 'permuted.exposure_square_sum * permuted.outcome_square_sum - '
                ~ real('permuted.product_sum') ~ ' * permuted.product_sum, 0)',
                '(permuted.weeks - 3)'
            ) ~ ')',
            '(5040 * permuted.exposure_square_sum)'
        ) }} as margin_points
    from permuted
    left join student_t on student_t.degrees_of_freedom = permuted.weeks - 3
)

select * from final
