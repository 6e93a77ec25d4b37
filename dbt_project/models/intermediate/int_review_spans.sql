with drop_spans as (
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
    from {{ ref('int_drop_spans') }}
    where {{ is_touched('session_id') }}
),

below_baseline_spans as (
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
    from {{ ref('int_below_baseline_spans') }}
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
    select * from drop_spans
    union all
    select * from below_baseline_spans
    union all
    select * from silence_spans
    union all
    select * from worsening_spans
)

-- A session's rows lie together, so that a day fetches those of the touched ones alone.
select * from final
order by session_id
