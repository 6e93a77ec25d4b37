-- Since a practice's last score thirty days went by, and three hundred days of its people: of ten
-- people on average, if it was a month.
{{ config(severity='warn') }}

with last_scores as (
    select
        practice_id,
        max(visit_date) as last_date
    from {{ ref('int_practice_visits') }}
    where instrument is not null and score is not null
    group by practice_id
),

sessions as (
    select
        sessions.practice_id,
        coalesce(last_scores.last_date, date '1970-01-01') as last_date,
        least(sessions.session_date + sessions.last_day_due, {{ as_of() }} - 1) as last_day,
        sessions.session_date
    from {{ ref('int_practice_sessions') }} as sessions
    left join last_scores on sessions.practice_id = last_scores.practice_id
)

select
    practice_id,
    last_date,
    count(*) as sessions,
    sum(last_day - greatest(session_date, last_date)) as days
from sessions
where
    last_day > greatest(session_date, last_date)
    and last_date <= {{ as_of() }} - 30
    and session_date > {{ as_of() }} - 181
group by practice_id, last_date
having sum(last_day - greatest(session_date, last_date)) >= 300
