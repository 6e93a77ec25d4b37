with differences as (
    select
        session_id,
        change_type,
        metric,
        weeks,
        weeks_with,
        least_extreme_sum,
        report_memory,
        metric_memory,
        discount_factor,
        widening_factor,
        difference_points,
        margin_points
    from {{ ref('int_behavior_differences') }}
    where {{ is_touched('session_id') }}
),

behavior_weeks as (
    select
        session_id,
        change_type,
        metric,
        week,
        exposure_residual,
        outcome_residual
    from {{ ref('int_behavior_weeks') }}
    where {{ is_touched('session_id') }}
),

permutations as (
    select *
    from {{ ref('int_permutations') }}
),

-- Every place of a permutation has a week: those beyond the last one add nothing.
padding as (
    select
        differences.session_id,
        differences.change_type,
        differences.metric,
        25 + places.place as week,
        0 as exposure_residual,
        0 as outcome_residual
    from differences
    cross join lateral {{ numbers('differences.weeks + 1', 26) }} as places (place)
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
lists as (
    select
        session_id,
        change_type,
        metric,
        {%- for place in range(1, 27) %}
        {{ member(list_of('outcome_residual', 'week'), place) }} as outcome_residual_{{ place }},
        {%- endfor %}
        {{ list_of('exposure_residual', 'week') }} as exposure_residuals
    from padded
    group by session_id, change_type, metric
),

tests as (
    select
        differences.*,
        {%- for place in range(1, 27) %}
        lists.outcome_residual_{{ place }},
        {%- endfor %}
        lists.exposure_residuals
    from differences
    inner join lists
        on
            differences.session_id = lists.session_id
            and differences.change_type = lists.change_type
            and differences.metric = lists.metric
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
                ) >= tests.least_extreme_sum
            ) as as_extreme
        from permutations
        where permutations.weeks = tests.weeks
    ) as counts
),

final as (
    select
        session_id,
        {{ plain_text('change_type') }} as change_type,
        metric,
        weeks_with::integer as weeks_with,
        (weeks - weeks_with)::integer as weeks_without,
        permutations::integer as permutations,
        as_extreme::integer as as_extreme_permutations,
        report_memory,
        metric_memory,
        discount_factor,
        widening_factor,
        difference_points,
        margin_points
    from permuted
)

select * from final
