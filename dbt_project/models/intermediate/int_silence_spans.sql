with sessions as (
    select
        session_id,
        least(days_run, 180) as last_day
    from {{ ref('int_journeys') }}
    where {{ is_touched('session_id', of_view=true) }}
),

pulse_days as (
    select
        session_id,
        days_post_session
    from {{ ref('int_journey_pulse_days') }}
    where {{ is_touched('session_id', of_view=true) }}
),

rules as (
    select
        rule,
        first_day,
        limit_value as chance,
        least_gap_days
    from {{ ref('int_review_rules') }}
    where rule = 'silence'
),

-- Day 0 counts as observed: from there on the days without a check are counted.
observed_days as (
    select
        session_id,
        last_day,
        0 as day
    from sessions
    union all
    select
        sessions.session_id,
        sessions.last_day,
        pulse_days.days_post_session as day
    from sessions
    inner join pulse_days on sessions.session_id = pulse_days.session_id
    where pulse_days.days_post_session > 0
),

followed as (
    select
        *,
        lead(day, 1, last_day + 1) over (
            partition by session_id
            order by day
        ) as next_day,
        {{ ratio('row_number() over (partition by session_id order by day)', '(day + 1)') }}
            as answered_share
    from observed_days
),

-- The limit is the number of missed days in a row that has the chance of the rule, if each day is
-- answered with the share that this person answered so far. Shorter gaps than the least need none.
limited as (
    select
        followed.*,
        rules.rule,
        rules.first_day as first_rule_day,
        greatest(
            rules.least_gap_days,
            case
                when followed.answered_share < 1
                    then ceil({{ ratio('ln(rules.chance)', 'ln(1 - followed.answered_share)') }})
            end
        )::integer as longest_gap_days
    from followed
    cross join rules
    where
        followed.next_day - followed.day - 1 > rules.least_gap_days
        or followed.next_day > followed.last_day
),

-- Every run of days without a long gap ends with one, or with the last day.
run_ends as (
    select *
    from limited
    where next_day - day - 1 > longest_gap_days or next_day > last_day
),

runs as (
    select
        session_id,
        rule,
        first_rule_day,
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

final as (
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
)

select * from final
