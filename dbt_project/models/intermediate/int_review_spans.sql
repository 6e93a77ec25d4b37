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
        composite,
        days_post_session
    from {{ ref('int_pulse_days') }}
    where
        days_post_session between 0 and 180
        and {{ is_touched('session_id') }}
),

judged_assessments as (
    select
        integration_session_id,
        session_id,
        instrument,
        score,
        baseline_score,
        reliable_change_class,
        days_post_session
    from {{ ref('fct_assessments') }}
    where {{ is_touched('session_id') }}
),

written_assessments as (
    select
        integration_session_id,
        created_at
    from {{ ref('int_assessments') }}
    where {{ is_touched('session_id') }}
),

instruments as (
    select
        instrument,
        reliable_change
    from {{ ref('ref_instruments') }}
),

rules as (
    select
        rule,
        first_day,
        longest_gap_days,
        smoothing,
        limit_standard_deviations,
        least_standard_deviation,
        baseline_first_day,
        baseline_last_day,
        least_baseline_days,
        days_in_a_row
    from {{ ref('ref_review_rules') }}
),

baselines as (
    select
        pulse_days.session_id,
        rules.rule,
        rules.first_day,
        rules.smoothing,
        rules.limit_standard_deviations,
        rules.days_in_a_row,
        avg(pulse_days.composite) as mean,
        greatest(
            stddev_samp(pulse_days.composite), rules.least_standard_deviation
        ) as standard_deviation,
        count(pulse_days.composite) as days
    from pulse_days
    inner join rules
        on
            rules.rule = 'pattern_change'
            and pulse_days.days_post_session
            between rules.baseline_first_day and rules.baseline_last_day
    group by
        pulse_days.session_id,
        rules.rule,
        rules.first_day,
        rules.smoothing,
        rules.limit_standard_deviations,
        rules.least_standard_deviation,
        rules.least_baseline_days,
        rules.days_in_a_row
    having count(pulse_days.composite) >= rules.least_baseline_days
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

weighed as (
    select
        *,
        power(1 - smoothing, number) as weight
    from numbered
),

-- Each smoothed value is (1 - smoothing) of the one before plus smoothing of the composite, from
-- the mean on; this is the sum of it. Under the root, multiplied first, the first day's is exact.
charted as (
    select
        *,
        weight * (
            mean + smoothing * sum({{ ratio('composite', 'weight') }}) over (
                partition by session_id
                order by number
            )
        ) as smoothed,
        mean - limit_standard_deviations * standard_deviation
        * sqrt({{ ratio('smoothing * (1 - weight * weight)', '(2 - smoothing)') }}) as lower_limit
    from weighed
),

-- Quotients are cut off: without rounding, what lies exactly on the limit would lie beside it.
compared as (
    select
        *,
        {{ round_once('smoothed', 12) }} < {{ round_once('lower_limit', 12) }} as is_below
    from charted
),

pattern_changes as (
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
        ) >= days_in_a_row as is_fired
    from compared
),

-- Day 0 counts as observed: from there on the days without a check are counted.
observed_days as (
    select
        sessions.session_id,
        rules.rule,
        rules.first_day,
        rules.longest_gap_days,
        sessions.last_day,
        0 as day
    from sessions
    inner join rules on rules.rule = 'silence'
    union all
    select
        sessions.session_id,
        rules.rule,
        rules.first_day,
        rules.longest_gap_days,
        sessions.last_day,
        pulse_days.days_post_session as day
    from sessions
    inner join pulse_days on sessions.session_id = pulse_days.session_id
    inner join rules on rules.rule = 'silence'
    where pulse_days.days_post_session > 0
),

followed as (
    select
        *,
        lead(day, 1, last_day + 1) over (
            partition by session_id
            order by day
        ) as next_day
    from observed_days
),

-- Every run of days without a long gap ends with one, or with the last day.
run_ends as (
    select *
    from followed
    where next_day - day - 1 > longest_gap_days or next_day > last_day
),

runs as (
    select
        session_id,
        rule,
        first_day as first_rule_day,
        longest_gap_days,
        lag(next_day, 1, 0) over (
            partition by session_id
            order by day
        ) as first_day,
        day as last_observed_day,
        next_day - 1 as last_day
    from run_ends
),

-- Up to the longest gap the rule is quiet, and then it fires.
parts_of_runs as (
    select
        runs.session_id,
        runs.rule,
        runs.longest_gap_days,
        runs.last_observed_day,
        case
            when parts.is_fired then runs.last_observed_day + runs.longest_gap_days + 1
            else greatest(runs.first_day, runs.first_rule_day)
        end as first_day,
        case
            when parts.is_fired then runs.last_day
            else least(runs.last_observed_day + runs.longest_gap_days, runs.last_day)
        end as last_day,
        parts.is_fired
    from runs
    cross join {{ constants([false, true]) }} as parts (is_fired)
),

silences as (
    select
        session_id,
        rule,
        row_number() over (
            partition by session_id
            order by first_day
        )::integer as span_number,
        first_day,
        last_day,
        {{ real('null') }} as baseline_value,
        {{ real('null') }} as baseline_standard_deviation,
        null::integer as baseline_days,
        {{ real('longest_gap_days') }} as limit_value,
        case when is_fired then {{ real('(first_day - last_observed_day)') }} end
            as observed_value,
        is_fired
    from parts_of_runs
    where first_day <= last_day
),

-- Of two on a day the one written later comes later.
worsenings as (
    select
        judged_assessments.session_id,
        rules.rule,
        row_number() over (
            partition by judged_assessments.session_id, rules.rule
            order by
                judged_assessments.days_post_session asc,
                written_assessments.created_at asc,
                judged_assessments.integration_session_id desc
        )::integer as span_number,
        judged_assessments.days_post_session as first_day,
        judged_assessments.days_post_session as last_day,
        {{ real('judged_assessments.baseline_score') }} as baseline_value,
        {{ real('null') }} as baseline_standard_deviation,
        null::integer as baseline_days,
        {{ real('(judged_assessments.baseline_score + instruments.reliable_change)') }}
            as limit_value,
        {{ real('judged_assessments.score') }} as observed_value,
        judged_assessments.reliable_change_class = 'reliable_deterioration' as is_fired
    from judged_assessments
    inner join written_assessments
        on judged_assessments.integration_session_id = written_assessments.integration_session_id
    inner join instruments on judged_assessments.instrument = instruments.instrument
    inner join rules
        on
            rules.rule = case judged_assessments.instrument
                when 'PHQ-9' then 'phq9_worsening'
                when 'GAD-7' then 'gad7_worsening'
            end
    where
        judged_assessments.days_post_session between rules.first_day and 180
        and judged_assessments.reliable_change_class <> 'not_computable'
),

final as (
    select * from pattern_changes
    union all
    select * from silences
    union all
    select * from worsenings
)

-- A session's rows lie together, so that a day fetches those of the touched ones alone.
select * from final
order by session_id
