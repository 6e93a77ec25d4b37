{{ config(severity='warn') }}

select
    patient_id,
    check_date
from {{ ref('int_practice_checks') }}
where
    check_date > {{ as_of() }} - 84
    and days_post_session between 0 and 180
group by patient_id, check_date
having count(distinct session_id) > 1
