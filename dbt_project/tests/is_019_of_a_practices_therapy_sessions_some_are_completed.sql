-- Fifteen running that were planned, over a week ago, and did not take place.
{{ config(severity='warn') }}

with therapy_sessions as (
    select
        practice_id,
        visit_date,
        max(visit_date) filter (where is_completed) over (partition by practice_id)
            as last_completed
    from {{ ref('int_practice_visits') }}
    where session_type = 'INTEGRATION_THERAPY'
)

select
    practice_id,
    min(visit_date) as since,
    count(*) as therapy_sessions
from therapy_sessions
where
    visit_date <= {{ as_of() }} - 7
    and coalesce(visit_date > last_completed, true)
group by practice_id
having count(*) >= 15
