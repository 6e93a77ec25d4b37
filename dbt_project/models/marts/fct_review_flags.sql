with spans as (
    select
        session_id,
        rule,
        span_number,
        baseline_value,
        baseline_standard_deviation,
        baseline_days,
        limit_value,
        observed_value,
        is_fired,
        first_day,
        last_day
    from {{ ref('int_review_spans') }}
    where {{ is_touched('session_id') }}
),

sessions as (
    select
        session_id,
        state,
        {{ quotient('least(days_elapsed, coalesce(ended_days_post_session - 1, 180), 180)', '7') }}
            as week_post_session
    from {{ ref('dim_sessions') }}
    where {{ is_touched('session_id') }}
),

adherence as (
    select
        session_id,
        pulse_checks_so_far,
        due_pulse_checks,
        days_since_last_pulse_check
    from {{ ref('fct_session_compliance') }}
    where
        window_days = 180
        and {{ is_touched('session_id') }}
),

rules as (
    select
        rule,
        false_alarm_pct
    from {{ ref('int_review_rules') }}
),

chances_by_week as (
    select *
    from {{ ref('ref_chance_by_week') }}
),

chances_by_score as (
    select *
    from {{ ref('ref_chance_by_score') }}
),

-- Where no span fired there is no first one, and so no flag.
fired as (
    select
        session_id,
        rule,
        min(first_day) filter (where is_fired) as first_fired_day,
        max(last_day) filter (where is_fired) as last_fired_day,
        sum(last_day - first_day + 1) filter (where is_fired) as fired_count,
        min(span_number) filter (where is_fired) as first_fired_span,
        max(span_number) as last_span,
        max(span_number) filter (where is_fired) = max(span_number) as is_last_span_fired
    from spans
    group by session_id, rule
),

final as (
    select
        fired.session_id,
        fired.rule,
        fired.first_fired_day,
        fired.last_fired_day,
        fired.fired_count::integer as fired_count,
        {{ round_once('spans.baseline_value', 4) }} as baseline_value,
        {{ round_once('spans.baseline_standard_deviation', 4) }} as baseline_standard_deviation,
        spans.baseline_days,
        {{ round_once('spans.limit_value', 4) }} as limit_value,
        {{ round_once('spans.observed_value', 4) }} as observed_value,
        least(adherence.pulse_checks_so_far, adherence.due_pulse_checks) as observed_pulse_checks,
        adherence.due_pulse_checks,
        case
            when {{ knows_chance('fired.rule') }}
                then coalesce(chances_by_week.flagged_by_pct, chances_by_score.flagged_by_pct)
        end as chance_by_now_pct,
        sessions.state = 'active' and fired.is_last_span_fired as is_current
    from fired
    inner join spans
        on
            fired.session_id = spans.session_id
            and fired.rule = spans.rule
            and fired.first_fired_span = spans.span_number
    inner join sessions on fired.session_id = sessions.session_id
    inner join adherence on fired.session_id = adherence.session_id
    inner join rules on fired.rule = rules.rule
    left join chances_by_week
        on
            rules.rule = chances_by_week.rule
            and rules.false_alarm_pct = chances_by_week.false_alarm_pct
            and {{ answered_tenths('adherence', 'rules.rule') }} = chances_by_week.answered_tenths
            and sessions.week_post_session = chances_by_week.week_post_session
    left join chances_by_score
        on
            rules.rule = chances_by_score.rule
            and least(fired.last_span, 30) = chances_by_score.score_number
)

select * from final
