with rules as (
    select *
    from {{ ref('int_review_rules') }}
    where rule = 'drop'
),

pulse_days as (
    select
        session_id,
        composite,
        days_post_session
    from {{ ref('int_journey_pulse_days') }}
    where
        composite is not null
        and {{ is_touched('session_id', of_view=true) }}
),

-- In parts of a point (twelfths, of four questions) composites are whole numbers, and lists short.
listed as (
    select
        pulse_days.session_id,
        {{ list_of('pulse_days.days_post_session::smallint', 'pulse_days.days_post_session') }}
            as days,
        {{ list_of(
            in_twelfths('pulse_days.composite') ~ '::smallint', 'pulse_days.days_post_session'
        ) }} as twelfths,
        count(*)::integer as observed_days
    from pulse_days
    inner join rules on pulse_days.days_post_session >= rules.first_day
    group by pulse_days.session_id
),

charts as (
    select
        listed.*,
        rules.least_days,
        {{ wide('rules.damping') }} as damping,
        {{ double('(1 - rules.damping)') }} as undamped,
        {{ double('rules.smoothing') }} as least_weight,
        {{ double('rules.trend_smoothing') }} as trend_weight,
        {{ double('rules.allowance') }} as allowance,
        {{ double('(rules.prior_standard_deviation * rules.prior_standard_deviation'
            ~ ' * rules.prior_days)') }} as prior_squares,
        rules.prior_days
    from listed
    cross join rules
    where rules.least_days <= listed.observed_days
),

-- Level and trend learn from the error of their own forecast; what the forecasts lack adds up.
charted as (
    select *
    from {{ fold(
        'charts', 'session_id', 'observed_days',
        first={
            'day': member('days', 1) ~ '::integer',
            'level': double_ratio(double(member('twelfths', 1)), parts_of_a_point()),
            'trend': double('0'),
            'squares': double('0'),
            'shortfall': double('0'),
            'forecast': double('null'),
            'standard_deviation': double('null'),
        },
        stages=[
            {
                'day': member('days', 'step') ~ '::integer',
                'score': double_ratio(double(member('twelfths', 'step')), parts_of_a_point()),
                'standard_deviation': 'sqrt('
                    ~ double_ratio('was_squares + prior_squares', 'step - 2 + prior_days') ~ ')',
            },
            {'damped': double('power(damping, day - was_day)')},
            {'forecast': 'was_level + ' ~ double_ratio('was_trend * (1 - damped)', 'undamped')},
            {'error': 'score - forecast'},
            {
                'level': 'forecast + greatest(least_weight, '
                    ~ double_ratio('1', double('step')) ~ ') * error',
                'trend': 'was_trend * damped + trend_weight * error',
                'squares': 'was_squares + error * error',
                'shortfall': 'case when step < least_days then 0 else greatest(0, was_shortfall - '
                    ~ double_ratio('error', 'standard_deviation') ~ ' - allowance) end',
            },
        ],
    ) }} as steps
),

-- A smaller part of the days answered has a lower limit: there is less to add up.
compared as (
    select
        charted.*,
        rules.rule,
        rules.least_days,
        {{ real('charted.shortfall') }} as observed_value,
        rules.limit_value - rules.share_slack * (
            1 - {{ ratio('charted.step', '(charted.day - rules.first_day + 1)') }}
        ) as limit_value
    from charted
    cross join rules
    where rules.least_days <= charted.step
),

final as (
    select
        session_id,
        rule,
        step - least_days + 1 as span_number,
        day as first_day,
        day as last_day,
        {{ real('forecast') }} as baseline_value,
        {{ real('standard_deviation') }} as baseline_standard_deviation,
        step - 1 as baseline_days,
        limit_value,
        observed_value,
        -- Binary and cut off: without rounding, what lies exactly on the limit would lie beside it.
        {{ round_once('observed_value', 12) }} > {{ round_once('limit_value', 12) }} as is_fired
    from compared
)

-- A session's rows lie together, so that a day fetches those of the touched ones alone.
select * from final
order by session_id
