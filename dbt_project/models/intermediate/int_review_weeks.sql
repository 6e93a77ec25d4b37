with spans as (
    select
        session_id,
        rule,
        span_number,
        is_fired,
        first_day,
        last_day
    from {{ ref('int_review_spans') }}
    where {{ is_touched('session_id') }}
),

rules as (
    select
        rule,
        false_alarm_pct
    from {{ ref('int_review_rules') }}
),

answered as (
    select
        session_id,
        pulse_checks_so_far,
        due_pulse_checks,
        days_since_last_pulse_check
    from {{ ref('int_window_counts') }}
    where
        window_days = 180
        and {{ is_touched('session_id') }}
),

chances_by_week as (
    select *
    from {{ ref('ref_chance_by_week') }}
),

chances_by_score as (
    select *
    from {{ ref('ref_chance_by_score') }}
),

weeks as (
    select
        spans.session_id,
        spans.rule,
        weeks.week_post_session,
        bool_or(spans.is_fired) as is_flagged,
        max(spans.span_number) as last_span_number
    from spans
    cross join
        lateral {{ numbers(quotient('spans.first_day', 7), quotient('spans.last_day', 7)) }}
            as weeks (week_post_session)
    group by spans.session_id, spans.rule, weeks.week_post_session
),

final as (
    select
        weeks.session_id,
        weeks.rule,
        weeks.week_post_session,
        weeks.is_flagged,
        coalesce(chances_by_week.flagged_in_pct, chances_by_score.flagged_at_pct) as chance_pct
    from weeks
    inner join rules on weeks.rule = rules.rule
    inner join answered on weeks.session_id = answered.session_id
    left join chances_by_week
        on
            rules.rule = chances_by_week.rule
            and rules.false_alarm_pct = chances_by_week.false_alarm_pct
            and {{ answered_tenths('answered', 'rules.rule') }} = chances_by_week.answered_tenths
            and weeks.week_post_session = chances_by_week.week_post_session
    left join chances_by_score
        on
            rules.rule = chances_by_score.rule
            and least(weeks.last_span_number, 30) = chances_by_score.score_number
)

select * from final
