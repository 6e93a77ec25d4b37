-- The same kind on the same day of the same session, with the same score or none.
{{ config(severity='warn') }}

select
    session_id,
    session_type,
    integration_session_date
from {{ ref('stg_integration_sessions') }}
where integration_session_date is not null
group by
    session_id, session_type, integration_session_date,
    {{ score_columns().values() | join(', ') }}
having count(*) > 1
