with compliance_weeks as (
    select
        week_post_session,
        partly_observed_patients
    from {{ ref('cell_compliance_weeks') }}
),

trend_weeks as (
    select
        week_post_session,
        patients
    from {{ ref('cell_pulse_weeks') }}
),

outcomes as (
    select
        instrument,
        outcome_window_days,
        is_with_change_withheld,
        is_reliably_deteriorated_withheld
    from {{ ref('shown_assessment_outcomes') }}
),

outcome_windows as (
    select
        window_days,
        first_day,
        last_day
    from {{ ref('ref_outcome_windows') }}
),

-- Days tell which of the week's days were missed, and so what its share tells.
without_share as (
    select
        'pulse_days' as subject,
        week_post_session,
        'rows' as withheld
    from compliance_weeks
    where {{ withhold('true', 'partly_observed_patients') }} is null
),

-- A patient who is not silent answered in the week or the one before. With one to spare, as the
-- trend.
answered_weeks as (
    select
        weeks.week_post_session,
        coalesce(min(trend_weeks.patients), 0) - 1 as least_patients
    from {{ numbers(0, 25) }} as weeks (week_post_session)
    left join trend_weeks on weeks.week_post_session = trend_weeks.week_post_session
    group by weeks.week_post_session
),

without_trend as (
    select distinct
        'silence' as subject,
        weeks.week_post_session,
        'shares' as withheld
    from answered_weeks
    cross join
        lateral {{ numbers(
            'answered_weeks.week_post_session', 'answered_weeks.week_post_session + 1'
        ) }} as weeks (week_post_session)
    where {{ withhold('true', 'answered_weeks.least_patients') }} is null
),

-- A patient who was assessed in a week is in an outcome window of that week.
outcome_weeks as (
    select
        {{ instrument_code('outcomes.instrument') }} || '_worsening' as subject,
        weeks.week_post_session,
        outcomes.is_with_change_withheld,
        outcomes.is_reliably_deteriorated_withheld
    from outcomes
    inner join outcome_windows on outcomes.outcome_window_days = outcome_windows.window_days
    cross join
        lateral {{ numbers(
            quotient('outcome_windows.first_day', 7), quotient('outcome_windows.last_day', 7)
        ) }} as weeks (week_post_session)
    where outcomes.instrument in ('PHQ-9', 'GAD-7')
),

without_outcome as (
    select distinct
        subject,
        week_post_session,
        'rows' as withheld
    from outcome_weeks
    where is_with_change_withheld
    union all
    select distinct
        subject,
        week_post_session,
        'shares' as withheld
    from outcome_weeks
    where is_reliably_deteriorated_withheld
),

final as (
    select * from without_share
    union all
    select * from without_trend
    union all
    select * from without_outcome
)

select * from final
