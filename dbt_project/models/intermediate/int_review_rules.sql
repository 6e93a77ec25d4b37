{{ config(materialized='whole', indexes=[]) }}
with rules as (
    select *
    from {{ ref('ref_review_rules') }}
    where is_enabled
),

final as (
    select
        rule,
        case false_alarm_pct when 10 then limit_at_10_pct else limit_at_20_pct end
            as limit_value,
        false_alarm_pct,
        first_day,
        -- A rule that counts its days cannot be evaluated before so many of them.
        first_day + case when baseline_first_day is null then coalesce(least_days - 1, 0) else 0 end
            as first_watched_day,
        damping,
        smoothing,
        trend_smoothing,
        allowance,
        share_slack,
        prior_standard_deviation,
        prior_days,
        least_standard_deviation,
        baseline_first_day,
        baseline_last_day,
        least_days,
        in_a_row,
        least_gap_days
    from rules
)

select * from final
