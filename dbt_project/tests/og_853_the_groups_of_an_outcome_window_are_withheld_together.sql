-- One group that is shown beside others that are not would make them a remainder.
select
    instrument,
    outcome_window_days
from {{ ref('rpt_outcomes_by_group') }}
group by instrument, outcome_window_days
having
    count(distinct is_withheld) > 1
    or count(distinct is_baseline_withheld) > 1
    or count(distinct is_response_withheld) > 1
