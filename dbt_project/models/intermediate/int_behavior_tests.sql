with pulse_days as (
    select
        session_id,
        connection_level,
        sleep_quality,
        mood_level,
        energy_level,
        composite,
        {{ quotient('days_post_session', 7) }} as week
    from {{ ref('int_pulse_days') }}
    where
        days_post_session between 0 and 180
        and {{ is_touched('session_id') }}
),

behavioral_changes as (
    select distinct
        session_id,
        change_type,
        {{ quotient('days_post_session', 7) }} as week
    from {{ ref('stg_behavioral_changes') }}
    where
        quarantine_reason is null
        and days_post_session between 0 and 180
        and {{ is_touched('session_id') }}
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

-- Whoever has fewer cannot have six such weeks with enough observed days.
behaviors as (
    select
        session_id,
        change_type
    from behavioral_changes
    group by session_id, change_type
    having count(*) >= 6
),

-- In 5040ths of a point the mean of four to seven answers, or of means of three or four, is whole.
outcome_weeks as (
    select
        pulse_days.session_id,
        metrics.metric,
        pulse_days.week,
        (sum(round(12 * metrics.score)) * {{ quotient('420', 'count(*)') }})::integer as outcome
    from pulse_days
    {{ pulse_metrics('pulse_days') }}
    where
        metrics.score is not null
        and pulse_days.session_id in (select behaviors.session_id from behaviors)
    group by pulse_days.session_id, metrics.metric, pulse_days.week
    having count(*) >= 4
),

paired as (
    select
        behaviors.session_id,
        behaviors.change_type,
        outcome_weeks.metric,
        outcome_weeks.week,
        (behavioral_changes.week is not null)::integer as exposure,
        outcome_weeks.outcome
    from behaviors
    inner join outcome_weeks on behaviors.session_id = outcome_weeks.session_id
    left join behavioral_changes
        on
            behaviors.session_id = behavioral_changes.session_id
            and behaviors.change_type = behavioral_changes.change_type
            and outcome_weeks.week = behavioral_changes.week
),

summed as (
    select
        *,
        count(*) over test as weeks,
        sum(week) over test as week_sum,
        sum(week * week) over test as week_square_sum,
        sum(exposure) over test as exposure_sum,
        sum(week * exposure) over test as exposure_product_sum,
        sum(outcome) over test as outcome_sum,
        sum(week * outcome) over test as outcome_product_sum
    from paired
    window test as (partition by session_id, change_type, metric)
),

-- What the least-squares line on the week leaves over, times its denominator, and so whole.
residuals as (
    select
        session_id,
        change_type,
        metric,
        week,
        {%- for value in ['exposure', 'outcome'] %}
        (
            (weeks * week_square_sum - week_sum * week_sum) * {{ value }}
            - (week_square_sum * {{ value }}_sum - week_sum * {{ value }}_product_sum)
            - (weeks * {{ value }}_product_sum - week_sum * {{ value }}_sum) * week
        ) as {{ value }}_residual,
        {%- endfor %}
        weeks,
        exposure_sum
    from summed
    where
        exposure_sum >= 6
        and weeks - exposure_sum >= 6
),

-- Every place of a permutation has a week: those beyond the last one add nothing.
padding as (
    select distinct
        residuals.session_id,
        residuals.change_type,
        residuals.metric,
        25 + places.place as week,
        0 as exposure_residual,
        0 as outcome_residual,
        residuals.weeks,
        residuals.exposure_sum
    from residuals
    cross join lateral {{ numbers('residuals.weeks + 1', 26) }} as places (place)
),

padded as (
    select * from residuals
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
        exposure_sum as weeks_with,
        {{ list_of('exposure_residual', 'week') }} as exposure_residuals,
        {%- for place in range(1, 27) %}
        {{ member(list_of('outcome_residual', 'week'), place) }} as outcome_residual_{{ place }},
        {%- endfor %}
        sum(exposure_residual * exposure_residual) as exposure_square_sum,
        sum(outcome_residual * outcome_residual) as outcome_square_sum,
        sum(exposure_residual * outcome_residual)::bigint as product_sum
    from padded
    group by session_id, change_type, metric, weeks, exposure_sum
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
