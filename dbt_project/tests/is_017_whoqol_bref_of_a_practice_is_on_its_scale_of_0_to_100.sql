-- Eight scores running of 20 or less: a domain's raw score goes from 4 to 20, and a mean from 1 to 5.
{{ config(severity='warn') }}

with scores as (
    select
        practice_id,
        score,
        visit_date,
        max(visit_date) filter (where score > 20) over (partition by practice_id) as last_above
    from {{ ref('int_practice_visits') }}
    where
        instrument = 'WHOQOL-BREF'
        and score is not null
)

select
    practice_id,
    min(visit_date) as since,
    count(*) as scores
from scores
where coalesce(visit_date > last_above, true)
group by practice_id
having count(*) >= 8
