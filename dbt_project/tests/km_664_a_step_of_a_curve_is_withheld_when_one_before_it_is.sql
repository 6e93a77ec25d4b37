with steps as (
    select
        is_withheld,
        lag(is_withheld) over (
            partition by instrument, event
            order by outcome_window_days
        ) as is_step_before_withheld
    from {{ ref('rpt_outcome_curves') }}
)

select 1 as broken
from steps
where
    is_step_before_withheld
    and not is_withheld
