with pattern_change_spans as (
    select
        session_id,
        rule,
        span_number,
        first_day,
        last_day,
        baseline_value,
        baseline_standard_deviation,
        baseline_days,
        limit_value,
        observed_value,
        is_fired
    from {{ ref('int_pattern_change_spans') }}
    where {{ is_touched('session_id') }}
),

silence_spans as (
    select
        session_id,
        rule,
        span_number,
        first_day,
        last_day,
        baseline_value,
        baseline_standard_deviation,
        baseline_days,
        limit_value,
        observed_value,
        is_fired
    from {{ ref('int_silence_spans') }}
    where {{ is_touched('session_id') }}
),

worsening_spans as (
    select
        session_id,
        rule,
        span_number,
        first_day,
        last_day,
        baseline_value,
        baseline_standard_deviation,
        baseline_days,
        limit_value,
        observed_value,
        is_fired
    from {{ ref('int_worsening_spans') }}
    where {{ is_touched('session_id') }}
),

final as (
    select * from pattern_change_spans
    union all
    select * from silence_spans
    union all
    select * from worsening_spans
)

-- A session's rows lie together, so that a day fetches those of the touched ones alone.
select * from final
order by session_id
