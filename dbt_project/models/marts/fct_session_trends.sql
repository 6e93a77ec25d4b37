{%- set sums = [
    'n', 'day_sum', 'day_square_sum', 'score_sum', 'product_sum',
    'first_n', 'first_sum', 'last_n', 'last_sum',
] %}
{%- set rows = {} %}
{%- for metric in pulse_columns() %}
{%- do rows.update({metric: {}}) %}
{%- for sum in sums %}
{%- do rows[metric].update({sum: 'summed.' ~ metric ~ '_' ~ sum}) %}
{%- endfor %}
{%- endfor %}

with sessions as (
    select
        session_id,
        least(days_run, 180) as last_day
    from {{ ref('int_journeys') }}
    where {{ is_touched('session_id', of_view=true) }}
),

pulse_days as (
    select
        pulse_days.session_id,
        pulse_days.days_post_session as day,
        {{ pulse_twelfths('pulse_days') }}
    from {{ ref('int_journey_pulse_days') }} as pulse_days
    where {{ is_touched('pulse_days.session_id', of_view=true) }}
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
        count({{ score }}) filter (where pulse_days.day < 30) as {{ metric }}_first_n,
        sum({{ score }}) filter (where pulse_days.day < 30) as {{ metric }}_first_sum,
        count({{ score }}) filter (
            where pulse_days.day > sessions.last_day - 30
        ) as {{ metric }}_last_n,
        sum({{ score }}) filter (
            where pulse_days.day > sessions.last_day - 30
        ) as {{ metric }}_last_sum,
        {%- endfor %}
        sessions.session_id
    from sessions
    left join pulse_days on sessions.session_id = pulse_days.session_id
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
                then {{ round_once(mean_of_twelfths(
                    '30 * (n * product_sum - day_sum * score_sum)',
                    '(n * day_square_sum - day_sum * day_sum)'
                ), 4) }}
        end as slope_per_30_days,
        first_n::integer as first_30_days_observed,
        {{ round_once(mean_of_twelfths('first_sum', 'first_n'), 4) }} as first_30_days_mean,
        last_n::integer as last_30_days_observed,
        {{ round_once(mean_of_twelfths('last_sum', 'last_n'), 4) }} as last_30_days_mean
    from sums
)

select * from final
