-- One group that is shown beside others that are not would make them a remainder.
select
    metric,
    week_post_session
from {{ ref('rpt_pulse_trends_by_week_and_group') }}
group by metric, week_post_session
having count(distinct is_withheld) > 1
