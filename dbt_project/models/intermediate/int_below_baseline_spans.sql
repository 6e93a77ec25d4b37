with pulse_days as (
    select
        session_id,
        composite,
        days_post_session
    from {{ ref('int_journey_pulse_days') }}
    where {{ is_touched('session_id', of_view=true) }}
),

rules as (
    select
        rule,
        first_day,
        smoothing,
        limit_value,
        least_standard_deviation,
        baseline_first_day,
        baseline_last_day,
        least_days,
        in_a_row
    from {{ ref('int_review_rules') }}
    where rule = 'below_baseline'
),

baselines as (
    select
        pulse_days.session_id,
        rules.rule,
        rules.first_day,
        rules.smoothing,
        rules.limit_value,
        rules.in_a_row,
        avg(pulse_days.composite) as mean,
        greatest(
            stddev_samp(pulse_days.composite), rules.least_standard_deviation
        ) as standard_deviation,
        count(pulse_days.composite) as days
    from pulse_days
    inner join rules
        on
            pulse_days.days_post_session
            between rules.baseline_first_day and rules.baseline_last_day
    group by
        pulse_days.session_id,
        rules.rule,
        rules.first_day,
        rules.smoothing,
        rules.limit_value,
        rules.least_standard_deviation,
        rules.least_days,
        rules.in_a_row
    having count(pulse_days.composite) >= rules.least_days
),

numbered as (
    select
        baselines.*,
        pulse_days.days_post_session,
        pulse_days.composite,
        row_number() over (
            partition by pulse_days.session_id
            order by pulse_days.days_post_session
        ) as number
    from baselines
    inner join pulse_days
        on
            baselines.session_id = pulse_days.session_id
            and baselines.first_day <= pulse_days.days_post_session
    where pulse_days.composite is not null
),

-- Where no decimals are asked for, PostgreSQL before 16 gives 16: too few for the last days.
weighed as (
    select
        *,
        power({{ wide('(1 - smoothing)') }}, number) as weight
    from numbered
),

-- Each smoothed value is (1 - smoothing) of the one before plus smoothing of the composite, from
-- the mean on; this is the sum of it. The variance is that of the smoothed days, and that of the
-- mean, which is itself estimated. Under the root, multiplied first, the first day's is exact.
charted as (
    select
        *,
        weight * (
            mean + smoothing * sum({{ ratio('composite', 'weight') }}) over (
                partition by session_id
                order by number
            )
        ) as smoothed,
        mean - limit_value * standard_deviation
        * sqrt(
            {{ ratio('smoothing * (1 - weight * weight)', '(2 - smoothing)') }}
            + {{ ratio('(1 - weight) * (1 - weight)', 'days') }}
        ) as lower_limit
    from weighed
),

-- Quotients are cut off: without rounding, what lies exactly on the limit would lie beside it.
compared as (
    select
        *,
        {{ round_once('smoothed', 12) }} < {{ round_once('lower_limit', 12) }} as is_below
    from charted
),

final as (
    select
        session_id,
        rule,
        number::integer as span_number,
        days_post_session as first_day,
        days_post_session as last_day,
        mean as baseline_value,
        standard_deviation as baseline_standard_deviation,
        days::integer as baseline_days,
        lower_limit as limit_value,
        smoothed as observed_value,
        number - coalesce(
            max(number) filter (where not is_below) over (
                partition by session_id
                order by number
            ), 0
        ) >= in_a_row as is_fired
    from compared
)

select * from final
