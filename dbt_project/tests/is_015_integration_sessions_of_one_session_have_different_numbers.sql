-- Three integration sessions or more of one session with one number, of which one is recent.
{{ config(severity='warn') }}

select
    practice_id,
    session_id,
    session_number,
    count(*) as integration_sessions,
    min(visit_date) as since
from {{ ref('int_practice_visits') }}
group by practice_id, session_id, session_number
having
    count(*) >= 3
    and max(visit_date) > {{ as_of() }} - 84
