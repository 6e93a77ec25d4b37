-- As often as usual: for two weeks, and for twice the longest of the last twenty gaps between days with a
-- session, there was none. Too few sessions show no usual gap.
{{ config(severity='warn') }}

with days as (
    select distinct session_date
    from {{ ref('stg_sessions') }}
    where quarantine_reason is null
),

gaps as (
    select
        session_date,
        lead(session_date, 1, {{ as_of() }}) over (order by session_date) - session_date as days,
        row_number() over (order by session_date desc) as place
    from days
)

select 1 as broken
from gaps
having
    count(*) > 20
    and max(days) filter (where place = 1)
    > greatest(14, 2 * max(days) filter (where place between 2 and 21))
