{%- set metrics = pulse_columns() %}
{%- set sums = [
    'n', 'day_sum', 'day_square_sum', 'score_sum', 'product_sum',
    'first_n', 'first_sum', 'last_n', 'last_sum',
] %}
{%- set rows = {} %}
{%- for metric, column in metrics.items() %}
{%- do rows.update({metric: {}}) %}
{%- for sum in sums %}
{%- do rows[metric].update({sum: 'summed.' ~ column ~ '_' ~ sum}) %}
{%- endfor %}
{%- endfor %}

with sessions as (
    select
        session_id,
        least(days_elapsed, 180) as last_day
    from {{ ref('dim_sessions') }}
    where {{ is_touched('session_id') }}
),

pulse_days as (
    select
        session_id,
        connection_level,
        sleep_quality,
        mood_level,
        energy_level,
        composite,
        days_post_session
    from {{ ref('int_pulse_days') }}
    where
        days_post_session between 0 and 180
        and {{ is_touched('session_id') }}
),

-- In twelfths of a point every mean of three or four answers is whole, and so every sum exact. All
-- fits bigint.
days as (
    select
        session_id,
        days_post_session as day,
        12 * connection_level as connection_level,
        12 * sleep_quality as sleep_quality,
        12 * mood_level as mood_level,
        12 * energy_level as energy_level,
        round(12 * composite)::integer as composite
    from pulse_days
),

-- One pass over the days for all metrics: a row for each would be five times as many.
summed as (
    select
        {%- for column in metrics.values() %}
        count(days.{{ column }}) as {{ column }}_n,
        sum(days.day) filter (where days.{{ column }} is not null) as {{ column }}_day_sum,
        sum(days.day * days.day) filter (
            where days.{{ column }} is not null
        ) as {{ column }}_day_square_sum,
        sum(days.{{ column }}) as {{ column }}_score_sum,
        sum(days.day * days.{{ column }}) as {{ column }}_product_sum,
        count(days.{{ column }}) filter (where days.day < 30) as {{ column }}_first_n,
        sum(days.{{ column }}) filter (where days.day < 30) as {{ column }}_first_sum,
        count(days.{{ column }}) filter (
            where days.day > sessions.last_day - 30
        ) as {{ column }}_last_n,
        sum(days.{{ column }}) filter (
            where days.day > sessions.last_day - 30
        ) as {{ column }}_last_sum,
        {%- endfor %}
        sessions.session_id
    from sessions
    left join days on sessions.session_id = days.session_id
    group by sessions.session_id
),

sums as (
    select
        summed.session_id,
        metrics.*
    from summed
    cross join {{ rows_of('metric', rows) }} as metrics
),

final as (
    select
        session_id,
        metric,
        n::integer as observed_days,
        case
            when n >= 14
                then {{ round_once(ratio(
                    '30 * (n * product_sum - day_sum * score_sum)',
                    'nullif(12 * (n * day_square_sum - day_sum * day_sum), 0)'
                ), 4) }}
        end as slope_per_30_days,
        first_n::integer as first_30_days_observed,
        {{ round_once(ratio('first_sum', 'nullif(12 * first_n, 0)'), 4) }} as first_30_days_mean,
        last_n::integer as last_30_days_observed,
        {{ round_once(ratio('last_sum', 'nullif(12 * last_n, 0)'), 4) }} as last_30_days_mean
    from sums
)

select * from final
