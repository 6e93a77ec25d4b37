-- Only while somebody's journey runs: then no more than three days without any pulse check. Of the
-- sessions the source is asked, so that one that is set aside still counts.
{{ config(severity='warn') }}

with newest as (
    select max(check_date) as check_date
    from {{ ref('stg_pulse_checks') }}
    where quarantine_reason is null
),

under_way as (
    select count(*) as sessions
    from {{ source('operational', 'log_sessions') }} as sessions
    left join {{ ref('int_session_ends') }} as ends on sessions.session_id = ends.session_id
    where
        ends.ended_days_post_session is null
        and {{ as_of() }} - {{ utc_day('sessions.session_date') }} between 4 and 180
)

select 1 as broken
from newest
cross join under_way
where
    under_way.sessions > 0
    and coalesce({{ as_of() }} - newest.check_date > 3, true)
