-- Late is three days or more after the day that the answers are about.
{{ config(severity='warn') }}

select
    practice_id,
    written_date,
    count(*) as late_checks
from {{ ref('int_practice_checks') }}
where
    days_until_written >= 3
    and written_date > {{ as_of() }} - 84
group by practice_id, written_date
having count(*) > 50
