{%- set metrics = {
    'connection': 'connection_level',
    'sleep': 'sleep_quality',
    'mood': 'mood_level',
    'energy': 'energy_level',
    'composite': 'composite',
} %}
{%- set sums = [
    'n', 'day_sum', 'day_square_sum', 'score_sum', 'product_sum',
    'first_n', 'first_sum', 'last_n', 'last_sum',
] %}

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
-- fits bigint. One pass over the days for all metrics: a row for each would be five times as many.
summed as (
    select
        sessions.session_id,
        {%- for column in metrics.values() %}
        {%- set twelfths = 'round(12 * pulse_days.composite)::integer' if column == 'composite'
            else '12 * pulse_days.' ~ column %}
        {%- set is_answered = 'pulse_days.' ~ column ~ ' is not null' %}
        {%- set is_last = 'pulse_days.days_post_session > sessions.last_day - 30' %}
        count(pulse_days.{{ column }}) as {{ column }}_n,
        sum(pulse_days.days_post_session) filter (where {{ is_answered }})
            as {{ column }}_day_sum,
        sum(pulse_days.days_post_session * pulse_days.days_post_session)
            filter (where {{ is_answered }}) as {{ column }}_day_square_sum,
        sum({{ twelfths }}) as {{ column }}_score_sum,
        sum(pulse_days.days_post_session * {{ twelfths }}) as {{ column }}_product_sum,
        count(pulse_days.{{ column }}) filter (where pulse_days.days_post_session < 30)
            as {{ column }}_first_n,
        sum({{ twelfths }}) filter (where pulse_days.days_post_session < 30)
            as {{ column }}_first_sum,
        count(pulse_days.{{ column }}) filter (where {{ is_last }}) as {{ column }}_last_n,
        sum({{ twelfths }}) filter (where {{ is_last }}) as {{ column }}_last_sum
        {{- ',' if not loop.last }}
        {%- endfor %}
    from sessions
    left join pulse_days on sessions.session_id = pulse_days.session_id
    group by sessions.session_id
),

sums as (
    select
        summed.session_id,
        metrics.*
    from summed
    cross join lateral (
        values
        {%- for metric, column in metrics.items() %}
        (
            '{{ metric }}',
            {%- for sum in sums %}
            summed.{{ column }}_{{ sum }}{{ ',' if not loop.last }}
            {%- endfor %}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    ) as metrics (metric, {{ sums | join(', ') }})
),

final as (
    select
        session_id,
        metric,
        n::integer as observed_days,
        case
            when n >= 14
                then {{ round_once(
                    '30 * (n * product_sum - day_sum * score_sum)'
                    ~ '::numeric / nullif(12 * (n * day_square_sum - day_sum * day_sum), 0)', 4
                ) }}
        end as slope_per_30_days,
        first_n::integer as first_30_days_observed,
        {{ round_once('first_sum::numeric / nullif(12 * first_n, 0)', 4) }} as first_30_days_mean,
        last_n::integer as last_30_days_observed,
        {{ round_once('last_sum::numeric / nullif(12 * last_n, 0)', 4) }} as last_30_days_mean
    from sums
)

select * from final
