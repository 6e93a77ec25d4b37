-- Of sessions of a known patient and day, set aside or not.
{{ config(severity='warn') }}

select
    patient_id,
    session_date
from {{ ref('stg_sessions') }}
where
    patient_id is not null
    and session_date is not null
group by patient_id, session_date
having count(*) > 1
