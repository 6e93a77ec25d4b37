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
