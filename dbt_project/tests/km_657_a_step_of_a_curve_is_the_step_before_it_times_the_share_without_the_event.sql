-- Both shares are rounded to a hundredth of a percent.
with steps as (
    select
        at_risk,
        events,
        event_free_pct,
        coalesce(
            lag(event_free_pct) over (
                partition by instrument, event
                order by outcome_window_days
            ),
            100
        ) as event_free_pct_before
    from {{ ref('rpt_outcome_curves') }}
    where not is_withheld
)

select 1 as broken
from steps
where
    abs(event_free_pct * at_risk - event_free_pct_before * (at_risk - events))
    > 0.005 * (2 * at_risk - events)
