with pulse_days as (
    select
        session_id,
        {%- for column in answer_columns() %}
        {{ column }},
        {%- endfor %}
        composite,
        {{ quotient('days_post_session', 7) }} as week
    from {{ ref('int_journey_pulse_days') }}
    where {{ is_touched('session_id', of_view=true) }}
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

-- With fewer changes a session cannot have six exposed weeks with enough observed days.
behaviors as (
    select
        session_id,
        change_type
    from behavioral_changes
    group by session_id, change_type
    having count(*) >= 6
),

-- In 5040ths of a point the mean of four to seven answers, or of means of three or four, is whole.
-- Of another list of questions it is the nearest whole number: the permutations must fit bigint.
outcome_weeks as (
    select
        pulse_days.session_id,
        metrics.metric,
        pulse_days.week,
        {%- if parts_of_a_point() == 12 %}
        (sum(round(12 * metrics.score)) * {{ quotient('420', 'count(*)') }})::integer as outcome
        {%- else %}
        round(5040 * avg(metrics.score))::integer as outcome
        {%- endif %}
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
final as (
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
        exposure_sum as weeks_with
    from summed
    where
        exposure_sum >= 6
        and weeks - exposure_sum >= 6
)

select * from final
