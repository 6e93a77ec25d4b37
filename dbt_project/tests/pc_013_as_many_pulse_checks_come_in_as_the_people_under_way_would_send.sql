-- Of the last fourteen whole days those with less than a fifth of what was due; where fewer than
-- twenty were due, chance alone makes such days.
{{ config(severity='warn') }}

select calendar_date
from {{ ref('int_session_days') }}
where
    is_due
    and calendar_date between {{ as_of() }} - 14 and {{ as_of() }} - 1
group by calendar_date
having
    count(*) >= 20
    and 5 * count(*) filter (where is_observed) < count(*)
