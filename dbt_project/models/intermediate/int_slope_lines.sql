-- The first two weeks are the afterglow, which is no trend.
with pulse_days as (
    select
        pulse_days.session_id,
        pulse_days.days_post_session as day,
        {{ pulse_twelfths('pulse_days') }}
    from {{ ref('int_journey_pulse_days') }} as pulse_days
    where
        pulse_days.days_post_session >= 14
        and {{ is_touched('pulse_days.session_id', of_view=true) }}
),

-- One pass over the days for all metrics: a row for each would be five times as many. All sums
-- are exact and fit bigint.
summed as (
    select
        {%- for metric in pulse_columns() %}
        {%- set score = 'pulse_days.' ~ metric ~ '_twelfths' %}
        count({{ score }}) as {{ metric }}_n,
        sum(pulse_days.day) filter (where {{ score }} is not null) as {{ metric }}_day_sum,
        sum(pulse_days.day * pulse_days.day) filter (
            where {{ score }} is not null
        ) as {{ metric }}_day_square_sum,
        sum({{ score }}) as {{ metric }}_score_sum,
        sum(pulse_days.day * {{ score }}) as {{ metric }}_product_sum,
        {%- endfor %}
        pulse_days.session_id
    from pulse_days
    group by pulse_days.session_id
),

final as (
    select
        summed.session_id,
        metrics.metric,
        metrics.n::integer as slope_days,
        round(
            {{ mean_of_twelfths(
                '30 * (metrics.n * metrics.product_sum - metrics.day_sum * metrics.score_sum)',
                '(metrics.n * metrics.day_square_sum - metrics.day_sum * metrics.day_sum)'
            ) }}, 15
        ) as slope_per_30_days
    from summed
    {{ rows_of_metrics('summed', [
        'n', 'day_sum', 'day_square_sum', 'score_sum', 'product_sum'
    ]) }}
    where metrics.n > 0
)

select * from final
