-- Only while somebody's journey runs: then no more than three days without any pulse check. Of the
-- sessions the source is asked, so that a build of them alone does not wait for the pulse checks.
{{ config(severity='warn') }}

with newest as (
    select max(check_date) as check_date
    from {{ ref('stg_pulse_checks') }}
    where quarantine_reason is null
),

under_way as (
    select count(*) as sessions
    from {{ source('operational', 'log_sessions') }}
    where {{ as_of() }} - {{ utc_day('session_date') }} between 4 and 180
)

select 1 as broken
from newest
cross join under_way
where
    under_way.sessions > 0
    and coalesce({{ as_of() }} - newest.check_date > 3, true)
