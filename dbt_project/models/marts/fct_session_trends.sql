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

slopes as (
    select *
    from {{ ref('int_session_slopes') }}
    where {{ is_touched('session_id') }}
),

-- One pass over the days for all metrics: a row for each would be five times as many. All sums
-- are exact and fit bigint.
summed as (
    select
        {%- for metric in pulse_columns() %}
        {%- set score = 'pulse_days.' ~ metric ~ '_twelfths' %}
        count({{ score }}) as {{ metric }}_n,
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

final as (
    select
        summed.session_id,
        metrics.metric,
        metrics.n::integer as observed_days,
        coalesce(slopes.slope_days, 0) as slope_days,
        coalesce(slopes.slope_weeks, 0) as slope_weeks,
        slopes.slope_per_30_days,
        slopes.slope_standard_error,
        slopes.slope_ci_lower,
        slopes.slope_ci_upper,
        metrics.first_n::integer as first_30_days_observed,
        {{ round_once(mean_of_twelfths('metrics.first_sum', 'metrics.first_n'), 4) }}
            as first_30_days_mean,
        metrics.last_n::integer as last_30_days_observed,
        {{ round_once(mean_of_twelfths('metrics.last_sum', 'metrics.last_n'), 4) }}
            as last_30_days_mean,
        coalesce(slopes.slope_days >= 60, false) as is_slope_comparable
    from summed
    {{ rows_of_metrics('summed', ['n', 'first_n', 'first_sum', 'last_n', 'last_sum']) }}
    left join slopes
        on
            summed.session_id = slopes.session_id
            and metrics.metric = slopes.metric
)

select * from final
