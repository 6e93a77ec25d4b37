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

-- In twelfths of a point every mean of three or four answers is whole, and so every sum exact.
scores as (
    select
        pulse_days.session_id,
        metrics.metric,
        pulse_days.days_post_session as day,
        round(12 * metrics.score) as twelfths
    from pulse_days
    {{ pulse_metrics('pulse_days') }}
    where metrics.score is not null
),

spine as (
    select
        sessions.session_id,
        metrics.metric,
        sessions.last_day
    from sessions
    cross join
        unnest(array['connection', 'sleep', 'mood', 'energy', 'composite']) as metrics (metric)
),

sums as (
    select
        spine.session_id,
        spine.metric,
        count(scores.day) as n,
        sum(scores.day)::numeric as day_sum,
        sum(scores.day * scores.day)::numeric as day_square_sum,
        sum(scores.twelfths) as score_sum,
        sum(scores.day * scores.twelfths) as product_sum,
        count(scores.day) filter (where scores.day < 30) as first_n,
        sum(scores.twelfths) filter (where scores.day < 30) as first_sum,
        count(scores.day) filter (where scores.day > spine.last_day - 30) as last_n,
        sum(scores.twelfths) filter (where scores.day > spine.last_day - 30) as last_sum
    from spine
    left join scores
        on
            spine.session_id = scores.session_id
            and spine.metric = scores.metric
    group by spine.session_id, spine.metric, spine.last_day
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
                    ~ ' / nullif(12 * (n * day_square_sum - day_sum * day_sum), 0)', 4
                ) }}
        end as slope_per_30_days,
        first_n::integer as first_30_days_observed,
        {{ round_once('first_sum / nullif(12 * first_n, 0)', 4) }} as first_30_days_mean,
        last_n::integer as last_30_days_observed,
        {{ round_once('last_sum / nullif(12 * last_n, 0)', 4) }} as last_30_days_mean
    from sums
)

select * from final
