{%- set unit = 7 * 420 * parts_of_a_point() %}
with session_weeks as (
    select *
    from {{ ref('int_session_weeks') }}
    where week_post_session >= 2 and {{ is_touched('session_id') }}
),

-- In parts of a point times 420, which 1 to 7 days divide, every mean of a week is whole.
week_means as (
    select
        session_weeks.session_id,
        session_weeks.week_post_session as week,
        metrics.metric,
        {{ for_products(quotient('420 * metrics.twelfths', 'metrics.days')) }} as score
    from session_weeks
    {{ rows_of_metrics('session_weeks', ['twelfths', 'days']) }}
    where metrics.days > 0
),

-- n squared times the variances and the covariance of weeks and scores; each fits bigint.
spreads as (
    select
        session_id,
        metric,
        count(*) as n,
        count(*) * sum(week * week) - sum(week) * sum(week) as week_spread,
        count(*) * sum(score * score) - sum(score) * sum(score) as score_spread,
        count(*) * sum(week * score) - sum(week) * sum(score) as joint_spread
    from week_means
    group by session_id, metric
),

-- n squared times the squares that the line leaves over, a degree of freedom each.
errors as (
    select
        session_id,
        metric,
        n,
        week_spread,
        case when n >= 3 then {{ ratio(
            'score_spread * week_spread - joint_spread * joint_spread', '(n - 2)'
        ) }} end as left_over
    from spreads
),

-- Neighbouring weeks resemble each other, which makes the error of a line through them too small:
-- 1.3 is what mends it on the noise of real diaries (make bench-slopes).
final as (
    select
        session_id,
        metric,
        n::integer as slope_weeks,
        round(
            {{ ratio('1.3 * 30 * sqrt(left_over)', 'nullif(' ~ unit ~ ' * week_spread, 0)') }}, 15
        ) as slope_standard_error
    from errors
)

select * from final
